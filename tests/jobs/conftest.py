"""A shop for every test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from domain.store.database import Database
from tests.builders import Shop
from tests.operations.invariants import assert_consistent


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    """A shop with tea, whose books must be right in the end."""
    opened = await Shop.open(database)
    await opened.sku("TEA")
    yield opened
    await assert_consistent(database)
