"""Whose a run is, that it changes hands between any two steps, and that no step happens twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.operations.leasing import LeaseLostError
from domain.operations.processor_runs import (
    apply_next_chunk,
    claim_run,
    fail_run,
    finish_run,
    hand_over_run,
    plan_run,
    renew_run,
)
from domain.settings import Settings
from domain.store.database import Database
from domain.views.explanations import explanations_of
from tests.builders import NOW, Shop
from tests.runs import (
    HOLD_IS_OVER,
    claimed,
    decisions,
    dispatched,
    figures,
    lock_awaited,
    order,
    process,
    requested,
)

pytestmark = pytest.mark.anyio


@pytest.mark.rule("B2")
async def test_a_run_belongs_to_the_first_who_claims_it(shop: Shop) -> None:
    run = await requested(shop)

    claims = await asyncio.gather(
        *(claim_run(replace(run, holder=f"worker {number}"), now=NOW) for number in range(8))
    )

    (owner,) = (row for row in claims if row is not None)
    assert await shop.value("SELECT lease_holder FROM processor_runs") == owner["lease_holder"]


@pytest.mark.rule("B2")
async def test_of_one_pool_only_one_run_is_under_way_and_of_another_pool_another(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    first, second = await requested(shop), await requested(shop)
    east = await requested(shop, at="EAST")

    assert await claim_run(first, now=NOW)
    assert await claim_run(second, now=NOW) is None
    assert await claim_run(east, now=NOW)

    await process(first)
    assert await claim_run(second, now=NOW)
    assert await claim_run(first, now=NOW) is None


@pytest.mark.rule("B2")
async def test_a_run_changes_hands_when_its_lease_is_over_and_not_before(shop: Shop) -> None:
    run = replace(await requested(shop), lease=timedelta(seconds=300))
    successor = replace(run, holder="second")

    async def pass_seconds(seconds: int) -> None:
        # For leases PostgreSQL has the clock: what ends earlier is what time has passed for.
        await shop.write("UPDATE processor_runs SET lease_until = lease_until - $1 * interval '1 s'", seconds)

    assert await claim_run(run, now=NOW)
    assert await claim_run(successor, now=NOW) is None
    await pass_seconds(200)
    assert await renew_run(run)
    await pass_seconds(200)
    assert await claim_run(successor, now=NOW) is None

    await pass_seconds(101)
    assert await claim_run(successor, now=NOW + timedelta(hours=1))

    assert not await renew_run(run)
    assert await shop.row("SELECT lease_holder, started_at FROM processor_runs") == {
        "lease_holder": "second",
        "started_at": NOW,
    }


@pytest.mark.rule("B2")
async def test_a_run_that_is_handed_over_can_be_claimed_at_once(shop: Shop) -> None:
    run = await claimed(shop)

    await hand_over_run(replace(run, holder="somebody else"))
    assert await claim_run(replace(run, holder="second"), now=NOW) is None
    await hand_over_run(run)
    assert await claim_run(replace(run, holder="second"), now=NOW)


async def test_whoever_has_lost_a_run_can_do_nothing_to_it_any_more(shop: Shop) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2)
    run = await claimed(shop)
    await hand_over_run(run)
    successor = replace(run, holder="second")
    assert await claim_run(successor, now=NOW)

    with pytest.raises(LeaseLostError):
        await plan_run(run, now=NOW)
    await plan_run(successor, now=NOW)
    with pytest.raises(LeaseLostError):
        await apply_next_chunk(run, now=NOW)
    with pytest.raises(LeaseLostError):
        await finish_run(run, now=NOW)
    await fail_run(run, failure="too late", now=NOW)

    assert await dispatched(shop) == []
    assert (await figures(shop, run))["status"] == "RUNNING"


@pytest.mark.parametrize("table", ["stock_pools", "orders"])
async def test_a_chunk_that_is_applied_while_the_run_changes_hands_is_undone(
    database: Database, shop: Shop, table: str
) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2)
    run = await claimed(shop)
    await plan_run(run, now=NOW)

    async with database.transaction_across_clients() as blocker:
        # The chunk has found the run its own, and waits for a lock.
        await blocker.sql.execute(f"SELECT FROM {table} FOR UPDATE")
        chunk = asyncio.create_task(apply_next_chunk(run, now=NOW))
        await lock_awaited(shop)
        await hand_over_run(run)
        assert await claim_run(replace(run, holder="second"), now=NOW)
    with pytest.raises(LeaseLostError):
        await chunk

    assert await dispatched(shop) == []
    await process(replace(run, holder="second"))
    assert len(await dispatched(shop)) == 1


async def test_a_plan_can_be_recorded_however_often_the_lease_was_renewed_meanwhile(
    database: Database,
    shop: Shop,
) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2)
    run = await claimed(shop)

    async with database.transaction_across_clients() as blocker:
        # Planning has its snapshot, and waits to read the stock.
        await blocker.sql.execute("LOCK TABLE stock_levels IN ACCESS EXCLUSIVE MODE")
        planning = asyncio.create_task(plan_run(run, now=NOW))
        await lock_awaited(shop)
        assert await renew_run(run)
    await planning

    assert await decisions(shop, run) == [(1, 2, "ALLOCATED")]


async def test_a_run_is_planned_once_and_continued_where_it_stood(shop: Shop) -> None:
    await shop.stock(TEA=10)
    ids = [await shop.order(f"SO-{number}", TEA=2) for number in range(4)]
    run = await claimed(shop)
    await plan_run(run, now=NOW)
    assert await apply_next_chunk(run, now=NOW, size=1)
    await hand_over_run(run)

    late = await shop.order("SO-LATE", priority=9, TEA=10)
    successor = replace(run, holder="second")
    assert await claim_run(successor, now=NOW)
    await process(successor, size=1)

    assert [order_id for order_id, _, _ in await dispatched(shop)] == ids
    assert await order(shop, late) == ("CREATE", "QUEUED")
    assert (await figures(shop, run))["dispatches"] == 4


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
async def test_chunks_of_any_size_keep_orders_whole_and_lead_to_the_same(shop: Shop, size: int) -> None:
    await shop.stock(TEA=6, CUP=6, POT=6)
    for number in range(4):
        await shop.order(f"SO-{number}", TEA=2, CUP=2, POT=2)
    run = await claimed(shop)

    await process(run, size=size)

    assert await figures(shop, run) == {
        "status": "COMPLETED",
        "examined": 4,
        "committed": 3,
        "back_ordered": 0,
        "returned": 1,
        "dispatches": 3,
    }
    assert await shop.rows("SELECT 1 FROM dispatch_lines GROUP BY dispatch_id HAVING count(*) <> 3") == []


async def test_a_failed_run_keeps_what_it_applied_and_the_next_run_does_the_rest(shop: Shop) -> None:
    await shop.stock(TEA=4)
    first = await shop.order("SO-1", TEA=2)
    second = await shop.order("SO-2", TEA=2)
    run = await claimed(shop)
    await plan_run(run, now=NOW)
    assert await apply_next_chunk(run, now=NOW, size=1)

    await fail_run(run, failure="the disk is full", now=HOLD_IS_OVER)
    assert await shop.row("SELECT status, failure, finished_at, lease_holder FROM processor_runs") == {
        "status": "FAILED",
        "failure": "the disk is full",
        "finished_at": HOLD_IS_OVER,
        "lease_holder": None,
    }
    assert await order(shop, first) == ("COMMIT", "PROCESSED")
    assert await order(shop, second) == ("CREATE", "QUEUED")

    await process(await claimed(shop))
    assert await order(shop, second) == ("COMMIT", "PROCESSED")


@pytest.mark.rule("B2")
async def test_runs_that_begin_together_are_planned_however_few_connections_there_are(
    shop: Shop, settings: Settings
) -> None:
    pools = ["EAST", "MAIN", "WEST"]
    for code in pools:
        await shop.distribution_center(code)
    runs = [await requested(shop, at=code) for code in pools]
    narrow = await Database.open(settings.postgresql_url(), max_size=2)
    try:
        for run in runs:
            assert await claim_run(run, now=NOW)
        await asyncio.gather(*(plan_run(replace(run, database=narrow), now=NOW) for run in runs))
    finally:
        await narrow.close()

    assert await shop.value("SELECT count(planned_at) FROM processor_runs") == 3


@pytest.mark.rule("F1")
async def test_what_a_run_has_planned_explains_a_line_once_it_is_carried_out(shop: Shop) -> None:
    await shop.stock(TEA=4)
    lines = [
        line for number in ("SO-1", "SO-2") for line in await shop.lines_of(await shop.order(number, TEA=2))
    ]

    async def given() -> list[int | None]:
        explained = await explanations_of(shop.database, client_id=shop.client_id, line_ids=lines)
        return [None if one is None else one.given for one in explained]

    run = await claimed(shop)
    await plan_run(run, now=NOW)
    assert await given() == [None, None]
    assert await apply_next_chunk(run, now=NOW, size=1)
    assert await given() == [2, None]
    await fail_run(run, failure="the disk is full", now=NOW)
    assert await given() == [2, None]

    await process(await claimed(shop))
    assert await given() == [2, 2]
