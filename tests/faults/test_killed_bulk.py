"""Workers that are killed in the middle of a bulk operation."""

from __future__ import annotations

import asyncio
import os
from random import Random

import pytest

from domain.rules.vocabulary import BulkAction
from domain.settings import Settings
from domain.store.database import Database
from tests.builders import NOW, Shop, sales_order
from tests.bulk import figures, load, started
from tests.operations.invariants import assert_consistent
from tests.waiting import eventually
from tests.workers import start_worker, worker_processes

# An emptied Redis: another test's killed workers would still hold jobs of the same ids.
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("redis")]

KILLS = int(os.environ.get("BACKFILL_TEST_KILLS", "6")) // 2


@pytest.mark.rule("A6")
async def test_a_bulk_operation_whose_workers_are_killed_goes_through_every_order_once(
    settings: Settings, database: Database
) -> None:
    random = Random(11)  # noqa: S311 - the same pauses every time
    shop = await Shop.open(database)
    for code in ("TEA", "CUP"):
        await shop.sku(code)
    orders = await load(shop, [sales_order(f"SO-{number}", TEA=2, CUP=1) for number in range(400 * KILLS)])
    await shop.write("UPDATE orders SET status = 'OC_CONFIRMED', confirmed_at = $1", NOW)
    settings = settings.model_copy(update={"bulk_chunk_orders": 5})
    bulk = await started(shop, BulkAction.CREATE_BACKLOG_SKUS)
    processed_at_kill = [0]

    async def got_on() -> bool:
        row = await figures(shop, bulk)
        return bool(row["status"] == "RUNNING" and row["processed"] > processed_at_kill[-1])

    async def completed() -> bool:
        return bool((await figures(shop, bulk))["status"] == "COMPLETED")

    async with worker_processes(settings, 1, lease_seconds=1) as workers:
        for _ in range(KILLS):
            await eventually(got_on)
            await asyncio.sleep(random.uniform(0, 0.1))
            workers[-1].kill()
            await workers[-1].wait()
            processed_at_kill.append((await figures(shop, bulk))["processed"])
            workers.append(await start_worker(settings, lease_seconds=1))
        await eventually(completed)

    assert processed_at_kill[-1] < len(orders), "all were killed in the middle"
    assert (await figures(shop, bulk))["succeeded"] == len(orders)
    assert await shop.value("SELECT count(*) FROM backlog_skus") == 2 * len(orders)
    created = await shop.tuples("SELECT order_id FROM audit_entries WHERE action = 'BACKLOG_SKUS_CREATED'")
    assert sorted(created) == [(order,) for order in orders], "once each"
    await assert_consistent(database)
