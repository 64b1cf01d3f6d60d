"""Orders and their lines, for whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any

from domain.store.database import Database, Row
from domain.store.reads.columns import joined
from domain.store.reads.orders import (
    BY_LINE_NUMBER,
    LINES,
    ORDERINGS,
    ORDERS,
    OrderFilter,
    OrderSort,
    order_conditions,
    search_finds_many,
)
from domain.store.reads.paging import Page, PageRequest, WholeList, pages_of_lists
from domain.store.reads.reference import AUDIT_ENTRIES, BY_DISPATCH, BY_TIME, DISPATCHES
from domain.store.reads.select import fetch_list, fetch_lists, fetch_page, fetch_page_of_each
from domain.store.reference import printable

__all__ = [
    "OrderFilter",
    "OrderSort",
    "PageRequest",
    "dispatch_pages",
    "history_pages",
    "line_pages",
    "order_id_of_number",
    "order_with_lines",
    "orders_page",
]

_ALONG = "lines"
"""The key under which an order's lines have come along with it."""

_id_of = itemgetter("id")

_FEW_LINES = 5_000
"""So many are read at once, and paged here: hardly any orders of a page have more. Of those that do only the
pages are read, whatever else they have."""


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
    finds_many = await search_finds_many(database, client_id=client_id, order_filter=order_filter)
    return await fetch_page(
        database,
        ORDERS,
        conditions=order_conditions(client_id, order_filter, sort=sort, finds_many=finds_many),
        names=ORDERS.wanted(selected, always=("id",)),
        ordering=ORDERINGS[sort],
        request=request,
    )


async def order_id_of_number(database: Database, *, client_id: int, number: str) -> int | None:
    """The id of the order with this number, or None."""
    if not printable([number]):
        return None
    async with database.connection(client_id) as sql:
        order_id: int | None = await sql.fetchval(
            "SELECT id FROM orders WHERE client_id = $1 AND number = $2", client_id, number
        )
    return order_id


async def order_with_lines(
    database: Database,
    *,
    client_id: int,
    order_id: int,
    selected: frozenset[str],
    selected_of_lines: frozenset[str],
    cursors: bool = True,
) -> dict[str, Any] | None:
    """An order and, under `lines`, its lines in their order, unless they are many: `line_pages` pages them.

    In one statement, so None where the order's fields take joins, and where the client has no such order.
    Without `cursors` nobody asks for those of the lines.
    """
    names = _of_lines_and_order(selected_of_lines, selected, cursors)
    if names is None:
        return None
    async with database.connection(client_id) as sql:
        lines = await fetch_list(
            sql,
            LINES,
            client_id=client_id,
            key="order_id",
            id_=order_id,
            names=names,
            ordering=BY_LINE_NUMBER,
            limit=_FEW_LINES + 1,
        )
    orders = joined(lines[:1], "order") if lines else None
    if not orders or orders[0] is None:
        return None
    return {**orders[0], _ALONG: lines} if len(lines) <= _FEW_LINES else orders[0]


@lru_cache(maxsize=1024)
def _of_lines_and_order(
    selected_of_lines: frozenset[str], selected: frozenset[str], cursors: bool
) -> tuple[str, ...] | None:
    """The columns of both; None where those of the order don't come along with its lines."""
    of_order = {f"order.{name}" for name in selected if "." not in name}
    names = _of_lines(frozenset({"order", "order.id", *of_order, *selected_of_lines}), cursors)
    return names if "order.id" in names else None


@lru_cache(maxsize=1024)
def _of_lines(selected: frozenset[str], cursors: bool) -> tuple[str, ...]:
    """The columns of lines; their own ids are left out where neither a cursor nor a resolver needs them."""
    plain = LINES.columns.keys() | LINES.references.keys()
    needed = cursors or any("." not in name and name not in plain for name in selected)
    return LINES.wanted(selected, always=("id", "order_id", "line_number") if needed else ("order_id",))


async def line_pages(
    database: Database,
    *,
    client_id: int,
    orders: Sequence[Mapping[str, Any]],
    request: PageRequest,
    selected: frozenset[str],
    cursors: bool = True,
) -> list[Page[Row] | WholeList]:
    """A page of the lines of each order, in line order; one statement for all, unless they are there.

    Two where the orders have very many. Without `cursors` nobody asks for those of the lines.
    """
    if len(orders) == 1 and _ALONG in orders[0]:
        return pages_of_lists([orders[0][_ALONG]], BY_LINE_NUMBER, size=request.size)
    order_ids = [*map(_id_of, orders)]
    if request.after is None:
        size = request.size
        async with database.connection(client_id) as sql:
            lines = await fetch_lists(
                sql,
                LINES,
                client_id=client_id,
                key="order_id",
                ids=order_ids,
                names=_of_lines(selected, cursors),
                ordering=BY_LINE_NUMBER,
                most=_FEW_LINES,
            )
        if lines is not None:
            lists = [*map(lines.get, order_ids, repeat(()))]
            return pages_of_lists(lists, BY_LINE_NUMBER, size=size)
    pages = await fetch_page_of_each(
        database,
        LINES,
        client_id=client_id,
        key="order_id",
        ids=order_ids,
        names=_of_lines(selected, cursors),
        ordering=BY_LINE_NUMBER,
        request=request,
    )
    return [*pages]


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
