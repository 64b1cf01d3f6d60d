"""Backorders: what of an order is still to be picked by hand (E2–E5)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected
from api.types.dispatches import Dispatch
from api.types.node import Node, follow, node_id
from api.types.reference import DistributionCenter, Sku
from domain.rules.vocabulary import BackorderStatus
from domain.views import backorders as views

if TYPE_CHECKING:
    from api.types.orders import Order, OrderLine


@strawberry.type(description="Units of an order line on a Backorder. Quantities are units.")
class BackorderItem(Node):
    """An item of a Backorder."""

    id: strawberry.ID = node_id("BackorderItem")
    quantity: int = strawberry.field(description="Units that were put on the Backorder.")
    filled: int = strawberry.field(description="Units on its picks that nobody cancelled.")
    cancelled: int = strawberry.field(description="Units that are not wanted any more.")
    open: int = strawberry.field(description="Units neither filled nor cancelled.")
    available: int = strawberry.field(description="Available units of the SKU in the Backorder's pool now.")

    @batched(description="The order line it is for.", along="id")
    async def order_line(
        parents: Parents, info: Info
    ) -> list[Annotated[OrderLine, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "OrderLine", "order_line_id")

    @batched(description="The SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")


@strawberry.type(
    description="The warehouse document of what could not be picked of an order when its lines were marked "
    "Warehouse Pick; it is filled once the goods are there (E2, E5)."
)
class Backorder(Node):
    """A Backorder."""

    id: strawberry.ID = node_id("Backorder")
    number: str = strawberry.field(description="What is printed and scanned.")
    status: BackorderStatus = strawberry.field(description="How far it is filled.")
    created_at: datetime = strawberry.field(description="When it was made.")
    fulfillable: bool = strawberry.field(description="Whether at least one unit can be filled now (E4).")
    completely_fulfillable: bool = strawberry.field(
        description="Whether everything that is open can be filled now, all of it together (E4)."
    )

    @batched(description="The order it belongs to.", along="id")
    async def order(
        parents: Parents, info: Info
    ) -> list[Annotated[Order, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "Order", "order_id")

    @batched(description="The distribution center that fills it.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(description="What is on it.")
    async def items(parents: Parents, info: Info) -> list[list[BackorderItem]]:
        items: Any = await views.items_of_backorders(
            info.context.database,
            client_id=info.context.client_id,
            backorder_ids=[backorder["id"] for backorder in parents],
            selected=selected(info),
        )
        return [items[backorder["id"]] for backorder in parents]

    @batched(description="The dispatches of what was filled, oldest first, cancelled ones too (E5).")
    async def picks(parents: Parents, info: Info) -> list[list[Dispatch]]:
        picks: Any = await views.picks_of_backorders(
            info.context.database,
            client_id=info.context.client_id,
            backorder_ids=[backorder["id"] for backorder in parents],
            selected=selected(info),
        )
        return [picks[backorder["id"]] for backorder in parents]


async def backorders_of(parents: Parents, info: Info) -> list[Any]:
    """The Backorders of each of the orders."""
    found = await views.backorders_of_orders(
        info.context.database,
        client_id=info.context.client_id,
        order_ids=[order["id"] for order in parents],
        selected=selected(info),
    )
    return [found[order["id"]] for order in parents]
