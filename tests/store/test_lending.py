"""Connections that are lent: kept at hand when they come back as they went, else given to the pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from domain.settings import Settings
from domain.store.connecting import Limits
from domain.store.database import DATABASE_IS_AWAY, Database
from domain.store.event_log import DATABASE_ERRORS

pytestmark = pytest.mark.anyio

_WHOM = "SELECT current_setting('backfill.client_id', true)"


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[Database]:
    """A database with at most two connections."""
    opened = await Database.open(settings.postgresql_url(), max_size=2)
    try:
        yield opened
    finally:
        await opened.close()


async def backend(database: Database) -> int:
    async with database.connection_across_clients() as sql:
        pid: int = await sql.fetchval("SELECT pg_backend_pid()")
        return pid


async def test_a_connection_that_came_back_is_lent_again(narrow: Database) -> None:
    assert await backend(narrow) == await backend(narrow)
    assert (narrow.pool().open, narrow.pool().idle) == (1, 1)


async def test_a_connection_with_an_open_transaction_is_not_lent_with_it(narrow: Database) -> None:
    async with narrow.connection_across_clients() as sql:
        await sql.execute("BEGIN")

    async with narrow.connection_across_clients() as sql:
        assert not sql.is_in_transaction()


async def test_a_statement_that_failed_leaves_a_connection_that_can_be_used(narrow: Database) -> None:
    for _ in range(3):
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with narrow.connection_across_clients() as sql:
                await sql.fetchval("SELECT 1 / 0")

    assert await backend(narrow) > 0


async def test_a_statement_that_was_never_executed_leaves_no_limit_of_time_to_the_next_borrower(
    settings: Settings,
) -> None:
    limits = Limits(statement=1, lock=5, idle_in_transaction=5)
    opened = await Database.open(settings.postgresql_url(), max_size=1, limits=limits)
    try:
        with pytest.raises(asyncpg.DataError):
            async with opened.connection_across_clients() as sql:
                # PostgreSQL has read the statement by the time that asyncpg can't write its parameter.
                await sql.fetchval("SELECT $1::integer", 2**40)
        await asyncio.sleep(1.5)

        assert await backend(opened) > 0
    finally:
        await opened.close()


async def test_a_statement_that_was_cancelled_does_not_take_its_connection_along(narrow: Database) -> None:
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), narrow.connection_across_clients() as sql:
                await sql.execute("SELECT pg_sleep(60)")

    assert await backend(narrow) > 0


async def test_a_connection_that_the_server_ended_is_not_lent(narrow: Database) -> None:
    ended = await backend(narrow)
    administrator = await narrow.dedicated_connection()
    async with narrow.connection_across_clients() as sql:
        await administrator.execute("SELECT pg_terminate_backend($1)", ended)
        with pytest.raises(DATABASE_ERRORS):
            await sql.execute("SELECT pg_sleep(60)")
    await administrator.close()

    assert await backend(narrow) != ended


async def test_a_connection_that_the_server_ends_at_this_very_moment_is_away(narrow: Database) -> None:
    administrator = await narrow.dedicated_connection()
    for _ in range(20):
        ended = await backend(narrow)
        await administrator.execute("SELECT pg_terminate_backend($1)", ended)
        # It comes back, or is away: nothing else, and never for good.
        with suppress(*DATABASE_IS_AWAY):
            await backend(narrow)
    await administrator.close()
    with suppress(*DATABASE_IS_AWAY):
        await backend(narrow)
    assert await backend(narrow)


async def test_whoever_waits_gets_the_next_connection(narrow: Database) -> None:
    async def work(number: int) -> int:
        async with narrow.connection_across_clients() as sql:
            await sql.execute("SELECT pg_sleep(0.002)")
        return number

    async with asyncio.timeout(60):
        done = await asyncio.gather(*(work(number) for number in range(100)))

    assert done == list(range(100))
    assert (narrow.pool().open, narrow.pool().idle) == (2, 2)


async def test_transactions_that_wait_for_a_lock_leave_connections_to_whoever_reads(
    settings: Settings,
) -> None:
    database = await Database.open(settings.postgresql_url(), max_size=4)
    holding = await database.dedicated_connection()
    locked = asyncio.Event()

    async def waits() -> None:
        async with database.transaction_across_clients() as transaction:
            locked.set()
            await transaction.sql.execute("SELECT pg_advisory_xact_lock(7)")

    try:
        await holding.execute("SELECT pg_advisory_lock(7)")
        waiting = [asyncio.create_task(waits()) for _ in range(10)]
        await locked.wait()
        async with asyncio.timeout(60):
            assert [await backend(database) > 0 for _ in range(5)] == [True] * 5
        await holding.execute("SELECT pg_advisory_unlock(7)")
        await asyncio.gather(*waiting)
    finally:
        await holding.close()
        await database.close()


async def test_whoever_reads_for_a_client_is_lent_the_connection_that_serves_it(narrow: Database) -> None:
    async with narrow.connection(1) as first, narrow.connection(2) as second:
        served = {1: await first.fetchval(_WHOM), 2: await second.fetchval(_WHOM)}
    sent: list[str] = []
    for client_id in (1, 2, 2, 1, 1, 2):
        async with narrow.connection(client_id) as sql:
            sql.add_query_logger(lambda query: sent.append(query.query))
            assert await sql.fetchval(_WHOM) == served[client_id]

    assert served == {1: "1", 2: "2"}
    assert set(sent) == {_WHOM}


async def test_a_connection_is_made_to_serve_another_client_when_there_is_no_other(narrow: Database) -> None:
    for client_id in range(1, 6):
        async with narrow.connection(client_id) as sql:
            assert await sql.fetchval(_WHOM) == str(client_id)
    assert narrow.pool().open == 1


async def test_what_a_transaction_serves_ends_with_it(narrow: Database) -> None:
    async with narrow.connection(1) as sql:
        assert await sql.fetchval(_WHOM) == "1"
    async with narrow.transaction(2) as transaction:
        assert await transaction.sql.fetchval(_WHOM) == "2"
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with narrow.transaction(2) as transaction:
            await transaction.sql.fetchval("SELECT 1 / 0")

    for _ in range(2):
        async with narrow.connection(1) as sql:
            assert await sql.fetchval(_WHOM) == "1"
