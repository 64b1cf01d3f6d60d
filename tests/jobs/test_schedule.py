"""The tick: due schedules become runs, and no run waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from redis.asyncio import Redis

from domain.operations.processor_runs import claim_run, finish_run, hand_over_run
from domain.operations.schedules import set_processor_schedule
from domain.operations.timing import Timing
from domain.store.database import Database
from jobs.queue import LONG_QUEUE, ArqJobs, arq_redis
from jobs.schedule import Tick
from tests.builders import MAIN, NOW, Shop
from tests.runs import requested

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B2")]

LEASE = timedelta(seconds=20)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands still, 100 leases after 1970, unless a test moves it."""
    with time_machine.travel(EPOCH + 100 * LEASE, tick=False) as traveller:
        yield traveller


def tick_of(database: Database, redis: Redis) -> Tick:
    return Tick(database=database, jobs=ArqJobs(arq_redis(redis)), lease=LEASE)


async def queued(redis: Redis) -> list[str]:
    return [job.decode() for job in await redis.zrange(LONG_QUEUE, 0, -1)]


async def test_a_due_schedule_is_in_the_queue_after_one_tick(
    database: Database, redis: Redis, clock: time_machine.Traveller
) -> None:
    shop = await Shop.open(database)
    pool = await shop.id_of("distribution_centers", MAIN)
    await set_processor_schedule(
        shop.command(), distribution_center_id=pool, timing=Timing(cron="0 9 * * *"), enabled=True
    )
    clock.move_to(NOW + timedelta(hours=1))

    await tick_of(database, redis).tick()

    attempt = (NOW + timedelta(hours=1) - EPOCH) // LEASE
    assert await queued(redis) == [f"run:{shop.client_id}:1:{attempt}"]


async def test_a_run_that_was_never_handed_over_is_swept_up_once_per_lease(
    database: Database, redis: Redis, clock: time_machine.Traveller
) -> None:
    shop = await Shop.open(database)
    await requested(shop)
    tick = tick_of(database, redis)

    await tick.tick()
    await tick.tick()
    assert await queued(redis) == ["run:1:1:100"]

    # Whoever took that job was killed: it stays in the queue, blocked, and another one comes.
    clock.shift(LEASE)
    await tick.tick()
    assert await queued(redis) == ["run:1:1:100", "run:1:1:101"]


async def test_the_next_run_of_a_pool_is_handed_out_when_the_one_under_way_has_ended(
    database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    first = await requested(shop)
    await requested(shop)
    assert await claim_run(first, now=NOW)
    tick = tick_of(database, redis)

    await tick.tick()
    assert await queued(redis) == []
    await finish_run(first, now=NOW)
    await tick.tick()
    assert await queued(redis) == ["run:1:2:100"]


async def test_a_run_that_was_given_up_is_handed_out_again(database: Database, redis: Redis) -> None:
    shop = await Shop.open(database)
    run = await requested(shop)
    assert await claim_run(run, now=NOW)
    await hand_over_run(run)

    await tick_of(database, redis).tick()

    assert await queued(redis) == ["run:1:1:100"]


@pytest.mark.rule("C2")
async def test_the_counts_of_the_dashboard_are_added_up(database: Database, redis: Redis) -> None:
    shop = await Shop.open(database)
    await shop.order("SO-1", TEA=1)
    assert len(await shop.rows("SELECT * FROM backlog_order_changes")) == 1

    await tick_of(database, redis).tick()

    assert await shop.rows("SELECT * FROM backlog_order_changes") == []
    assert [
        row["orders"]
        for row in await shop.rows("SELECT * FROM backlog_order_counts WHERE distribution_center_id = 0")
    ] == [1]
