"""Rules for hold times (B3)."""

from __future__ import annotations

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import Node, follow, node_id
from api.types.reference import DistributionCenter


@strawberry.type(
    description="How long orders with certain attributes are held (B3). It applies to orders that have every "
    "attribute it names; of several such rules the most specific one does, and without any the client's "
    "setting."
)
class HoldRule(Node):
    """A hold rule; attributes that it does not name are null."""

    id: strawberry.ID = node_id("HoldRule")
    hours: int = strawberry.field(description="Hours the orders wait for all of their lines.")
    order_type: str | None = strawberry.field(description="The order type it names.")
    shipping_agency: str | None = strawberry.field(description="The carrier it names.")
    service: str | None = strawberry.field(description="The carrier's service it names.")
    country: str | None = strawberry.field(description="The country it names, by its two letters.")
    version: int = strawberry.field(
        description="Changes with every change; pass it as `expectedVersion` to change what you have seen."
    )
    specificity: int = strawberry.field(
        description="Higher wins. It grows with how many attributes are named, then with which: country, "
        "service, shipping agency, order type, distribution center."
    )

    @batched(description="The distribution center it names.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter | None]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")
