"""One run in the hands of one worker, and every way in which it can end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from domain.operations.apply_allocation_plan import apply_allocation_plan
from domain.operations.processor_runs import RunHandle, claim_run, hand_over_run, plan_run
from domain.settings import Settings
from domain.store.database import Database
from jobs.leasing import Outcome
from jobs.process import RunProcessor
from tests.builders import NOW, Shop
from tests.cuttable import cuttable_postgresql
from tests.operations.planned import planned
from tests.runs import HOLD_IS_OVER, claimed, dispatched, figures, lock_awaited, requested
from tests.waiting import eventually

pytestmark = pytest.mark.anyio

# A quarter of it is waited for, and who loses the lease on a machine that stands still has lost it.
LEASE = 8


def processor(database: Database, *, lease: float = 20, chunk_lines: int = 1) -> RunProcessor:
    return RunProcessor(
        database=database,
        leases=database,
        worker="w1",
        lease=timedelta(seconds=lease),
        chunk_lines=chunk_lines,
        stopping=asyncio.Event(),
    )


async def shop_with_orders(database: Database, count: int) -> Shop:
    shop = await Shop.open(database)
    await shop.stock(TEA=count)
    for number in range(count):
        await shop.order(f"SO-{number}", TEA=1)
    return shop


@asynccontextmanager
async def pool_locked(database: Database) -> AsyncIterator[None]:
    """Nothing can be applied meanwhile."""
    async with database.transaction_across_clients() as blocker:
        await blocker.sql.execute("UPDATE stock_pools SET generation = generation")
        yield


async def lease_renewed(shop: Shop) -> None:
    """Return when whoever has claimed the run has renewed its lease."""
    ends = "SELECT lease_until FROM processor_runs"
    await eventually(lambda: shop.value(ends))
    first = await shop.value(ends)

    async def is_later() -> bool:
        return bool(await shop.value(ends) > first)

    await eventually(is_later)


async def test_a_run_is_processed_to_its_end(database: Database) -> None:
    shop = await shop_with_orders(database, 3)
    run = await requested(shop)

    assert await processor(database).process(client_id=1, run_id=run.run_id) is Outcome.COMPLETED

    assert (await figures(shop, run))["dispatches"] == 3
    assert await processor(database).process(client_id=1, run_id=run.run_id) is Outcome.NOT_OURS


@pytest.mark.rule("B2")
async def test_a_run_that_comes_twice_at_once_is_processed_once(database: Database) -> None:
    shop = await shop_with_orders(database, 20)
    run = await requested(shop)
    worker = processor(database)

    outcomes = await asyncio.gather(*(worker.process(client_id=1, run_id=run.run_id) for _ in range(4)))

    assert sorted(outcome.name for outcome in outcomes) == ["COMPLETED"] + ["NOT_OURS"] * 3
    assert len(await dispatched(shop)) == 20


async def test_a_lease_is_renewed_for_as_long_as_the_run_takes(database: Database) -> None:
    shop = await shop_with_orders(database, 2)
    run = await requested(shop)
    async with pool_locked(database):
        task = asyncio.create_task(processor(database, lease=LEASE).process(client_id=1, run_id=run.run_id))
        await lease_renewed(shop)
        assert await claim_run(replace(run, holder="thief"), now=NOW) is None

    assert await task is Outcome.COMPLETED


async def test_work_on_a_run_that_was_taken_over_stops_at_once(database: Database) -> None:
    shop = await shop_with_orders(database, 2)
    run = await requested(shop)
    async with pool_locked(database):
        task = asyncio.create_task(processor(database, lease=LEASE).process(client_id=1, run_id=run.run_id))
        await lock_awaited(shop)
        await shop.write("UPDATE processor_runs SET lease_holder = 'thief'")
        # The pool is still locked: the work did not get as far as finding out by itself.
        assert await asyncio.wait_for(task, 60) is Outcome.LOST

    assert await dispatched(shop) == []
    assert await shop.value("SELECT lease_holder FROM processor_runs") == "thief"


async def test_a_stopping_worker_ends_its_chunk_and_hands_the_run_over(database: Database) -> None:
    shop = await shop_with_orders(database, 5)
    run = await requested(shop)
    worker = processor(database)
    async with pool_locked(database):
        task = asyncio.create_task(worker.process(client_id=1, run_id=run.run_id))
        await lock_awaited(shop)
        worker.stopping.set()
    assert await task is Outcome.HANDED_OVER
    assert len(await dispatched(shop)) == 1

    assert await processor(database).process(client_id=1, run_id=run.run_id) is Outcome.COMPLETED
    assert len(await dispatched(shop)) == 5


async def test_a_cancelled_worker_hands_the_run_over_without_its_chunk(database: Database) -> None:
    shop = await shop_with_orders(database, 2)
    run = await requested(shop)
    async with pool_locked(database):
        task = asyncio.create_task(processor(database).process(client_id=1, run_id=run.run_id))
        await lock_awaited(shop)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await dispatched(shop) == []

    assert await processor(database).process(client_id=1, run_id=run.run_id) is Outcome.COMPLETED


async def test_a_run_that_cannot_go_on_fails_and_shows_nothing_of_the_database(database: Database) -> None:
    shop = await shop_with_orders(database, 1)
    run = await claimed(shop)
    await plan_run(run, now=NOW)
    await hand_over_run(run)
    # Nothing of ours does this: it stands for whatever nobody thought of.
    await shop.write("UPDATE run_decisions SET line_id = 999999")

    with capture_logs() as logs:
        outcome = await processor(database).process(client_id=1, run_id=run.run_id)

    assert outcome is Outcome.FAILED
    assert await shop.row("SELECT status, failure FROM processor_runs") == {
        "status": "FAILED",
        "failure": "An unexpected error ended it: ForeignKeyViolationError. The log tells more.",
    }
    assert [line["event"] for line in logs if line.get("exc_info")] == ["run.failed"]
    assert await dispatched(shop) == []


async def test_a_run_that_cannot_be_claimed_while_postgresql_is_away_waits(
    settings: Settings, database: Database
) -> None:
    shop = await shop_with_orders(database, 1)
    run = await requested(shop)
    async with cuttable_postgresql(settings.postgresql_url()) as (way, url):
        away = await Database.open(url)
        way.cut()
        assert await processor(away).process(client_id=1, run_id=run.run_id) is Outcome.INTERRUPTED
        await away.close()
    assert (await figures(shop, run))["status"] == "SCHEDULED"


async def test_a_run_outlives_the_connection_to_postgresql(settings: Settings, database: Database) -> None:
    shop = await shop_with_orders(database, 2)
    run = await requested(shop)
    cut_off = await Database.open(settings.postgresql_url(), application_name="cut-off")
    async with pool_locked(database):
        task = asyncio.create_task(processor(cut_off).process(client_id=1, run_id=run.run_id))
        await lock_awaited(shop)
        await shop.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut-off'"
        )
        assert await asyncio.wait_for(task, 60) is Outcome.INTERRUPTED
    await cut_off.close()
    assert (await figures(shop, run))["status"] == "RUNNING"

    await shop.write("UPDATE processor_runs SET lease_until = now() - interval '1 second'")
    assert await processor(database).process(client_id=1, run_id=run.run_id) is Outcome.COMPLETED
    assert len(await dispatched(shop)) == 2


async def plan_left_to_a_run(shop: Shop) -> RunHandle:
    """The run that is to apply a plan of MAIN, in nobody's hands yet."""
    plan = await planned(shop, now=HOLD_IS_OVER)
    applied = await apply_allocation_plan(shop.command(), plan_id=plan, at_once=1)
    return RunHandle(database=shop.database, client_id=shop.client_id, run_id=applied.run_id, holder="first")


