"""Whole workers: what is due and what is asked for gets done, once, by any number of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis

from domain.operations.processor_runs import request_run
from domain.operations.schedules import set_processor_schedule
from domain.operations.timing import Timing
from domain.settings import Settings
from domain.store.database import Database
from domain.store.events import STREAM
from jobs.polling import QueueWorker
from jobs.queue import LONG_QUEUE
from jobs.worker import run_worker
from tests.builders import MAIN, NOW, Shop
from tests.operations.invariants import assert_consistent
from tests.pools import expected_dispatches, made_dispatches, random_pool, set_up
from tests.runs import all_ended, one_completed, requested
from tests.waiting import eventually
from tests.workers import worker_of, worker_processes

# An emptied Redis: another test's killed workers would still hold jobs of the same ids.
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("redis")]


@asynccontextmanager
async def working(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[None]:
    """A worker in this event loop."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run_worker(settings, database=database, redis=redis, stop=stop))
        try:
            yield
        finally:
            stop.set()


async def spans(shop: Shop, *, at: str = MAIN) -> list[tuple[datetime, datetime]]:
    """From when to when each run of the pool was at work, soonest first."""
    rows = await shop.rows(
        """
        SELECT planned_at, finished_at FROM processor_runs
        WHERE status = 'COMPLETED' AND distribution_center_id = $1 ORDER BY planned_at
        """,
        await shop.id_of("distribution_centers", at),
    )
    return [(row["planned_at"], row["finished_at"]) for row in rows]


