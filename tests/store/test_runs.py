"""The queue of a pool, read in parts."""

import pytest

from domain.store import queues
from domain.store.database import Database
from tests.builders import MAIN, Shop

pytestmark = pytest.mark.anyio


@pytest.mark.rule("B2")
async def test_the_queue_comes_in_parts_that_keep_orders_whole_and_in_rank_key_order(
    database: Database,
    shop: Shop,
) -> None:
    first = await shop.order("SO-1", TEA=1, MUG=1, JAM=1)
    second = await shop.order("SO-2", TEA=1)
    urgent = await shop.order("SO-3", priority=1, TEA=1, MUG=1)
    pool = await shop.id_of("distribution_centers", MAIN)

    async with database.transaction(shop.client_id, repeatable_read=True) as reading:
        parts = [
            [row["order_id"] for row in part]
            async for part in queues.queue(
                reading.sql,
                client_id=shop.client_id,
                distribution_center_id=pool,
                confirmed_only=False,
                size=2,
            )
        ]

    assert parts == [[urgent, urgent], [first, first, first], [second]]
