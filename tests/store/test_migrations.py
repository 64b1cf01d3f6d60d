"""Bringing a database to the current schema."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate, pending


@pytest.fixture
async def empty(servers: Settings) -> AsyncIterator[Database]:
    """A database without a table."""
    name = f"backfill_test_{secrets.token_hex(4)}"
    administrator = await asyncpg.connect(servers.postgresql_url())
    try:
        await administrator.execute(f'CREATE DATABASE "{name}"')
        database = await Database.open(
            urlunsplit(urlsplit(servers.postgresql_url())._replace(path=f"/{name}"))
        )
        yield database
        await database.close()
        await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await administrator.close()


async def test_of_programs_that_start_together_one_migrates_and_the_others_find_nothing_to_do(
    empty: Database,
) -> None:
    names = await pending(empty)
    assert names[0] == "0001_initial"

    applied = await asyncio.gather(*(migrate(empty) for _ in range(4)))

    assert sorted(applied) == [[], [], [], names]
    assert await pending(empty) == []


async def test_a_current_database_is_left_as_it_is(database: Database) -> None:
    assert await pending(database) == []
    assert await migrate(database) == []
