"""What workers measure: their jobs, the tick and the relay."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from domain.operations.processor_runs import request_run
from domain.settings import Settings
from domain.store.database import Database
from jobs.metrics import WorkerMetrics
from jobs.queue import ArqJobs, arq_redis
from jobs.relay import Relay
from jobs.schedule import Tick
from jobs.worker import run_worker
from tests.builders import MAIN, NOW, Shop
from tests.runs import all_ended
from tests.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("redis")]


async def test_a_worker_counts_its_runs_and_tells_what_it_relayed(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    await shop.stock(TEA=1)
    await shop.order("SO-1", TEA=1)
    pool = await shop.id_of("distribution_centers", MAIN)
    await request_run(shop.command(key="once", now=NOW), distribution_center_id=pool)
    registry, stop = CollectorRegistry(), asyncio.Event()

    async def everything_is_told() -> bool:
        return (
            registry.get_sample_value("backfill_jobs_total", {"kind": "run", "outcome": "completed"}) == 1
            and registry.get_sample_value("backfill_relay_active") == 1
            and registry.get_sample_value("backfill_relay_moved_total")
            == await shop.value("SELECT count(*) FROM event_log")
            and registry.get_sample_value("backfill_work_waiting", {"kind": "run"}) == 0
        )

    async with asyncio.TaskGroup() as group:
        group.create_task(run_worker(settings, database=database, redis=redis, stop=stop, registry=registry))
        await all_ended(shop)
        await eventually(everything_is_told)
        stop.set()

    assert registry.get_sample_value("backfill_job_seconds_count", {"kind": "run"}) == 1
    # The worker has ended: what it was at is not told any more.
    assert registry.get_sample_value("backfill_relay_active") is None


@pytest.mark.parametrize(("seconds_ago", "told"), [(1, 3.0), (90, None)])
async def test_what_waited_long_ago_is_not_told_any_more(
    database: Database, redis: Redis, seconds_ago: int, told: float | None
) -> None:
    registry = CollectorRegistry()
    tick = Tick(database=database, jobs=ArqJobs(arq_redis(redis)), lease=timedelta(seconds=20))
    tick.waiting = {"run": 3}
    tick.ticked_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    relay = Relay(database=database, redis=redis)
    with WorkerMetrics(registry).watching(database=database, tick=tick, relay=relay):
        assert registry.get_sample_value("backfill_work_waiting", {"kind": "run"}) == told
        assert registry.get_sample_value("backfill_tick_timestamp_seconds") is not None
