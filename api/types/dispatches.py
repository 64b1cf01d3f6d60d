"""Dispatches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected
from api.types.node import Node, follow, node_id
from api.types.reference import DistributionCenter, Sku
from domain.rules.vocabulary import DispatchKind, DispatchStatus
from domain.views.dispatches import lines_of_dispatches

if TYPE_CHECKING:
    from api.types.orders import Order, OrderLine


@strawberry.type(description="What a dispatch takes of an order line, in units.")
class DispatchLine:
    """A line of a dispatch."""

    id: strawberry.ID = node_id("DispatchLine")
    quantity: int = strawberry.field(description="Units.")

    @batched(description="The order line it takes from.", along="id")
    async def order_line(
        parents: Parents, info: Info
    ) -> list[Annotated[OrderLine, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "OrderLine", "order_line_id")

    @batched(description="The SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")


@strawberry.type(
    description="A release of allocated quantities of one order from one distribution center, to be picked, "
    "packed and shipped."
)
class Dispatch(Node):
    """A dispatch."""

    id: strawberry.ID = node_id("Dispatch")
    number: str = strawberry.field(description="What is printed and scanned.")
    kind: DispatchKind = strawberry.field(description="What made it.")
    status: DispatchStatus = strawberry.field(description="How far it has come.")
    created_at: datetime = strawberry.field(description="When it was made.")
    packed_at: datetime | None = strawberry.field(description="When it was packed.")
    shipped_at: datetime | None = strawberry.field(description="When it was shipped.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    cancel_reason: str | None = strawberry.field(description="The reason code of its cancellation.")

    @batched(description="The order it belongs to.", along="id")
    async def order(
        parents: Parents, info: Info
    ) -> list[Annotated[Order, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "Order", "order_id")

    @batched(description="The distribution center it leaves from.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(description="What it takes of which order line.")
    async def lines(parents: Parents, info: Info) -> list[list[DispatchLine]]:
        lines: Any = await lines_of_dispatches(
            info.context.database,
            client_id=info.context.client_id,
            dispatch_ids=[dispatch["id"] for dispatch in parents],
            selected=selected(info),
        )
        return [lines[dispatch["id"]] for dispatch in parents]
