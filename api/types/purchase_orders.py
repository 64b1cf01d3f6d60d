"""Purchase orders: what is on its way from vendors (D5, D6, F4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected
from api.types.node import Node, follow, node_id
from api.types.reference import DistributionCenter, Sku
from domain.views.purchase_orders import lines_by

if TYPE_CHECKING:
    from api.types.orders import Order, OrderLine


@strawberry.type(description="A line of a purchase order. Quantities are units.")
class PurchaseOrderLine(Node):
    """How many units of a SKU were ordered, and what came of them."""

    id: strawberry.ID = node_id("PurchaseOrderLine")
    line_number: int = strawberry.field(description="Its place in the purchase order, from 1.")
    quantity: int = strawberry.field(description="Units ordered.")
    received: int = strawberry.field(
        description="Units that came into stock, or that the vendor has shipped to the customer."
    )
    cancelled: int = strawberry.field(description="Units that will not come.")
    open: int = strawberry.field(description="Units still to come.")
    expected_at: datetime | None = strawberry.field(
        description="When the open units are expected; null when nobody knows."
    )

    @batched(description="The purchase order it belongs to.", along="id")
    async def purchase_order(parents: Parents, info: Info) -> list[PurchaseOrder]:
        return await follow(parents, info, "PurchaseOrder", "purchase_order_id")

    @batched(description="The SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")

    @batched(
        description="The order line that a receipt serves first (D6), or that the vendor ships (D5).",
        along="id",
    )
    async def order_line(
        parents: Parents, info: Info
    ) -> list[Annotated[OrderLine, strawberry.lazy("api.types.orders")] | None]:
        return await follow(parents, info, "OrderLine", "order_line_id")


@strawberry.type(description="Where a vendor ships to.")
class ShipTo:
    """The customer's address."""

    name: str = strawberry.field(description="Who receives it.")
    street: str = strawberry.field(description="Street and house number.")
    city: str = strawberry.field(description="City.")
    postal_code: str | None = strawberry.field(description="Postal code.")
    region: str | None = strawberry.field(description="State, province or region.")
    country: str = strawberry.field(description="Country.")


@strawberry.type(
    description="What was ordered from a vendor: for the stock of a distribution center, or as a dropship "
    "for one order's customer."
)
class PurchaseOrder(Node):
    """A purchase order."""

    id: strawberry.ID = node_id("PurchaseOrder")
    number: str = strawberry.field(description="The client's own number for it; a dropship's begins with DS.")
    vendor: str | None = strawberry.field(description="The vendor's name.")
    created_at: datetime = strawberry.field(description="When it was created.")
    open: bool = strawberry.field(description="Whether anything of it is still to come.")

    @batched(
        description="The distribution center it comes into; of a dropship the vendor's, or else the order's.",
        along="id",
    )
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(
        description="The order whose customer the vendor ships to (D5); null when it comes into stock.",
        along="id",
    )
    async def order(
        parents: Parents, info: Info
    ) -> list[Annotated[Order, strawberry.lazy("api.types.orders")] | None]:
        return await follow(parents, info, "Order", "dropship_order_id")

    @batched(description="Where the vendor ships to; null when it comes into stock, or was not told.")
    def ship_to(parents: Parents) -> list[ShipTo | None]:
        return [None if row["ship_to"] is None else orjson.loads(row["ship_to"]) for row in parents]

    @batched(description="Its lines, in their order.")
    async def lines(parents: Parents, info: Info) -> list[list[PurchaseOrderLine]]:
        lines: Any = await lines_by(
            info.context.database,
            "purchase_order_id",
            client_id=info.context.client_id,
            ids=[row["id"] for row in parents],
            selected=selected(info),
        )
        return [lines[row["id"]] for row in parents]
