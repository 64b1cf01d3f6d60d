"""Transactions and those who read beside them."""

import asyncio

import pytest

from domain.operations.load_sales_orders import load_sales_orders
from domain.settings import Settings
from domain.store.database import Database
from tests.builders import MAIN, Shop, sales_order

pytestmark = pytest.mark.anyio


async def test_a_crowd_that_waits_for_one_lock_leaves_connections_to_those_who_read(
    settings: Settings,
) -> None:
    database = await Database.open(settings.postgresql_url(), max_size=4)
    try:
        shop = await Shop.open(database)
        await shop.stock(TEA=1)
        async with database.transaction_across_clients() as holder:
            await holder.sql.execute("SELECT FROM stock_pools FOR UPDATE")
            crowd = [asyncio.create_task(shop.stock(MAIN, TEA=units)) for units in range(2, 12)]
            await asyncio.sleep(0)
            for _ in range(100):
                assert await asyncio.wait_for(shop.value("SELECT on_hand FROM stock_levels"), 1) == 1
            assert not any(task.done() for task in crowd)
        await asyncio.gather(*crowd)
        assert await shop.value("SELECT count(*) FROM stock_movements") == 11
    finally:
        await database.close()


async def test_what_was_planned_while_tables_were_tiny_does_not_read_them_whole_for_every_row_once_they_grow(
    settings: Settings,
) -> None:
    database = await Database.open(settings.postgresql_url(), max_size=1)
    try:
        shop = await Shop.open(database)
        await shop.stock(TEA=1)
        await shop.order("SO-1", TEA=1)
        await shop.write("ANALYZE")
        # Plans of what checks foreign keys are made now, and kept by the connection.
        for number in range(10):
            await shop.order(f"WARM-{number}", TEA=1)
        before = await rows_read_whole(shop)
        many = [sales_order(f"MANY-{number}", TEA=1) for number in range(1_000)]
        assert len((await load_sales_orders(shop.command(), sales_orders=many)).order_ids) == 1_000
        assert await rows_read_whole(shop) - before < 10_000
    finally:
        await database.close()


async def rows_read_whole(shop: Shop) -> int:
    """How many rows of orders and their lines were read so far by scans of the whole table."""
    await shop.value("SELECT pg_stat_force_next_flush()")
    read: int = await shop.value(
        "SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables"
        " WHERE relname IN ('orders', 'order_lines', 'pool_demand')"
    )
    return read
