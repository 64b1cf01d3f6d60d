"""What is too large for a request is applied by a run: exactly, or not at all (F2, F3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from domain.operations import apply_allocation_plan as carrying_out_plans
from domain.operations.apply_allocation_plan import apply_allocation_plan
from domain.operations.apply_reallocation import apply_reallocation
from domain.operations.exact_runs import apply_exactly
from domain.operations.leasing import LeaseLostError
from domain.operations.processor_runs import RunHandle, claim_run, hand_over_run, request_run
from domain.operations.retention import expire_plans, expire_reallocations
from domain.operations.schedules import waiting_runs
from domain.operations.steps import reallocating
from domain.operations.steps.coverage import refresh_coverage
from domain.rules.refusals import ErrorCode
from tests import reallocations
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import everything, refused
from tests.operations.invariants import assert_consistent
from tests.operations.planned import planned
from tests.reallocations import WIN_IF_URGENT, variant
from tests.runs import HOLD_IS_OVER, claimed, lock_awaited

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that a run can apply: what is planned, as a dry run or as a reallocation."""

    name: str
    module: ModuleType
    """Where it is carried out."""

    async def plan(self, shop: Shop) -> int:
        """A plan that gives units of two SKUs to four orders, or moves them between these; its id."""
        await shop.stock(TEA=6, CUP=6)
        orders = [await shop.order(f"SO-{n}", TEA=1, CUP=2) for n in range(1, 4)]
        if self.name == "plan":
            await shop.order("SO-4", priority=5, TEA=3)
            return await planned(shop, now=HOLD_IS_OVER)
        for order_id in orders:
            await shop.dispatch(order_id, TEA=1, CUP=2)
        await shop.order("SO-4", priority=5, TEA=6)
        return await reallocations.planned(shop, await variant(shop, *WIN_IF_URGENT))

    async def apply(self, shop: Shop, plan_id: int, *, at_once: int, key: str | None = None) -> None:
        """Ask for it to be applied."""
        if self.name == "plan":
            await apply_allocation_plan(shop.command(key=key), plan_id=plan_id, at_once=at_once)
        else:
            await apply_reallocation(shop.command(key=key), plan_id=plan_id, at_once=at_once)


PLAN, REALLOCATION = Kind("plan", carrying_out_plans), Kind("reallocation", reallocating)
KINDS = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(PLAN, marks=pytest.mark.rule("F2"), id="plan"),
        pytest.param(REALLOCATION, marks=pytest.mark.rule("F3"), id="reallocation"),
    ],
)


async def taken(shop: Shop, *, holder: str = "worker") -> RunHandle:
    """The run that waits, in the hands of a worker."""
    (waiting,) = await waiting_runs(database=shop.database)
    run = RunHandle(database=shop.database, client_id=shop.client_id, run_id=waiting.run_id, holder=holder)
    assert await claim_run(run, now=NOW)
    return run


async def status(shop: Shop) -> tuple[str, int, int, str | None]:
    """(status, lines told of, all lines, failure) of the newest run."""
    (newest,) = await shop.tuples(
        "SELECT status, applied_rank, planned_lines, failure FROM processor_runs ORDER BY id DESC LIMIT 1"
    )
    found: tuple[str, int, int, str | None] = newest
    return found


async def done(shop: Shop) -> list[Any]:
    """Of each dispatch and each line of the client the order, the SKU, the state and the units."""
    on_dispatches = """
        SELECT o.number, sku.code, made.status, made.cancel_reason, sum(line.quantity)
        FROM dispatches AS made
        JOIN dispatch_lines AS line ON (line.client_id, line.dispatch_id) = (made.client_id, made.id)
        JOIN orders AS o ON (o.client_id, o.id) = (made.client_id, made.order_id)
        JOIN skus AS sku ON (sku.client_id, sku.id) = (line.client_id, line.sku_id)
        WHERE made.client_id = $1 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
    """
    on_lines = """
        SELECT o.number, line.line_number, o.status, line.allocated, demand.open, demand.back_ordered
        FROM order_lines AS line JOIN orders AS o ON (o.client_id, o.id) = (line.client_id, line.order_id)
        LEFT JOIN pool_demand AS demand ON (demand.client_id, demand.line_id) = (line.client_id, line.id)
        WHERE line.client_id = $1 ORDER BY 1, 2
    """
    return [await shop.tuples(query, shop.client_id) for query in (on_dispatches, on_lines)]


@KINDS
async def test_a_run_does_what_a_request_would_have_done(shop: Shop, other: Shop, kind: Kind) -> None:
    await kind.apply(other, await kind.plan(other), at_once=100)
    in_a_request = await done(other)
    plan = await kind.plan(shop)
    before = await done(shop)

    await kind.apply(shop, plan, at_once=1, key="k")
    await kind.apply(shop, plan, at_once=1, key="k")
    await kind.apply(shop, plan, at_once=1)

    assert await done(shop) == before
    run = await taken(shop)
    await kind.apply(shop, plan, at_once=1)
    await apply_exactly(run, telling=run, now=NOW, size=1)

    assert await status(shop) == ("COMPLETED", *[(await status(shop))[2]] * 2, None)
    assert await done(shop) == in_a_request != before
    assert await waiting_runs(database=shop.database) == []
    await kind.apply(shop, plan, at_once=1)
    assert await waiting_runs(database=shop.database) == []
    await assert_consistent(shop.database)


