"""A shop for every test that asks for one, and another client's beside it."""

from __future__ import annotations

import pytest

from domain.store.database import Database
from tests.builders import Shop


@pytest.fixture
async def shop(database: Database) -> Shop:
    return await Shop.open(database)


@pytest.fixture
async def other(database: Database) -> Shop:
    return await Shop.open(database, "OTHER")
