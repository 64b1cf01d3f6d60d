"""Transactions and those who read beside them."""

import asyncio

import pytest

from domain.settings import Settings
from domain.store.database import Database
from tests.builders import MAIN, Shop

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
                assert await asyncio.wait_for(shop.value("SELECT on_hand FROM stock_levels"), 60) == 1
            assert not any(task.done() for task in crowd)
        await asyncio.gather(*crowd)
        assert await shop.value("SELECT count(*) FROM stock_movements") == 11
    finally:
        await database.close()
