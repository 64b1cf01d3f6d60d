"""What is done while PostgreSQL is at work."""

from __future__ import annotations

import asyncpg
import pytest

from domain.store.database import Database
from domain.store.meanwhile import meanwhile

pytestmark = pytest.mark.anyio


class BrokenError(Exception):
    """What was to be done meanwhile failed."""


async def test_both_are_done_and_the_statement_is_sent_first(database: Database) -> None:
    done: list[str] = []

    async with database.connection_across_clients() as sql:

        async def ask() -> int:
            done.append("asked")
            answer: int = await sql.fetchval("SELECT 1")
            done.append("answered")
            return answer

        def work() -> str:
            done.append("worked")
            return "work"

        assert await meanwhile(ask(), work) == (1, "work")

    assert done == ["asked", "worked", "answered"]


async def test_when_the_work_fails_the_connection_is_free_before_anybody_hears_of_it(
    database: Database,
) -> None:
    def fail() -> None:
        raise BrokenError

    async with database.connection_across_clients() as sql:
        with pytest.raises(BrokenError):
            await meanwhile(sql.fetchval("SELECT pg_sleep(0.05)"), fail)
        assert await sql.fetchval("SELECT 2") == 2


async def test_what_postgresql_refuses_is_raised_as_ever(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await meanwhile(sql.fetchval("SELECT 1 / 0"), lambda: None)
        assert await sql.fetchval("SELECT 2") == 2