@pytest.mark.rule("B2")
@pytest.mark.rule("B4")
@pytest.mark.rule("B5")
@pytest.mark.rule("B6")
@pytest.mark.rule("B7")
async def test_at_a_set_hour_a_pool_is_processed_as_counting_by_hand_says(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    pool = random_pool(seed=20261122, orders=150, skus=12)
    await set_up(shop, pool, now=datetime.now(UTC))
    # Due every minute, and last on the 2nd of March: the worker finds it missed.
    await set_processor_schedule(
        shop.command(),
        distribution_center_id=await shop.id_of("distribution_centers", MAIN),
        timing=Timing(cron="* * * * *"),
        enabled=True,
    )

    async with working(settings, database, redis):
        await one_completed(shop)

    expected = await expected_dispatches(shop, pool)
    assert len(expected) > 50
    assert await made_dispatches(shop) == expected
    await assert_consistent(database)


@pytest.mark.rule("B2")
async def test_hours_missed_by_every_worker_are_made_up_by_one_run(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    # Not due again while the test runs, whenever that is.
    hour = (datetime.now(UTC).hour + 12) % 24
    await set_processor_schedule(
        shop.command(),
        distribution_center_id=await shop.id_of("distribution_centers", MAIN),
        timing=Timing(cron=f"0 {hour} * * *"),
        enabled=True,
    )

    async with worker_processes(settings, 1), working(settings, database, redis):
        await one_completed(shop)
        await asyncio.sleep(2.5)

    (run,) = await shop.rows("SELECT scheduled_at, requested_by FROM processor_runs")
    assert run["requested_by"] == "schedule"
    assert timedelta(0) <= datetime.now(UTC) - run["scheduled_at"] <= timedelta(days=1)


@pytest.mark.rule("B2")
async def test_runs_of_one_pool_never_overlap_and_runs_of_different_pools_do(
    settings: Settings, database: Database
) -> None:
    shop = await Shop.open(database)
    await shop.distribution_center("EAST")
    now = datetime.now(UTC)
    for at in (MAIN, "EAST"):
        await set_up(shop, random_pool(seed=5, orders=40, skus=6, at=at), now=now, at=at)

    async with worker_processes(settings, 2, chunk_lines=1):
        for _ in range(8):
            await asyncio.gather(requested(shop), requested(shop, at="EAST"))
        await all_ended(shop)

    main, east = await spans(shop), await spans(shop, at="EAST")
    assert len(main) == len(east) == 8
    for of_one_pool in (main, east):
        assert all(finished <= planned for (_, finished), (planned, _) in pairwise(of_one_pool))
    # The first of each pool had everything to do.
    assert main[0][0] < east[0][1]
    assert east[0][0] < main[0][1]
    await assert_consistent(database)


async def test_a_run_requested_while_redis_was_away_or_forgot_it_is_processed(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    async with working(settings, database, redis):
        await asyncio.sleep(0.5)
        await redis.flushdb()
        await requested(shop)
        await all_ended(shop)


async def test_a_worker_outlasts_an_outage_of_redis(settings: Settings, database: Database) -> None:
    shop = await Shop.open(database)
    server = FakeServer()
    inside = settings.model_copy(update={"redis_url": None})
    async with working(inside, database, FakeAsyncRedis(server=server)):
        await requested(shop)
        await one_completed(shop)
        server.connected = False
        await requested(shop)
        await asyncio.sleep(1)
        assert await shop.value("SELECT status FROM processor_runs WHERE id = 2") == "SCHEDULED"
        server.connected = True
        await all_ended(shop)


async def test_a_worker_outlasts_a_connection_that_is_reset_just_as_it_is_written_to(
    settings: Settings, database: Database, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await Shop.open(database)
    poll = QueueWorker._poll_iteration
    resets = iter([RuntimeError("unable to perform operation on <TCPTransport closed=True>")] * 4)

    async def reset_at_first(worker: QueueWorker) -> None:
        if (error := next(resets, None)) is not None:
            raise error
        await poll(worker)

    monkeypatch.setattr(QueueWorker, "_poll_iteration", reset_at_first)
    async with working(settings, database, redis):
        await requested(shop)
        await all_ended(shop)


@pytest.mark.rule("F5")
async def test_what_a_run_did_is_in_the_stream_while_the_worker_works(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    await shop.stock(TEA=1)
    await shop.order("SO-1", TEA=1)
    await requested(shop)

    async with working(settings, database, redis):
        await all_ended(shop)

        async def relayed() -> bool:
            return not await shop.value("SELECT count(*) FROM event_outbox") and await redis.xlen(STREAM) > 0

        await eventually(relayed)

    told = await shop.rows("SELECT topic, subject_id FROM event_log WHERE cause = 'orderProcessor'")
    assert ("ORDER", 1) in {(row["topic"], row["subject_id"]) for row in told}


@pytest.mark.parametrize("end", [asyncio.Event.set, None])
async def test_a_worker_that_is_stopped_or_cancelled_leaves_nothing_behind(
    settings: Settings, database: Database, redis: Redis, end: Callable[[asyncio.Event], None] | None
) -> None:
    stop = asyncio.Event()
    others = asyncio.all_tasks()
    task = asyncio.create_task(run_worker(settings, database=database, redis=redis, stop=stop))
    await asyncio.sleep(0.7)

    if end:
        end(stop)
        await asyncio.wait_for(task, 60)
    else:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 60)

    assert asyncio.all_tasks() == others

    async def leases_are_closed() -> bool:
        return not await Shop(database, 0).value(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = 'backfill-leases' AND datname = current_database()
            """
        )

    await eventually(leases_are_closed)
    assert await redis.ping()


async def test_a_handed_out_run_starts_without_waiting_for_a_tick(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    pool = await shop.id_of("distribution_centers", MAIN)

    async def queue_is_empty() -> bool:
        return not await redis.zcard(LONG_QUEUE)

    async with working(settings, database, redis):
        for _ in range(5):
            await request_run(shop.command(now=NOW), distribution_center_id=pool)
        await all_ended(shop)
        # The last job leaves the queue a moment after its run has ended.
        await eventually(queue_is_empty)

    assert len(await spans(shop)) == 5


@pytest.mark.rule("F6")
async def test_pruning_forgets_answers_and_events_that_were_kept_for_long_enough(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    await shop.stock(TEA=1)
    pool = await shop.id_of("distribution_centers", MAIN)
    await request_run(shop.command(key="once", now=NOW), distribution_center_id=pool)
    async with working(settings, database, redis):
        await all_ended(shop)
    worker = worker_of(settings, database=database, redis=redis)

    with time_machine.travel(NOW + timedelta(days=8), tick=False):
        await worker.prune({})

    assert await shop.value("SELECT count(*) FROM idempotency_keys") == 0
    assert await shop.value("SELECT count(*) FROM event_log WHERE at <= $1", NOW) == 0
    assert await shop.value("SELECT expired_until > 0 FROM event_position")