@KINDS
async def test_of_two_who_ask_at_once_both_get_the_one_run(shop: Shop, kind: Kind) -> None:
    plan = await kind.plan(shop)
    async with shop.database.transaction_across_clients() as transaction:
        for table in ("allocation_plans", "reallocation_plans"):
            await transaction.sql.execute(f"SELECT FROM {table} FOR UPDATE")
        both = [asyncio.create_task(kind.apply(shop, plan, at_once=1)) for _ in range(2)]
        await lock_awaited(shop, times=2)
    await asyncio.gather(*both)

    (waiting,) = await waiting_runs(database=shop.database)
    assert await shop.value("SELECT count(*) FROM processor_runs") == 1
    tables = {"plan": "allocation_plans", "reallocation": "reallocation_plans"}
    assert await shop.value(f"SELECT run_id FROM {tables[kind.name]}") == waiting.run_id  # noqa: S608


@KINDS
async def test_how_far_a_run_is_can_be_seen_while_nothing_of_it_can(
    shop: Shop, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await kind.plan(shop)
    before = await done(shop)
    await kind.apply(shop, plan, at_once=1)
    run = await taken(shop)
    seen = []
    lines = (await status(shop))[2]

    async def look(*arguments: Any, **named: Any) -> None:
        seen.append((await status(shop), await done(shop)))
        await refresh_coverage(*arguments, **named)

    monkeypatch.setattr(kind.module, "refresh_coverage", look)
    await apply_exactly(run, telling=run, now=NOW, size=1)

    assert seen == [(("RUNNING", lines, lines, None), before)]
    assert await done(shop) != before


@KINDS
async def test_what_has_changed_before_the_run_began_is_stale_and_the_run_says_so(
    shop: Shop, kind: Kind
) -> None:
    plan = await kind.plan(shop)
    await kind.apply(shop, plan, at_once=1)
    await shop.stock(TEA=7)
    before = await done(shop)
    run = await taken(shop)

    await apply_exactly(run, telling=run, now=NOW)

    state, told, _, failure = await status(shop)
    assert (state, told) == ("FAILED", 0)
    assert failure is not None
    assert failure.startswith("STALE_PLAN: Stock or orders of the distribution center have changed")
    assert await done(shop) == before
    assert await waiting_runs(database=shop.database) == []
    async with refused(shop, ErrorCode.STALE_PLAN, "planId"):
        await kind.apply(shop, plan, at_once=1)
    await assert_consistent(shop.database)


@KINDS
async def test_what_is_stale_at_once_is_refused_at_once(shop: Shop, kind: Kind) -> None:
    plan = await kind.plan(shop)
    await shop.stock(TEA=7)
    async with refused(shop, ErrorCode.STALE_PLAN, "planId"):
        await kind.apply(shop, plan, at_once=1)


@KINDS
async def test_a_run_that_was_taken_over_does_nothing_and_the_next_worker_does_all(
    shop: Shop, kind: Kind
) -> None:
    plan = await kind.plan(shop)
    await kind.apply(shop, plan, at_once=1)
    first = await taken(shop, holder="first")
    await hand_over_run(first)
    second = await taken(shop, holder="second")
    before = await everything(shop.database)

    with pytest.raises(LeaseLostError):
        await apply_exactly(first, telling=first, now=NOW)
    assert await everything(shop.database) == before
    await apply_exactly(second, telling=second, now=NOW)

    assert (await status(shop))[0] == "COMPLETED"
    await assert_consistent(shop.database)


@KINDS
async def test_a_run_that_loses_its_lease_at_the_end_leaves_nothing_behind(
    shop: Shop, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await kind.plan(shop)
    await kind.apply(shop, plan, at_once=1)
    first = await taken(shop, holder="first")
    before = await done(shop)

    async def and_lose_the_lease(*arguments: Any, **named: Any) -> None:
        await refresh_coverage(*arguments, **named)
        await hand_over_run(first)
        assert await claim_run(replace(first, holder="second"), now=NOW)

    monkeypatch.setattr(kind.module, "refresh_coverage", and_lose_the_lease)
    with pytest.raises(LeaseLostError):
        await apply_exactly(first, telling=first, now=NOW)

    assert await done(shop) == before
    assert (await status(shop))[0] == "RUNNING"


@KINDS
async def test_what_a_run_is_to_apply_is_not_forgotten_before_it_has(shop: Shop, kind: Kind) -> None:
    plan = await kind.plan(shop)
    await kind.apply(shop, plan, at_once=1)
    decisions = (
        "SELECT count(*) FROM plan_decisions"
        if kind is PLAN
        else "SELECT count(*) FROM reallocation_decisions"
    )
    planned = await shop.value(decisions)

    async def forget() -> None:
        then, keep = NOW + timedelta(days=365), timedelta(days=1)
        await expire_plans(database=shop.database, now=then, keep=keep)
        await expire_reallocations(database=shop.database, now=then, keep=keep, keep_applied=keep)

    await forget()
    assert await shop.value(decisions) == planned
    run = await taken(shop)
    await forget()
    await apply_exactly(run, telling=run, now=NOW)
    assert (await status(shop))[0] == "COMPLETED"
    await forget()
    assert await shop.value(decisions) == 0


@pytest.mark.rule("B2")
@KINDS
async def test_a_run_that_applies_waits_for_one_that_is_under_way_and_replaces_none(
    shop: Shop, kind: Kind
) -> None:
    plan = await kind.plan(shop)
    await kind.apply(shop, plan, at_once=1)
    (waiting,) = await waiting_runs(database=shop.database)
    under_way = await claimed(shop)
    assert under_way.run_id != waiting.run_id
    applying = RunHandle(
        database=shop.database, client_id=shop.client_id, run_id=waiting.run_id, holder="other"
    )

    assert await claim_run(applying, now=NOW) is None

    pool = await shop.id_of("distribution_centers", MAIN)
    assert (await request_run(shop.command(), distribution_center_id=pool)).run_id > under_way.run_id
