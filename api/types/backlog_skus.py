"""Backlog SKUs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.dispatches import Dispatch
from api.types.node import Node, follow, node_id
from api.types.reference import Sku
from domain.views.backlog_skus import deliveries_of

if TYPE_CHECKING:
    from api.types.orders import Order, OrderLine


@strawberry.type(description="Units of a Backlog SKU on one delivery note.")
class BacklogSkuDelivery:
    """What a Backlog SKU was applied to."""

    quantity: int = strawberry.field(description="Units.")

    @batched(description="The delivery note; cancelled ones are told too.", along="id")
    async def dispatch(parents: Parents, info: Info) -> list[Dispatch]:
        return await follow(parents, info, "Dispatch", "dispatch_id")


@strawberry.type(
    description="What is set aside of an order line for split delivery; it is applied to delivery notes on "
    "its own, whole or in part (A1)."
)
class BacklogSku(Node):
    """A Backlog SKU. Quantities are units."""

    id: strawberry.ID = node_id("BacklogSku")
    quantity: int = strawberry.field(description="Units that were set aside.")
    applied: int = strawberry.field(description="Units on delivery notes that are not cancelled.")
    delivered: int = strawberry.field(description="Units of them that are shipped.")
    cancelled: int = strawberry.field(
        description="Units that will not be delivered: their delivery note was cancelled and they with it."
    )
    remaining: int = strawberry.field(description="Units that can still be applied.")
    expected_on: date | None = strawberry.field(
        description="When the goods are expected: the day that was set, else that of the line's promise "
        "(F4), in UTC; null while neither is known."
    )

    @batched(description="The order.", along="id")
    async def order(
        parents: Parents, info: Info
    ) -> list[Annotated[Order, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "Order", "order_id")

    @batched(description="The order line.", along="id")
    async def line(
        parents: Parents, info: Info
    ) -> list[Annotated[OrderLine, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "OrderLine", "line_id")

    @batched(description="The SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")

    @batched(description="What of it was applied to which delivery note, oldest first.")
    async def deliveries(parents: Parents, info: Info) -> list[list[BacklogSkuDelivery]]:
        found: Any = await deliveries_of(
            info.context.database,
            client_id=info.context.client_id,
            backlog_sku_ids=[item["id"] for item in parents],
        )
        return [found[item["id"]] for item in parents]
