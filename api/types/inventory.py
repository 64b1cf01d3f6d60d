"""Drift of the inventory's books (F8)."""

from __future__ import annotations

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import load
from api.types.reference import DistributionCenter, Sku


@strawberry.type(
    description="A figure of a SKU in a distribution center that is not what other records say it should be."
)
class InventoryDrift:
    """A difference between two records of the same thing."""

    field: str = strawberry.field(
        description="Which figure: onHand or allocated, against the ledger's sums; dispatched: what is "
        "allocated, against what open dispatches hold; demand: the open units that wait for stock, against "
        "those of the order lines."
    )
    recorded: int = strawberry.field(description="Units as recorded.")
    derived: int = strawberry.field(description="Units as they follow from the other records.")

    @batched(description="The SKU.")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await load(info, "Sku", [drift.sku_id for drift in parents])

    @batched(description="The distribution center.")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await load(info, "DistributionCenter", [drift.distribution_center_id for drift in parents])
