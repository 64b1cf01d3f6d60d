"""Variants, and reallocations by them, in few words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.operations.apply_reallocation import apply_reallocation
from domain.operations.plan_reallocation import plan_reallocation
from domain.operations.reallocation_variants import SegmentInput, VariantInput, set_reallocation_variant
from domain.rules.vocabulary import ConfirmationStrategy, SegmentSort, UnmetWin
from domain.store.reallocation_variants import StoredFilter
from tests.builders import MAIN, NOW, Shop


def segment(
    strategy: ConfirmationStrategy, *, sort: SegmentSort = SegmentSort.RANK, **wanted: Any
) -> SegmentInput:
    """A segment that takes orders as `wanted` says; lists come as lists."""
    lists: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in wanted.items()
    }
    return SegmentInput(name=strategy.lower(), strategy=strategy, sort=sort, filter=StoredFilter(**lists))


WIN_IF_URGENT = (
    segment(ConfirmationStrategy.WIN, priority_from=1),
    segment(ConfirmationStrategy.REDISTRIBUTE),
)
"""Urgent orders take what they need of all others."""


async def variant(
    shop: Shop, *segments: SegmentInput, name: str = "usual", unmet_win: UnmetWin = UnmetWin.CONTINUE
) -> int:
    """The variant of this name has these segments now; its id."""
    made = await set_reallocation_variant(
        shop.command(), variant=VariantInput(name=name, unmet_win=unmet_win, segments=segments)
    )
    return made.variant_id


async def planned(shop: Shop, variant_id: int, *, at: str = MAIN, now: datetime = NOW) -> int:
    """A reallocation of the pool by the variant, not applied; its id."""
    pool = await shop.id_of("distribution_centers", at)
    made = await plan_reallocation(shop.command(now=now), distribution_center_id=pool, variant_id=variant_id)
    return made.plan_id


async def reallocated(shop: Shop, *segments: SegmentInput, now: datetime = NOW) -> int:
    """A reallocation of MAIN by these segments, applied; its id."""
    plan_id = await planned(shop, await variant(shop, *segments), now=now)
    await apply_reallocation(shop.command(now=now), plan_id=plan_id)
    return plan_id


async def decisions(shop: Shop, plan_id: int) -> list[tuple[int, int, int, str]]:
    """(order, set aside before, set aside after, reason) of each line, in the order of turns."""
    return await shop.tuples(
        """
        SELECT order_id, dispatched_before + own_before, dispatched_after + own_after, reason
        FROM reallocation_decisions WHERE plan_id = $1 ORDER BY place
        """,
        plan_id,
    )


async def on_dispatches(shop: Shop) -> list[tuple[int, str, str | None, int]]:
    """(order, status, reason of its cancellation, units) of each dispatch."""
    return await shop.tuples(
        """
        SELECT made.order_id, made.status, made.cancel_reason, sum(line.quantity)::int
        FROM dispatches AS made JOIN dispatch_lines AS line ON line.dispatch_id = made.id
        GROUP BY made.client_id, made.id ORDER BY made.id
        """
    )


async def on_lines(shop: Shop) -> list[tuple[int, int]]:
    """(order, allocated units) of each line."""
    return await shop.tuples("SELECT order_id, allocated FROM order_lines ORDER BY id")
