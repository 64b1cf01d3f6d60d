"""Orders and their lines, for whoever asks."""

from __future__ import annotations

from collections.abc import Collection

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
from domain.store.reads.paging import Page, PageRequest, WholeList, pages_of_lists
from domain.store.reads.reference import AUDIT_ENTRIES, BY_DISPATCH, BY_TIME, DISPATCHES
from domain.store.reads.select import fetch_lists, fetch_page, fetch_page_of_each

__all__ = [
    "OrderFilter",
    "OrderSort",
    "PageRequest",
    "dispatch_pages",
    "history_pages",
    "line_pages",
    "order_id_of_number",
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


async def order_id_of_number(database: Database, *, client_id: int, number: str) -> int | None:
    """The id of the order with this number, or None."""
    async with database.connection(client_id) as sql:
        order_id: int | None = await sql.fetchval(
            "SELECT id FROM orders WHERE client_id = $1 AND number = $2", client_id, number
        )
    return order_id


async def line_pages(
    database: Database,
    *,
    client_id: int,
    order_ids: list[int],
    request: PageRequest,
    selected: Collection[str],
) -> list[Page[Row] | WholeList]:
    """A page of the lines of each order, in line order; one statement for all orders."""
    names = LINES.wanted(selected, always=("id", "order_id", "line_number"))
    async with database.connection(client_id) as sql:
        lines = await fetch_lists(
            sql,
            LINES,
            client_id=client_id,
            key="order_id",
            ids=order_ids,
            names=names,
            ordering=BY_LINE_NUMBER,
        )
    return pages_of_lists([lines.get(order_id, []) for order_id in order_ids], BY_LINE_NUMBER, request)


async def dispatch_pages(
    database: Database,
    *,
    client_id: int,
    order_ids: list[int],
    request: PageRequest,
    selected: Collection[str],
) -> list[Page[Row]]:
    """A page of the dispatches of each order, oldest first; one statement for all orders."""
    return await fetch_page_of_each(
        database,
        DISPATCHES,
        client_id=client_id,
        key="order_id",
        ids=order_ids,
        names=DISPATCHES.wanted(selected, always=("id",)),
        ordering=BY_DISPATCH,
        request=request,
    )


async def history_pages(
    database: Database,
    *,
    client_id: int,
    order_ids: list[int],
    request: PageRequest,
    selected: Collection[str],
) -> list[Page[Row]]:
    """A page of the audit entries of each order, newest first (F11); one statement for all orders."""
    return await fetch_page_of_each(
        database,
        AUDIT_ENTRIES,
        client_id=client_id,
        key="order_id",
        ids=order_ids,
        names=AUDIT_ENTRIES.wanted(selected, always=("id",)),
        ordering=BY_TIME,
        request=request,
    )
