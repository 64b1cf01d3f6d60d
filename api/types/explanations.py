"""Why a line got what it got in a run (F1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected
from api.types.node import load
from api.types.processor_runs import ProcessorRun
from api.types.reference import ShipmentPolicy, recorded_policy
from domain.rules.vocabulary import AllocationReason
from domain.views.explanations import served_before as lines_served_before

if TYPE_CHECKING:
    from api.types.orders import OrderLine


@strawberry.type(description="What a run decided for a line, and why: the record of the run itself (F1).")
class AllocationExplanation:
    """A recorded decision."""

    rank: int = strawberry.field(description="The line's place in the run's walk, from 1.")
    wanted: int = strawberry.field(description="Units that were open.")
    stock_seen: int = strawberry.field(description="Units of the SKU that were available at its turn.")
    given: int = strawberry.field(description="Units it got.")
    reason: AllocationReason = strawberry.field(description="Why.")

    @batched(description="The run; null when none looks at the line, because its route is another one.")
    async def run(parents: Parents, info: Info) -> list[ProcessorRun | None]:
        return await load(info, "ProcessorRun", [explanation.run_id for explanation in parents])

    @batched(description="The shipment policy the run went by (B8); null when no run looks at the line.")
    def shipment_policy(parents: Parents) -> list[ShipmentPolicy | None]:
        return [recorded_policy(explanation.shipment_policy) for explanation in parents]

    @batched(
        description="The lines that the run's plan gave units of the same SKU before it, best rank first. "
        "Why one of them got none after all, because it changed or its stock was taken, its explanation says."
    )
    async def served_before(
        parents: Parents, info: Info
    ) -> list[list[Annotated[OrderLine, strawberry.lazy("api.types.orders")]]]:
        lines: list[Any] = await lines_served_before(
            info.context.database,
            client_id=info.context.client_id,
            decisions=list(parents),
            selected=selected(info),
        )
        return lines
