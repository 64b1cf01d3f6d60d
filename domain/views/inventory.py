"""Whether what is recorded twice is recorded alike (F8)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.rules.inventory import drifts
from domain.store import inventory, reference
from domain.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryDrift:
    """A figure of a SKU in a pool that is not what other records say it should be, in units."""

    distribution_center_id: int
    sku_id: int
    field: str
    recorded: int
    derived: int


async def inventory_drifts(database: Database, *, client_id: int) -> list[InventoryDrift]:
    """Every drift of the client's inventory: of levels, then of open demand; none, if all is well."""
    async with database.transaction(client_id, repeatable_read=True) as transaction:
        sql = transaction.sql
        pools = await reference.pools(sql, client_id=client_id)
        levels = await inventory.disagreeing_levels(sql, client_id=client_id, distribution_center_ids=pools)
        demand = await inventory.disagreeing_demand(sql, client_id=client_id, distribution_center_ids=pools)
    return [
        InventoryDrift(
            distribution_center_id=level.distribution_center_id,
            sku_id=level.sku_id,
            field=drift.field,
            recorded=drift.recorded,
            derived=drift.derived,
        )
        for level in levels
        for drift in drifts(level.books)
    ] + [
        InventoryDrift(
            distribution_center_id=row["distribution_center_id"],
            sku_id=row["sku_id"],
            field="demand",
            recorded=row["recorded"],
            derived=row["derived"],
        )
        for row in demand
    ]
