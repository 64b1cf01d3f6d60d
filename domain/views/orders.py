"""Orders and their lines, for whoever asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from domain.store.database import Database, Row
from domain.store.reads.orders import (
    BY_LINE_NUMBER,
    LINES,
    ORDERINGS,
    ORDERS,
    OrderFilter,
    OrderSort,
    order_conditions,
)
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import fetch_by_ids, fetch_page

__all__ = [
    "OrderFilter",
    "OrderSort",
    "lines_by_ids",
    "lines_of_orders",
    "order_by_number",
    "orders_by_ids",
    "orders_page",
]


async def orders_page(
    database: Database,
    *,
    client_id: int,
    order_filter: OrderFilter,
    sort: OrderSort,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the client's orders under the filter. Raises INVALID_INPUT for a bad size or cursor."""
    return await fetch_page(
        database,
        ORDERS,
        conditions=order_conditions(client_id, order_filter),
        names=ORDERS.wanted(selected, always=("id",)),
        ordering=ORDERINGS[sort],
        request=request,
    )


async def orders_by_ids(
    database: Database, *, client_id: int, ids: Sequence[int | None], selected: Collection[str]
) -> list[Row | None]:
    """The order of each id, in their order; None where the client has no such order."""
    async with database.connection() as sql:
        rows = await fetch_by_ids(
            sql,
            ORDERS,
            client_id=client_id,
            ids=[order_id for order_id in ids if order_id is not None],
            key="id",
            names=ORDERS.wanted(selected, always=("id",)),
        )
    found = {row["id"]: row for row in rows}
    return [found.get(order_id) for order_id in ids]


async def order_by_number(database: Database, *, client_id: int, number: str) -> int | None:
    """The id of the order with this number, or None."""
    async with database.connection() as sql:
        order_id: int | None = await sql.fetchval(
            "SELECT id FROM orders WHERE client_id = $1 AND number = $2", client_id, number
        )
    return order_id


async def lines_by_ids(
    database: Database, *, client_id: int, ids: Sequence[int], selected: Collection[str]
) -> list[Row | None]:
    """The order line of each id, in their order; None where the client has no such line."""
    async with database.connection() as sql:
        rows = await fetch_by_ids(
            sql,
            LINES,
            client_id=client_id,
            ids=ids,
            key="id",
            names=LINES.wanted(selected, always=("id",)),
        )
    found = {row["id"]: row for row in rows}
    return [found.get(line_id) for line_id in ids]


async def lines_of_orders(
    database: Database, *, client_id: int, order_ids: Collection[int], selected: Collection[str]
) -> dict[int, list[Row]]:
    """Every line of each order, in line order, in one statement."""
    names = LINES.wanted(selected, always=("id", "order_id", "line_number"))
    async with database.connection() as sql:
        rows = await fetch_by_ids(sql, LINES, client_id=client_id, ids=order_ids, key="order_id", names=names)
    lines: defaultdict[int, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["line_number"], row["id"])):
        lines[row["order_id"]].append(row)
    return lines


LINE_ORDERING = BY_LINE_NUMBER
