"""Holding new demand to the caps on back orders, over all lines of a request together (F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.operations.command import Work
from domain.operations.steps.availability import availability
from domain.rules.back_order_caps import Excess, Scope, State, Wish, admit, free_units
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import back_order_caps as caps
from domain.store import reference


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDemand:
    """What an order is about to want from a pool: units of SKUs, line by line."""

    distribution_center_id: int
    store_id: int | None
    lines: Sequence[tuple[int, int]]


async def beyond_caps(work: Work, demand: Sequence[NewDemand]) -> list[Excess | None]:
    """For each order, in turn, what of it is beyond a cap, or None; see rules/back_order_caps.

    The pools are locked by the caller, and coverage is true of all but this demand.
    """
    answers: list[Excess | None] = [None] * len(demand)
    by_pool: defaultdict[int, list[int]] = defaultdict(list)
    for place, order in enumerate(demand):
        by_pool[order.distribution_center_id].append(place)
    if not await caps.exist(work.sql, client_id=work.client_id, distribution_center_ids=by_pool):
        return answers
    for pool, places in by_pool.items():
        wishes = [Wish(demand[place].store_id, demand[place].lines) for place in places]
        skus = {sku_id for wish in wishes for sku_id, _ in wish.lines}
        for place, excess in zip(places, admit(wishes, await _state(work, pool, skus)), strict=True):
            answers[place] = excess
    return answers


async def require_within_caps(work: Work, demand: NewDemand, *, path: Sequence[tuple[str, ...]]) -> None:
    """Raise INSUFFICIENT_STOCK when the order goes beyond a cap; `path` leads to each of its lines."""
    (excess,) = await beyond_caps(work, [demand])
    if excess is not None:
        raise too_much(excess, path=path[excess.line])


def too_much(excess: Excess, *, path: tuple[str, ...]) -> Refusal:
    """The refusal of a line that goes beyond a cap."""
    return Refusal(
        ErrorCode.INSUFFICIENT_STOCK,
        f"{excess.added} units of this line would be back-ordered, and the cap on back orders of its SKU "
        f"leaves room for {excess.room}; order fewer, or raise the cap.",
        path=path,
        details={"wanted": excess.added, "available": excess.room},
    )


async def _state(work: Work, pool: int, skus: set[int]) -> State:
    where = {"client_id": work.client_id, "distribution_center_id": pool}
    limits = await caps.of_skus(work.sql, **where, sku_ids=skus)
    settings = await reference.settings_of(work.sql, client_id=work.client_id)
    stock = await availability(
        work, settings, distribution_center_id=pool, sku_ids={limit["sku_id"] for limit in limits}
    )
    return State(
        free=free_units(
            available=dict.fromkeys(stock.sku_ids, 0) | stock.units,
            covered=await caps.covered(work.sql, **where, sku_ids=stock.sku_ids),
            replacements=stock.replacements,
        ),
        replacements=stock.replacements,
        caps={Scope(limit["sku_id"], limit["store_id"]): limit["units"] for limit in limits},
        back_ordered={Scope(limit["sku_id"], limit["store_id"]): limit["back_ordered"] for limit in limits},
    )
