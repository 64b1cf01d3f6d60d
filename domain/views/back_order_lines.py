"""The Back Order List, by line (B10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from domain.store.database import Database, Row
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.reference import BACK_ORDER_LINES, BY_SINCE
from domain.store.reads.select import Conditions, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOrderLineFilter:
    """Which back-order lines."""

    distribution_center: int | None = None
    sku: int | None = None
    short: bool | None = None
    order: int | None = None
    on_back_order_list: bool | None = None


async def back_order_lines_page(
    database: Database,
    *,
    client_id: int,
    line_filter: BackOrderLineFilter,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the back-order lines, those waiting longest first."""
    conditions = Conditions.of_client(client_id)
    conditions.clauses.append("demand.back_ordered_since IS NOT NULL")
    if line_filter.distribution_center is not None:
        center = conditions.place(line_filter.distribution_center)
        conditions.scatter(f"demand.distribution_center_id = {center}")
    if line_filter.sku is not None:
        conditions.add("demand.sku_id = {}", line_filter.sku)
    if line_filter.order is not None:
        conditions.add("demand.order_id = {}", line_filter.order)
    if line_filter.on_back_order_list is not None:
        # Written out, so that PostgreSQL knows how many these are.
        listed = "o.partly_processed" if line_filter.on_back_order_list else "NOT o.partly_processed"
        conditions.scatter(listed, joins=("o",))
    if line_filter.short is not None:
        short = BACK_ORDER_LINES.columns["short"]
        is_short = f"({short.expression})"
        conditions.scatter(is_short if line_filter.short else f"NOT {is_short}", joins=short.joins)
    return await fetch_page(
        database,
        BACK_ORDER_LINES,
        conditions=conditions,
        names=BACK_ORDER_LINES.wanted(selected, always=("id",)),
        ordering=BY_SINCE,
        request=request,
    )
