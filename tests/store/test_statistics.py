"""Plans that were made before tables grew, and statistics that can't be had."""

from __future__ import annotations

from asyncio import gather, timeout
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from domain.operations.load_sales_orders import load_sales_orders
from domain.operations.processor_runs import apply_next_chunk, finish_run, plan_run
from domain.settings import Settings
from domain.store.connecting import Limits
from domain.store.database import Database
from domain.store.migrate import migrate
from domain.store.statistics import refresh_if_stale
from tests.builders import NOW, Shop, sales_order
from tests.new_database import new_database
from tests.runs import claimed, process

pytestmark = pytest.mark.anyio

MANY = 2_000


@pytest.fixture
async def told(settings: Settings) -> AsyncIterator[Settings]:
    """A new database: of one that other tests have filled the planner knows things that are no more."""
    async with new_database(settings) as told:
        yield told


@pytest.fixture
async def shop(told: Settings) -> AsyncIterator[Shop]:
    """A client both of whose connections have planned everything while there was next to nothing."""
    database = await Database.open(told.postgresql_url(), max_size=2)
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


VACUUMING = "LOCK TABLE order_lines IN SHARE UPDATE EXCLUSIVE MODE"
ANALYZED = "SELECT relname FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL"


async def test_a_load_waits_for_nobody_who_vacuums_its_tables(shop: Shop) -> None:
    many = [sales_order(f"MANY-{number}", TEA=1) for number in range(MANY)]
    async with shop.database.transaction_across_clients() as other:
        await other.sql.execute(VACUUMING)
        async with timeout(60):
            loaded = await load_sales_orders(shop.command(), sales_orders=many)
    assert len(loaded.order_ids) == MANY
    analyzed = {name for (name,) in await shop.tuples(ANALYZED)}
    assert "orders" in analyzed
    assert "order_lines" not in analyzed


async def test_what_needs_statistics_that_can_not_be_had_is_done_all_the_same(
    shop: Shop, told: Settings
) -> None:
    await shop.write(
        "INSERT INTO skus (client_id, code, name) SELECT 1, g, g FROM generate_series(1, 2000) AS g"
    )
    impatient = await Database.open(
        told.postgresql_url(), limits=Limits(statement=30, lock=0.1, idle_in_transaction=30)
    )
    try:
        async with shop.database.transaction_across_clients() as other:
            await other.sql.execute(VACUUMING.replace("order_lines", "skus"))
            with capture_logs() as logged:
                await refresh_if_stale(impatient)
    finally:
        await impatient.close()
    assert [entry["event"] for entry in logged] == ["statistics.not_refreshed"]
    assert "LockNotAvailable" in logged[0]["error"]
