"""A client's distribution centers and stores, all at once: there are few of either."""

from __future__ import annotations

from collections.abc import Collection

from domain.store.database import Database, Row
from domain.store.reads.columns import Table
from domain.store.reads.named import DISTRIBUTION_CENTERS, STORES


async def distribution_centers(database: Database, *, client_id: int, selected: Collection[str]) -> list[Row]:
    """The client's distribution centers, by code."""
    return await _all(database, DISTRIBUTION_CENTERS, "dc", client_id=client_id, selected=selected)


async def stores(database: Database, *, client_id: int, selected: Collection[str]) -> list[Row]:
    """The client's stores, by code."""
    return await _all(database, STORES, "st", client_id=client_id, selected=selected)


async def _all(
    database: Database, table: Table, alias: str, *, client_id: int, selected: Collection[str]
) -> list[Row]:
    names = table.wanted(selected, always=("id",))
    async with database.connection(client_id) as sql:
        return await sql.fetch(f"{table.select(names)}\nORDER BY {alias}.code", client_id)
