"""Dry runs of the Order Processor (F2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import Node, follow, node_id
from api.types.orders import OrderLine
from api.types.processor_runs import ProcessorRun
from api.types.reference import DistributionCenter, ShipmentPolicy, recorded_policy
from domain.rules.vocabulary import AllocationReason, PlanEffect
from domain.views.allocation_plans import changes_of


@strawberry.type(
    description="What a plan would do for an order line. Quantities are units the line has on dispatches, "
    "shipped ones too."
)
class PlanChange:
    """A decision of a plan."""

    rank: int = strawberry.field(description="The line's place in the plan's walk, from 1.")
    before: int = strawberry.field(description="Units the line had when the plan was made.")
    after: int = strawberry.field(description="Units it would have: those, and what the plan gives it.")
    otherwise: int = strawberry.field(
        description="Units it would have without the plan's hypotheses; of a plan that has none, without it."
    )
    effect: PlanEffect = strawberry.field(description="How `after` compares with `otherwise`.")
    reason: AllocationReason = strawberry.field(description="Why the plan gives it what it gives it.")

    @batched(description="The order line.", along="id")
    async def line(parents: Parents, info: Info) -> list[OrderLine]:
        return await follow(parents, info, "OrderLine", "line_id")


@strawberry.type(
    description="What a run of the Order Processor would do at the moment of planning, as things were or as "
    "they were supposed to be. Nothing of it is done until it is applied."
)
class AllocationPlan(Node):
    """A dry run."""

    id: strawberry.ID = node_id("AllocationPlan")
    planned_at: datetime = strawberry.field(description="The moment it was decided for.")
    requested_by: str = strawberry.field(description="Who asked for it.")
    hypothetical: bool = strawberry.field(
        description="Whether it takes for granted what was not so; such a plan can't be applied."
    )
    applicable: bool = strawberry.field(
        description="Whether it can be applied: it has not been, and what it was made from has not changed."
    )
    orders_examined: int = strawberry.field(description="Queued orders it looked at.")
    orders_committed: int = strawberry.field(description="Orders it dispatches with all that is open (B4).")
    orders_back_ordered: int = strawberry.field(description="Orders it dispatches in part (B6).")
    orders_returned: int = strawberry.field(description="Orders it leaves in the queue.")

    @batched(description="The distribution center whose queue it looked at.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(description="The shipment policy it went by (B8).")
    def shipment_policy(parents: Parents) -> list[ShipmentPolicy]:
        return [recorded_policy(row["shipment_policy"]) for row in parents]

    @batched(description="The run that applied it; null as long as none has.", along="id")
    async def run(parents: Parents, info: Info) -> list[ProcessorRun | None]:
        return await follow(parents, info, "ProcessorRun", "run_id")

    @batched(description="What it would do for every line it looked at, best rank first.")
    async def changes(
        parents: Parents,
        info: Info,
        effects: Annotated[
            list[PlanEffect] | None, strawberry.argument(description="Only lines with one of these effects.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="At most so many; all if not given.")
        ] = None,
        after_rank: Annotated[
            int | None, strawberry.argument(description="Only lines after this rank: the next page.")
        ] = 0,
    ) -> list[list[PlanChange]]:
        changes: list[Any] = await changes_of(
            info.context.database,
            client_id=info.context.client_id,
            plan_ids=[plan["id"] for plan in parents],
            effects=effects,
            after_rank=after_rank or 0,
            first=first,
        )
        return changes