@pytest.mark.rule("F2")
async def test_a_plan_is_applied_by_a_run_whose_lease_is_renewed_meanwhile(database: Database) -> None:
    shop = await shop_with_orders(database, 5)
    run = await plan_left_to_a_run(shop)
    async with pool_locked(database):
        task = asyncio.create_task(processor(database, lease=LEASE).process(client_id=1, run_id=run.run_id))
        await lease_renewed(shop)
        assert await claim_run(replace(run, holder="thief"), now=NOW) is None

    assert await task is Outcome.COMPLETED
    assert await figures(shop, run) == {
        "status": "COMPLETED",
        "examined": 5,
        "committed": 5,
        "back_ordered": 0,
        "returned": 0,
        "dispatches": 5,
    }


@pytest.mark.rule("F2")
async def test_a_run_that_breaks_while_it_applies_a_plan_leaves_nothing_and_can_be_asked_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_with_orders(database, 5)
    run = await plan_left_to_a_run(shop)

    async def broken(*arguments: object, **named: object) -> None:
        raise ValueError

    with monkeypatch.context() as patched, capture_logs():
        patched.setattr("domain.operations.apply_allocation_plan.refresh_coverage", broken)
        assert await processor(database).process(client_id=1, run_id=run.run_id) is Outcome.FAILED

    assert await dispatched(shop) == []
    failed = await shop.row("SELECT status, applied_rank, planned_lines, failure FROM processor_runs")
    assert failed == {
        "status": "FAILED",
        "applied_rank": 0,
        "planned_lines": 5,
        "failure": "An unexpected error ended it: ValueError. The log tells more.",
    }
    plan = await shop.value("SELECT plan_id FROM processor_runs")
    # What failed has locked the pool and let it go as it was, so the plan still holds.
    again = await apply_allocation_plan(shop.command(), plan_id=plan, at_once=1)
    assert again.run_id != run.run_id
    assert await processor(database).process(client_id=1, run_id=again.run_id) is Outcome.COMPLETED
    assert len(await dispatched(shop)) == 5
