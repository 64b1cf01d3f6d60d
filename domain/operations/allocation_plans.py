"""Dry runs: what a run would do now, or would do if, and carrying out exactly that (F2).

A plan is decided as a run decides, from one snapshot of its pool, and changes nothing but itself. Every
change of what it was decided from moves the pool's generation on under the pool's lock, so a plan whose
generation is still the pool's is what a run at its moment would do. It is then carried out as a whole, in
one transaction that holds the lock; or it is stale, and nothing of it is.

What it was decided from includes its moment: holds that expired since do not make it stale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from domain.operations.applying import CHUNK_LINES, apply_chunk
from domain.operations.checks import MAX_PER_CALL, check_quantity
from domain.operations.client_settings import SettingsChange, checked_columns
from domain.operations.command import Command, Work, perform
from domain.operations.coverage import refresh_coverage
from domain.operations.deciding import Hypotheses, decide
from domain.operations.leasing import LEASE
from domain.rules.allocation import Plan
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import RunStatus
from domain.store import lines, locks, orders, plans, reference, runs, statistics
from domain.store.database import Row


class HypotheticalReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a SKU that would come in."""

    sku_code: str
    quantity: int


class WhatIf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a plan is to take for granted: receipts, cancelled orders (ids) and other settings."""

    receipts: tuple[HypotheticalReceipt, ...] = ()
    cancelled_orders: tuple[int, ...] = ()
    settings: SettingsChange | None = None


class PlanMade(msgspec.Struct, frozen=True):
    """The plan that was made."""

    plan_id: int


class PlanApplied(msgspec.Struct, frozen=True):
    """The completed run that carried the plan out."""

    run_id: int


async def plan_allocation(
    command: Command, *, distribution_center_id: int, what_if: WhatIf | None = None
) -> PlanMade:
    """Decide a run of the pool without carrying it out, and keep the decisions (F2).

    Raises NOT_FOUND for an unknown distribution center, SKU or order, INVALID_INPUT for a quantity or
    setting out of bounds, and NOTHING_TO_DO for settings that name none.
    """
    await statistics.refresh_if_stale(command.database)

    async def body(work: Work) -> PlanMade:
        center = await reference.distribution_center(
            work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
        )
        if center is None:
            raise Refusal(
                ErrorCode.NOT_FOUND, "There is no such distribution center.", path=("distributionCenter",)
            )
        return PlanMade(await _plan(work, distribution_center_id, what_if or WhatIf()))

    return await perform(
        command,
        operation="planAllocation",
        payload=[distribution_center_id, what_if],
        answer=PlanMade,
        body=body,
        repeatable_read=True,
    )


async def apply_allocation_plan(command: Command, *, plan_id: int) -> PlanApplied:
    """Carry the plan out by a run of its own, wholly or not at all (F2); a plan is applied once.

    Applied again, it answers with the same run. Raises NOT_FOUND, and STALE_PLAN when the pool has
    changed since the plan was made, is being processed, or never was what the plan assumes.
    """

    async def body(work: Work) -> PlanApplied:
        plan = await _plan_of(work, plan_id)
        if plan["run_id"] is None:
            await locks.lock_pools(
                work.sql,
                client_id=work.client_id,
                distribution_center_ids=[plan["distribution_center_id"]],
            )
            # Whoever held the lock before us may have applied it.
            plan = await _plan_of(work, plan_id)
        if plan["run_id"] is not None:
            return PlanApplied(plan["run_id"])
        return PlanApplied(await _apply(work, plan))

    return await perform(
        command, operation="applyAllocationPlan", payload=plan_id, answer=PlanApplied, body=body
    )


async def _plan(work: Work, distribution_center_id: int, what_if: WhatIf) -> int:
    hypotheses = await _checked(work, what_if)
    supposed = hypotheses != Hypotheses()
    decided = await decide(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        now=work.now,
        hypotheses=hypotheses,
    )
    line_ids = [decision.line_id for decision in decided.decisions]
    had = await lines.fulfilled(work.sql, client_id=work.client_id, line_ids=line_ids)
    otherwise = dict(had)
    if supposed:
        ordinary = await decide(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=distribution_center_id,
            now=work.now,
        )
        otherwise = _after(had, ordinary)
    generation = await plans.generation(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    plan_id = await plans.create(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        generation=generation,
        requested_by=work.authority.actor,
        now=work.now,
        totals=decided.totals,
        policy=decided.policy,
        lines=len(decided.decisions),
        hypotheses=msgspec.to_builtins(what_if) if supposed else None,
    )
    await plans.record(
        work.sql,
        client_id=work.client_id,
        plan_id=plan_id,
        decisions=decided.decisions,
        had=had,
        otherwise=otherwise,
    )
    return plan_id


def _after(had: dict[int, int], plan: Plan) -> dict[int, int]:
    units = Counter(had)
    for decision in plan.decisions:
        units[decision.line_id] += decision.given
    return units


async def _apply(work: Work, plan: Row) -> int:
    """Carry out the plan, whose pool is locked, in a run that starts and ends here; the run's id."""
    pool: int = plan["distribution_center_id"]
    await _require_fresh(work, plan)
    run_id = await runs.create(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=pool,
        schedule_id=None,
        scheduled_at=work.now,
        requested_by=work.authority.actor,
    )
    if run_id is None:
        raise AssertionError("only a scheduled run can exist already")
    holder = f"plan {plan['id']}"
    claimed = await runs.claim(
        work.sql, client_id=work.client_id, run_id=run_id, holder=holder, lease=LEASE, now=work.now
    )
    if claimed is None:
        raise _stale("The Order Processor is at work on this distribution center")
    await _carry_out(work, plan, run_id, holder)
    await refresh_coverage(
        work,
        distribution_center_id=pool,
        sku_ids=await runs.given_skus(work.sql, client_id=work.client_id, run_id=run_id),
    )
    await runs.LEASES.finish(
        work.sql, client_id=work.client_id, work_id=run_id, status=RunStatus.COMPLETED, now=work.now
    )
    work.run_changed(run_id=run_id, distribution_center_id=pool)
    work.audit("PLAN_APPLIED", f"Allocation plan {plan['id']} was applied.", after={"run": run_id})
    return run_id


