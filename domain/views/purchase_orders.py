"""Purchase orders and their lines, for whoever asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from domain.store.database import Database, Row
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.purchase_orders import (
    ORDERINGS,
    PURCHASE_ORDER_LINES,
    PURCHASE_ORDERS,
    PurchaseOrderFilter,
    PurchaseOrderSort,
    purchase_order_conditions,
)
from domain.store.reads.select import fetch_by_ids, fetch_page
from domain.store.reference import printable

__all__ = [
    "PurchaseOrderFilter",
    "PurchaseOrderSort",
    "lines_by",
    "purchase_order_id_of_number",
    "purchase_orders_page",
]


async def purchase_orders_page(
    database: Database,
    *,
    client_id: int,
    order_filter: PurchaseOrderFilter,
    sort: PurchaseOrderSort,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the client's purchase orders. Raises INVALID_INPUT for a bad size or cursor."""
    return await fetch_page(
        database,
        PURCHASE_ORDERS,
        conditions=purchase_order_conditions(client_id, order_filter),
        names=PURCHASE_ORDERS.wanted(selected, always=("id",)),
        ordering=ORDERINGS[sort],
        request=request,
    )


async def purchase_order_id_of_number(database: Database, *, client_id: int, number: str) -> int | None:
    """The id of the purchase order with this number, or None."""
    if not printable([number]):
        return None
    async with database.connection(client_id) as sql:
        found: int | None = await sql.fetchval(
            "SELECT id FROM purchase_orders WHERE client_id = $1 AND number = $2", client_id, number
        )
    return found


async def lines_by(
    database: Database, key: str, *, client_id: int, ids: Collection[int], selected: Collection[str]
) -> dict[int, list[Row]]:
    """The lines by their `purchase_order_id` or `order_line_id`, whichever is the `key`, in line order."""
    async with database.connection(client_id) as sql:
        rows = await fetch_by_ids(
            sql,
            PURCHASE_ORDER_LINES,
            client_id=client_id,
            ids=ids,
            key=key,
            names=PURCHASE_ORDER_LINES.wanted(selected, always=("id", key, "line_number")),
        )
    lines: defaultdict[int, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["line_number"], row["id"])):
        lines[row[key]].append(row)
    return lines
