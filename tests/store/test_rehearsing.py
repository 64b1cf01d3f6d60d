"""A rehearsal: what is asked under a pool's lock was asked before, on behalf of nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.settings import Settings
from domain.store.database import Connection, Database
from domain.store.rehearsing import rehearse
from domain.store.serving import NOBODY
from tests.builders import Shop

pytestmark = pytest.mark.anyio

PREPARED = "SELECT statement FROM pg_prepared_statements"


@pytest.fixture
async def rehearsed(settings: Settings) -> AsyncIterator[Database]:
    """A database with one connection, which has its rehearsal."""
    opened = await Database.open(settings.postgresql_url(), max_size=1, rehearsal=rehearse)
    try:
        yield opened
    finally:
        await opened.close()


async def test_a_rehearsal_changes_nothing(database: Database) -> None:
    await (await Shop.open(database)).purchase_order("PO-1", TEA=5)

    async with database.transaction(NOBODY) as transaction:
        await rehearse(transaction.sql)

        assert await transaction.sql.fetchval("SELECT pg_current_xact_id_if_assigned()") is None


async def test_the_first_receipt_of_a_connection_prepares_nothing_while_it_holds_the_pool(
    shop: Shop, rehearsed: Database
) -> None:
    await shop.order("SO-1", TEA=3)
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=5)
    async with rehearsed.transaction(shop.client_id):
        pass
    asked: list[str] = []
    async with rehearsed.connection_across_clients() as sql:
        sql.add_query_logger(lambda query: asked.append(query.query))
    before = await prepared(rehearsed)
    await asyncio.sleep(0)
    asked.clear()

    await Shop(rehearsed, shop.client_id).receive(purchase_order, {line: 2})

    await asyncio.sleep(0)  # loggers are called in the next turn of the event loop
    assert len(asked) == 6
    assert await prepared(rehearsed) == before
    assert await shop.tuples("SELECT on_hand FROM stock_levels") == [(2,)]


async def test_each_connection_has_one_rehearsal_before_its_first_transaction(settings: Settings) -> None:
    backends: list[int] = []

    async def rehearsal(sql: Connection) -> None:
        backends.append(await sql.fetchval("SELECT pg_backend_pid()"))

    database = await Database.open(settings.postgresql_url(), max_size=3, rehearsal=rehearsal)
    async with database.connection_across_clients() as sql:
        reading = await sql.fetchval("SELECT pg_backend_pid()")
    assert backends == []

    used: set[int] = set()
    for _ in range(2):
        async with database.transaction(1) as first, database.transaction(1) as second:
            used |= {await each.sql.fetchval("SELECT pg_backend_pid()") for each in (first, second)}

    await database.close()
    assert reading in used
    assert sorted(backends) == sorted(used)


async def test_a_transaction_gets_a_connection_that_has_had_its_rehearsal(settings: Settings) -> None:
    backends: list[int] = []

    async def rehearsal(sql: Connection) -> None:
        backends.append(await sql.fetchval("SELECT pg_backend_pid()"))

    database = await Database.open(settings.postgresql_url(), max_size=4, rehearsal=rehearsal)
    async with database.connection(1), database.connection(1), database.transaction(1):
        pass

    async with database.transaction(1) as transaction:
        assert await transaction.sql.fetchval("SELECT pg_backend_pid()") == backends[0]

    await database.close()
    assert len(backends) == 1


async def prepared(database: Database) -> set[str]:
    async with database.connection_across_clients() as sql:
        return {row["statement"] for row in await sql.fetch(PREPARED)} - {PREPARED}