async def _carry_out(work: Work, plan: Row, run_id: int, holder: str) -> None:
    run_key = {"client_id": work.client_id, "run_id": run_id}
    await plans.adopt(work.sql, **run_key, plan_id=plan["id"], now=work.now)
    while run := await runs.get(work.sql, **run_key):
        step = await apply_chunk(work, run=run, size=CHUNK_LINES)
        if step is None:
            return
        if step.voided:
            raise _stale("Orders of the plan have changed since it was made")
        await runs.progress(work.sql, **run_key, holder=holder, step=step)


async def _require_fresh(work: Work, plan: Row) -> None:
    if plan["hypotheses"] is not None:
        raise _stale("The plan takes for granted what is not so")
    current = await plans.generation(
        work.sql, client_id=work.client_id, distribution_center_id=plan["distribution_center_id"]
    )
    # The lock itself, which this transaction holds, has moved it on by one.
    if current != plan["generation"] + 1:
        raise _stale("Stock or orders of the distribution center have changed since the plan was made")


async def _plan_of(work: Work, plan_id: int) -> Row:
    plan = await plans.get(work.sql, client_id=work.client_id, plan_id=plan_id)
    if plan is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such plan; make one first.", path=("planId",))
    return plan


def _stale(why: str) -> Refusal:
    return Refusal(
        ErrorCode.STALE_PLAN,
        f"{why}; nothing was applied. Make a new plan of what is there now.",
        path=("planId",),
    )


async def _checked(work: Work, what_if: WhatIf) -> Hypotheses:
    return Hypotheses(
        receipts=await _receipts(work, what_if.receipts),
        cancelled=await _cancelled(work, what_if.cancelled_orders),
        settings={} if what_if.settings is None else _settings(what_if.settings),
    )


async def _receipts(work: Work, receipts: Sequence[HypotheticalReceipt]) -> dict[int, int]:
    _check_most(len(receipts), what="receipts", path="receipts")
    codes = await reference.resolve(
        work.sql, client_id=work.client_id, skus={receipt.sku_code for receipt in receipts}
    )
    units = Counter[int]()
    for index, receipt in enumerate(receipts):
        path = ("receipts", str(index))
        check_quantity(receipt.quantity, path=(*path, "quantity"))
        if receipt.sku_code not in codes.skus:
            raise Refusal(
                ErrorCode.NOT_FOUND,
                f"There is no SKU with the code {receipt.sku_code!r}; create it first.",
                path=(*path, "skuCode"),
            )
        sku_id = codes.skus[receipt.sku_code]
        units[sku_id] += receipt.quantity
        check_quantity(units[sku_id], path=(*path, "quantity"))
    return units


async def _cancelled(work: Work, order_ids: Sequence[int]) -> frozenset[int]:
    _check_most(len(order_ids), what="orders", path="cancelledOrders")
    known = await orders.existing(work.sql, client_id=work.client_id, order_ids=order_ids)
    for index, order_id in enumerate(order_ids):
        if order_id not in known:
            raise Refusal(
                ErrorCode.NOT_FOUND, "There is no such order.", path=("cancelledOrders", str(index))
            )
    return frozenset(order_ids)


def _settings(change: SettingsChange) -> dict[str, object]:
    try:
        return checked_columns(change)
    except Refusal as refusal:
        _, *inner = refusal.path
        raise refusal.at("settings", *inner) from None


def _check_most(count: int, *, what: str, path: str) -> None:
    if count > MAX_PER_CALL:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"At most {MAX_PER_CALL:,} {what} fit into one plan and this one has {count:,}.",
            path=(path,),
        )
