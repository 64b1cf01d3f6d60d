"""Dry runs: what a run would do now, or would do if (F2).

A plan is decided as a run decides, from one snapshot of its pool, and changes nothing but itself. Every
change of what it was decided from moves the pool's generation on under the pool's lock, so a plan whose
generation is still the pool's is what a run at its moment would do. It is then carried out as a whole
(apply_allocation_plan.py), in one transaction that holds the lock; or it is stale, and nothing of it is.

What it was decided from includes its moment: holds that expired since do not make it stale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from domain.operations.checks import MAX_PER_CALL, check_quantity
from domain.operations.client_settings import SettingsChange, checked_columns
from domain.operations.command import Command, Work, perform
from domain.operations.steps.centers import named_center
from domain.operations.steps.deciding import Hypotheses, decide
from domain.rules.allocation import Plan
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import lines, orders, plans, reference, statistics


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


async def plan_allocation(
    command: Command, *, distribution_center_id: int, what_if: WhatIf | None = None
) -> PlanMade:
    """Decide a run of the pool without carrying it out, and keep the decisions (F2).

    Raises NOT_FOUND for an unknown distribution center, SKU or order, INVALID_INPUT for a quantity or
    setting out of bounds, and NOTHING_TO_DO for settings that name none.
    """
    await statistics.refresh_if_stale(command.database)

    async def body(work: Work) -> PlanMade:
        await named_center(work, distribution_center_id)
        return PlanMade(await _plan(work, distribution_center_id, what_if or WhatIf()))

    return await perform(
        command,
        operation="planAllocation",
        payload=[distribution_center_id, what_if],
        answer=PlanMade,
        body=body,
        repeatable_read=True,
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
