"""Reallocations by segments, and pins (F3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected, selected_nodes
from api.types.connections import After, Connection, First, page_request
from api.types.node import Node, follow, node_id
from api.types.processor_runs import ProcessorRun
from api.types.reference import DistributionCenter, Sku
from domain.rules.vocabulary import (
    ConfirmationStrategy,
    PlanEffect,
    ReallocationReason,
    SegmentSort,
    UnmetWin,
)
from domain.views import reallocations as views

if TYPE_CHECKING:
    from api.types.orders import OrderLine


@strawberry.type(description="That no reallocation takes anything from an order line.")
class LinePin:
    """A pin."""

    reason: str = strawberry.field(description="Why it is pinned.")
    pinned_by: str = strawberry.field(description="Who pinned it.")
    pinned_at: datetime = strawberry.field(description="When.")


@strawberry.type(
    description="Which orders a segment takes: all conditions hold, and of a list any value. What is null "
    "is no condition."
)
class ReallocationSegmentFilter:
    """A filter; its parent is a `StoredFilter`."""

    priority_from: int | None = strawberry.field(description="Of this priority or a higher one.")
    priority_to: int | None = strawberry.field(description="Of this priority or a lower one.")
    min_age_hours: int | None = strawberry.field(description="Ordered at least so many hours ago.")
    max_age_hours: int | None = strawberry.field(description="Ordered at most so many hours ago.")
    order_types: list[str] | None = strawberry.field(description="Of these order types.")
    shipping_agencies: list[str] | None = strawberry.field(description="With these carriers.")
    services: list[str] | None = strawberry.field(description="With these services of a carrier.")
    countries: list[str] | None = strawberry.field(description="Going to these countries.")
    store_codes: list[str] | None = strawberry.field(description="Of these stores.")
    sku_codes: list[str] | None = strawberry.field(description="With an unfinished line of these SKUs.")
    order_numbers: list[str] | None = strawberry.field(description="With these numbers.")


@strawberry.type(description="Orders that a reallocation treats alike.")
class ReallocationSegment:
    """A segment; its parent is a `SegmentView`."""

    position: int = strawberry.field(description="Its place in the variant, from 1.")
    name: str = strawberry.field(description="As people call it.")
    strategy: ConfirmationStrategy = strawberry.field(description="What becomes of its orders.")
    sort: SegmentSort = strawberry.field(description="Which of its orders come first.")
    filter: ReallocationSegmentFilter = strawberry.field(description="Which orders it takes.")


@strawberry.type(
    description="A named list of segments by which pools are reallocated (F3). An order belongs to the first "
    "segment that takes it, and is left alone when none does."
)
class ReallocationVariant(Node):
    """A variant."""

    id: strawberry.ID = node_id("ReallocationVariant")
    name: str = strawberry.field(description="As people call it; unique among the client's.")
    unmet_win: UnmetWin = strawberry.field(
        description="What becomes of a reallocation in which orders that are to win can't have all they want."
    )
    version: int = strawberry.field(
        description="Grows with every change; pass it as `expectedVersion` to change what you have seen."
    )
    updated_at: datetime = strawberry.field(description="When it was changed last.")

    @batched(description="Its segments, in their order.")
    async def segments(parents: Parents, info: Info) -> list[list[ReallocationSegment]]:
        found: Any = await views.segments_of(
            info.context.database,
            client_id=info.context.client_id,
            variant_ids=[variant["id"] for variant in parents],
        )
        return found  # type: ignore[no-any-return] # the view's segments stand for the type


@strawberry.type(
    description="What a reallocation does to an order line, and why. Quantities are units that are set aside "
    "for the line: on dispatches not packed yet, or received for it and kept (D6)."
)
class ReallocationChange:
    """A decision of a reallocation."""

    place: int = strawberry.field(description="The line's place in the order of turns, from 1.")
    segment: int = strawberry.field(description="The position of its order's segment.")
    strategy: ConfirmationStrategy = strawberry.field(description="The strategy of that segment.")
    pinned: bool = strawberry.field(description="Whether the line was pinned.")
    wanted: int = strawberry.field(description="Units it wants: open ones, and those not packed yet.")
    stock_seen: int = strawberry.field(
        description="Units of the SKU that it could have had at its turn; 0 where it looked for none."
    )
    before: int = strawberry.field(description="Units set aside for it when the plan was made.")
    after: int = strawberry.field(description="Units set aside for it when the plan is applied.")
    dispatched_before: int = strawberry.field(description="Of those before, units on dispatches.")
    dispatched_after: int = strawberry.field(description="Of those after, units on dispatches.")
    effect: PlanEffect = strawberry.field(description="How `after` compares with `before`.")
    reason: ReallocationReason = strawberry.field(description="Why it ends with what it ends with.")
    applied: bool = strawberry.field(description="Whether it was done; before that it is a preview.")

    @batched(description="The order line.", along="id")
    async def line(
        parents: Parents, info: Info
    ) -> list[Annotated[OrderLine, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "OrderLine", "line_id")

    @batched(description="The line's SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")

    @batched(description="The reallocation it is a part of.", along="id")
    async def plan(parents: Parents, info: Info) -> list[ReallocationPlan]:
        return await follow(parents, info, "ReallocationPlan", "plan_id")

    @batched(
        description="Lines that gained units of the same SKU before its turn, in the order of turns; at most "
        "100."
    )
    async def served_before(
        parents: Parents, info: Info
    ) -> list[list[Annotated[OrderLine, strawberry.lazy("api.types.orders")]]]:
        lines: Any = await views.served_before(
            info.context.database,
            client_id=info.context.client_id,
            changes=list(parents),
            selected=selected(info),
        )
        return lines  # type: ignore[no-any-return] # rows stand for the lines


@strawberry.type(
    description="A reallocation: what of a distribution center's stock that is set aside and not packed yet "
    "goes to other orders. Nothing of it is done until it is applied (F3)."
)
class ReallocationPlan(Node):
    """A reallocation, planned or applied."""

    id: strawberry.ID = node_id("ReallocationPlan")
    variant_name: str = strawberry.field(description="The name of the variant it was planned by.")
    planned_at: datetime = strawberry.field(description="The moment it was decided for.")
    requested_by: str = strawberry.field(description="Who asked for it.")
    applied_at: datetime | None = strawberry.field(description="When it was carried out; null before that.")
    applied_by: str | None = strawberry.field(description="Who had it carried out.")
    applicable: bool = strawberry.field(
        description="Whether it can be applied: it has not been, what it was made from has not changed, and "
        "no unmet winner stops it. A run that is under way on the distribution center is not looked at."
    )
    orders_examined: int = strawberry.field(description="Orders that a segment took.")
    lines_gained: int = strawberry.field(description="Lines that gain.")
    lines_lost: int = strawberry.field(description="Lines that lose.")
    units_gained: int = strawberry.field(description="Units that lines gain, all together.")
    units_lost: int = strawberry.field(description="Units that lines lose, all together.")
    wins_unmet: int = strawberry.field(
        description="Orders that are to win, wait for nothing but stock, and can't have all they want."
    )

    @batched(description="The distribution center whose stock it shares out.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(
        description="The run that applies it, or was to, because it is large; null of what is not applied, "
        "or was with the answer of the request.",
        along="id",
    )
    async def run(parents: Parents, info: Info) -> list[ProcessorRun | None]:
        return await follow(parents, info, "ProcessorRun", "run_id")

    @batched(description="The variant as it is now; null when it was deleted since.", along="id")
    async def variant(parents: Parents, info: Info) -> list[ReallocationVariant | None]:
        return await follow(parents, info, "ReallocationVariant", "variant_id")

    @batched(description="What it does to every line of its segments, in the order of turns.")
    async def changes(
        parents: Parents,
        info: Info,
        effects: Annotated[
            list[PlanEffect] | None, strawberry.argument(description="Only lines with one of these effects.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> list[Connection[ReallocationChange]]:
        pages: Any = await views.change_pages(
            info.context.database,
            client_id=info.context.client_id,
            plan_ids=[plan["id"] for plan in parents],
            effects=effects,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return pages  # type: ignore[no-any-return] # a page stands for the connection
