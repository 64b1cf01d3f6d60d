"""Workers that are killed in the middle of a run, or asked to stop there.

    BACKFILL_TEST_KILLS=20 .venv/bin/python -m pytest tests/faults

kills more often than the six times that every change is tested with.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import Process
from datetime import UTC, datetime
from random import Random

import pytest

from domain.settings import Settings
from domain.store.database import Database
from tests.builders import Shop
from tests.operations.invariants import assert_consistent
from tests.pools import expected_dispatches, made_dispatches, random_pool, set_up
from tests.runs import all_ended, figures, requested
from tests.workers import start_worker, worker_processes

# An emptied Redis: another test's killed workers would still hold jobs of the same ids.
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("redis")]

KILLS = int(os.environ.get("BACKFILL_TEST_KILLS", "6"))


async def new_holder(shop: Shop, *, after: str | None, applied: int = 0) -> str:
    """Who has the run, as soon as that is not `after` any more and the plan is applied up to a rank."""
    async with asyncio.timeout(60):
        while True:
            run = await shop.row("SELECT lease_holder, applied_rank FROM processor_runs")
            if run["lease_holder"] not in (None, after) and run["applied_rank"] >= applied:
                return str(run["lease_holder"])
            await asyncio.sleep(0.005)


def process_of(holder: str, workers: list[Process]) -> Process:
    """The worker process that a lease names."""
    pid = int(holder.split(":")[1])
    (worker,) = (worker for worker in workers if worker.pid == pid)
    return worker


@pytest.mark.rule("B2")
@pytest.mark.rule("B4")
async def test_a_run_whose_workers_are_killed_ends_as_if_nothing_had_happened(
    settings: Settings, database: Database
) -> None:
    random = Random(7)  # noqa: S311 - the same pauses every time
    shop = await Shop.open(database)
    pool = random_pool(seed=7, orders=60 * KILLS, skus=20)
    await set_up(shop, pool, now=datetime.now(UTC))
    run = await requested(shop)
    lines = sum(len(order.lines) for order in pool.orders)
    # The first kill is before anything is applied, the others are all over the run, but for its end: workers
    # go on while a busy machine keeps this process from killing them.
    points = sorted(random.sample(range(lines * 6 // 10), KILLS - 1))

    async with worker_processes(settings, 2, lease_seconds=1, chunk_lines=2) as workers:
        holder = None
        for applied in [0, *points]:
            holder = await new_holder(shop, after=holder, applied=applied)
            await asyncio.sleep(random.uniform(0, 0.03))
            killed = process_of(holder, workers)
            killed.kill()
            await killed.wait()
            assert await shop.value("SELECT status FROM processor_runs") == "RUNNING"
            workers.append(await start_worker(settings, lease_seconds=1, chunk_lines=2))
        await all_ended(shop)

    expected = await expected_dispatches(shop, pool)
    assert await made_dispatches(shop) == expected
    await assert_consistent(database)
    assert await figures(shop, run) == {
        "status": "COMPLETED",
        "examined": len(pool.orders),
        "committed": await shop.value("SELECT count(*) FROM orders WHERE queue_status = 'PROCESSED'"),
        "back_ordered": await shop.value(
            "SELECT count(*) FROM orders WHERE queue_status = 'PARTIALLY_PROCESSED'"
        ),
        "returned": await shop.value("SELECT count(*) FROM orders WHERE queue_status = 'QUEUED'"),
        "dispatches": len(expected),
    }
    told = await shop.rows(
        """
        SELECT subject_id, count(*) AS times FROM (
            SELECT subject_id, topic, cause FROM event_log
            UNION ALL SELECT subject_id, topic, cause FROM event_outbox
        ) AS event
        WHERE topic = 'ORDER' AND cause = 'orderProcessor'
          AND subject_id IN (SELECT order_id FROM dispatches)
        GROUP BY subject_id
        """
    )
    assert len(told) == len(expected)


@pytest.mark.rule("B2")
async def test_a_worker_that_is_asked_to_stop_hands_its_run_over_at_once(
    settings: Settings, database: Database
) -> None:
    shop = await Shop.open(database)
    pool = random_pool(seed=8, orders=300, skus=20)
    await set_up(shop, pool, now=datetime.now(UTC))
    run = await requested(shop)

    # With this lease, a run that is not handed over would be waited for.
    async with worker_processes(settings, 2, lease_seconds=120, chunk_lines=2) as workers:
        first = await new_holder(shop, after=None, applied=50)
        stopped = process_of(first, workers)
        stopped.terminate()
        assert await asyncio.wait_for(stopped.wait(), 60) == 0
        second = await new_holder(shop, after=first)
        await all_ended(shop)

    assert process_of(second, workers) is not stopped
    assert (await figures(shop, run))["status"] == "COMPLETED"
    assert await made_dispatches(shop) == await expected_dispatches(shop, pool)
    await assert_consistent(database)
