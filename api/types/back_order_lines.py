"""Back-order lines (B10)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import Node, follow, node_id
from api.types.orders import Order, OrderLine
from api.types.reference import DistributionCenter, Sku


@strawberry.type(
    description="An order line that waits for stock: it is short, or it is what is left of a back order."
)
class BackOrderLine(Node):
    """A back-order line. Quantities are units."""

    id: strawberry.ID = node_id("BackOrderLine")
    requested: int = strawberry.field(description="Units ordered.")
    fulfilled: int = strawberry.field(description="Units dispatched.")
    outstanding: int = strawberry.field(description="Units still open.")
    available: int = strawberry.field(description="Available units of the SKU in the pool now.")
    short: bool = strawberry.field(description="Whether more is outstanding than is available: shown red.")
    back_ordered_qty: int = strawberry.field(
        description="Open units that available stock does not cover when every line is served by rank."
    )
    since: datetime = strawberry.field(description="Since when it waits.")
    promised_at: datetime | None = strawberry.field(
        description="When the receipt is expected that covers its last back-ordered unit (F4)."
    )

    @batched(description="The order.", along="id")
    async def order(parents: Parents, info: Info) -> list[Order]:
        return await follow(parents, info, "Order", "order_id")

    @batched(description="The order line.", along="id")
    async def line(parents: Parents, info: Info) -> list[OrderLine]:
        return await follow(parents, info, "OrderLine", "line_id")

    @batched(description="The SKU that is wanted.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")

    @batched(description="The distribution center whose stock it waits for.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")
