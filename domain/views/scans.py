"""Finding whatever a scanner reads (F10)."""

from __future__ import annotations

from domain.store import scans
from domain.store.database import Database


async def scanned(database: Database, *, client_id: int, code: str) -> tuple[str, int] | None:
    """The kind and id of what the code is of; None when the client has nothing with it.

    Should it be of several objects, a SKU comes before an order, a dispatch, a Backorder and a
    purchase order.
    """
    async with database.connection(client_id) as sql:
        found = await scans.find(sql, client_id=client_id, code=code)
    return next(iter(found.items()), None)
