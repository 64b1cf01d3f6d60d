"""Bulk operations in the hands of workers: handed out, gone through to the end, handed over (A6)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from domain.operations.bulk_operations import cancel_bulk_operation
from domain.operations.bulk_processing import BulkHandle
from domain.rules.vocabulary import BulkAction
from domain.settings import Settings
from domain.store.database import Database
from jobs.bulk import BulkProcessor
from jobs.leasing import Outcome
from jobs.queue import LONG_QUEUE, ArqJobs, arq_redis
from jobs.schedule import Tick
from jobs.worker import run_worker
from tests.builders import Shop, sales_order
from tests.bulk import figures, load, started
from tests.runs import lock_awaited
from tests.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.rule("A6")]


def processor(database: Database, *, lease: float = 20, chunk_orders: int = 1) -> BulkProcessor:
    return BulkProcessor(
        database=database,
        leases=database,
        worker="w1",
        lease=timedelta(seconds=lease),
        chunk_orders=chunk_orders,
        stopping=asyncio.Event(),
    )


async def shop_with_orders(database: Database, count: int) -> Shop:
    shop = await Shop.open(database)
    await shop.sku("TEA")
    await load(shop, [sales_order(f"SO-{number}", TEA=1) for number in range(count)])
    return shop


async def process(worker: BulkProcessor, bulk: BulkHandle) -> Outcome:
    return await worker.process(client_id=bulk.client_id, bulk_operation_id=bulk.bulk_operation_id)


async def confirmed(shop: Shop) -> int:
    return int(await shop.value("SELECT count(*) FROM orders WHERE status = 'OC_CONFIRMED'"))


async def test_a_bulk_operation_that_comes_twice_at_once_is_processed_once(database: Database) -> None:
    shop = await shop_with_orders(database, 20)
    bulk = await started(shop, BulkAction.CONFIRM)
    worker = processor(database)

    outcomes = await asyncio.gather(*(process(worker, bulk) for _ in range(4)))

    assert sorted(outcome.name for outcome in outcomes) == ["COMPLETED"] + ["NOT_OURS"] * 3
    assert (await figures(shop, bulk))["succeeded"] == 20
    assert await process(worker, bulk) is Outcome.NOT_OURS


async def test_a_stopping_worker_ends_its_chunk_and_hands_the_operation_over(database: Database) -> None:
    shop = await shop_with_orders(database, 5)
    bulk = await started(shop, BulkAction.CONFIRM)
    worker = processor(database, chunk_orders=2)
    async with database.transaction_across_clients() as blocker:
        await blocker.sql.execute("UPDATE stock_pools SET generation = generation")
        task = asyncio.create_task(process(worker, bulk))
        await lock_awaited(shop)
        worker.stopping.set()
    assert await task is Outcome.HANDED_OVER
    assert await confirmed(shop) == 2

    assert await process(processor(database), bulk) is Outcome.COMPLETED
    assert await confirmed(shop) == 5


async def test_an_operation_that_is_called_off_stops_its_worker(database: Database) -> None:
    shop = await shop_with_orders(database, 4)
    bulk = await started(shop, BulkAction.CONFIRM)
    async with database.transaction_across_clients() as blocker:
        await blocker.sql.execute("UPDATE stock_pools SET generation = generation")
        task = asyncio.create_task(process(processor(database), bulk))
        await lock_awaited(shop)
        await cancel_bulk_operation(shop.command(), bulk_operation_id=bulk.bulk_operation_id)

    assert await task is Outcome.LOST
    assert await confirmed(shop) == 0
    assert (await figures(shop, bulk))["status"] == "CANCELLED"


async def test_an_operation_that_cannot_go_on_fails_and_keeps_its_results(database: Database) -> None:
    shop = await shop_with_orders(database, 2)
    bulk = await started(shop, BulkAction.CONFIRM)
    # Nothing of ours does this: it stands for whatever nobody thought of.
    await shop.write("UPDATE bulk_operations SET action = 'FLY'")

    with capture_logs() as logs:
        assert await process(processor(database), bulk) is Outcome.FAILED

    assert await shop.row("SELECT status, failure FROM bulk_operations") == {
        "status": "FAILED",
        "failure": "An unexpected error ended it: ValueError. The log tells more.",
    }
    assert [line["event"] for line in logs if line.get("exc_info")] == ["bulk.failed"]


async def test_what_waits_is_handed_out_once_per_lease(database: Database, redis: Redis) -> None:
    shop = await shop_with_orders(database, 1)
    bulk = await started(shop, BulkAction.CONFIRM)
    tick = Tick(database=database, jobs=ArqJobs(arq_redis(redis)), lease=timedelta(days=100_000))

    for _ in range(3):
        await tick.hand_out()

    assert await redis.zrange(LONG_QUEUE, 0, -1) == [b"bulk:1:%d:0" % bulk.bulk_operation_id]
    assert await process(processor(database), bulk) is Outcome.COMPLETED
    await redis.flushdb()
    await tick.hand_out()
    assert await redis.zcard(LONG_QUEUE) == 0


async def test_a_worker_takes_up_what_was_started(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await shop_with_orders(database, 30)
    stop = asyncio.Event()
    settings = settings.model_copy(update={"bulk_chunk_orders": 7})
    worker = asyncio.create_task(run_worker(settings, database=database, redis=redis, stop=stop))
    try:
        bulk = await started(shop, BulkAction.CONFIRM)

        async def completed() -> bool:
            return bool((await figures(shop, bulk))["status"] == "COMPLETED")

        await eventually(completed)
    finally:
        stop.set()
        await worker

    assert await confirmed(shop) == 30
