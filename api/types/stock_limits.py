"""Caps on back orders (F7)."""

from __future__ import annotations

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import Node, follow, node_id
from api.types.reference import DistributionCenter, Sku, Store


@strawberry.type(
    description="The most units of a SKU that orders of a distribution center may back-order. What an order "
    "adds beyond it is refused."
)
class BackOrderCap(Node):
    """A cap. Quantities are units."""

    id: strawberry.ID = node_id("BackOrderCap")
    units: int = strawberry.field(description="The most units.")
    version: int = strawberry.field(
        description="Changes with every change; pass it as `expectedVersion` to change what you have seen."
    )
    back_ordered: int = strawberry.field(description="Units that are back-ordered under it now.")

    @batched(description="The SKU.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")

    @batched(description="The distribution center.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(
        description="The store whose orders it limits; null when it limits those of all together.", along="id"
    )
    async def store(parents: Parents, info: Info) -> list[Store | None]:
        return await follow(parents, info, "Store", "store_id")
