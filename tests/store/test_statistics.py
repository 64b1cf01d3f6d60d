"""Plans that were made before tables grew."""

from __future__ import annotations

import secrets
from asyncio import gather
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from domain.operations.load_sales_orders import load_sales_orders
from domain.operations.processor_runs import apply_next_chunk, finish_run, plan_run
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate
from tests.builders import NOW, Shop, sales_order
from tests.runs import claimed, process

pytestmark = pytest.mark.anyio

MANY = 2_000


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    """A client both of whose connections have planned everything while there was next to nothing.

    In a new database: of one that other tests have filled the planner knows things that are no more.
    """
    administrator = await asyncpg.connect(settings.postgresql_url())
    name = f"backfill_test_{secrets.token_hex(4)}"
    await administrator.execute(f'CREATE DATABASE "{name}"')
    url = urlunsplit(urlsplit(settings.postgresql_url())._replace(path=f"/{name}"))
    database = await Database.open(url, max_size=2)
    try:
        await migrate(database)
        shop, other = await Shop.open(database), await Shop.open(database, "OTHER")
        for one in (shop, other):
            await one.stock(TEA=10 * MANY)
        for number in range(5):
            await gather(*(one.order(f"WARM-{number}", TEA=1) for one in (shop, other)))
        runs = [await claimed(one) for one in (shop, other)]
        for run in runs:
            await plan_run(run, now=NOW)
        await gather(*(apply_next_chunk(run, now=NOW, size=MANY) for run in runs))
        for run in runs:
            await finish_run(run, now=NOW)
        yield shop
    finally:
        await database.close()
        await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await administrator.close()


async def rows_read(shop: Shop) -> int:
    """How many rows of orders and dispatches were read so far, by whatever way."""
    connect = shop.database.connection_across_clients
    async with connect() as one, connect() as other:
        for sql in (one, other):
            await sql.fetchval("SELECT pg_stat_force_next_flush()")
        read: int = await one.fetchval(
            """
            SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables
            WHERE relname IN ('orders', 'order_lines', 'dispatches')
            """
        )
        return read


async def test_a_load_that_makes_tiny_tables_grow_does_not_read_them_again_for_each_of_its_lines(
    shop: Shop,
) -> None:
    before = await rows_read(shop)
    many = [sales_order(f"MANY-{number}", TEA=1) for number in range(MANY)]
    assert len((await load_sales_orders(shop.command(), sales_orders=many)).order_ids) == MANY
    assert await rows_read(shop) - before < 30 * MANY


async def test_a_run_that_makes_the_first_dispatches_does_not_read_them_again_for_each_of_their_lines(
    shop: Shop,
) -> None:
    many = [sales_order(f"MANY-{number}", TEA=1) for number in range(MANY)]
    await load_sales_orders(shop.command(), sales_orders=many)
    run = await claimed(shop)
    before = await rows_read(shop)
    await process(run)
    assert await shop.value("SELECT count(*) FROM dispatches") == MANY + 10
    assert await rows_read(shop) - before < 30 * MANY
