"""Backlog SKUs, for whoever asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from domain.store.database import Database, Row
from domain.store.reads.backlog_skus import (
    BACKLOG_SKUS,
    BY_LINE,
    BY_OPEN_LINE,
    IS_REMAINING,
    REMAINING,
    deliveries,
)
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page, fetch_page_of_each


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogSkuFilter:
    """Which Backlog SKUs; `remaining` asks for those of which something is left to deliver, or nothing."""

    order: int | None = None
    sku: int | None = None
    remaining: bool | None = None


async def backlog_skus_page(
    database: Database,
    *,
    client_id: int,
    sku_filter: BacklogSkuFilter,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the client's Backlog SKUs, oldest lines first."""
    conditions = Conditions.of_client(client_id)
    table, line, ordering = BACKLOG_SKUS, "b", BY_LINE
    if sku_filter.remaining is True:
        table, line, ordering = REMAINING, "demand", BY_OPEN_LINE
        conditions.scatter(IS_REMAINING, joins=("b",))
    if sku_filter.remaining is False:
        remaining = BACKLOG_SKUS.columns["remaining"]
        conditions.scatter(f"{remaining.expression} = 0", joins=remaining.joins, common=True)
    if sku_filter.order is not None:
        conditions.add(f"{line}.order_id = {{}}", sku_filter.order)
    if sku_filter.sku is not None and table is BACKLOG_SKUS:
        conditions.add("b.sku_id = {}", sku_filter.sku)
    elif sku_filter.sku is not None:
        conditions.scatter(f"demand.sku_id = {conditions.place(sku_filter.sku)}")
    return await fetch_page(
        database,
        table,
        conditions=conditions,
        names=table.wanted(selected, always=("id",)),
        ordering=ordering,
        request=request,
    )


async def backlog_sku_pages(
    database: Database,
    *,
    client_id: int,
    order_ids: list[int],
    request: PageRequest,
    selected: Collection[str],
) -> list[Page[Row]]:
    """A page of the Backlog SKUs of each order; one statement for all orders."""
    return await fetch_page_of_each(
        database,
        BACKLOG_SKUS,
        client_id=client_id,
        key="order_id",
        ids=order_ids,
        names=BACKLOG_SKUS.wanted(selected, always=("id",)),
        ordering=BY_LINE,
        request=request,
    )


async def deliveries_of(
    database: Database, *, client_id: int, backlog_sku_ids: Collection[int]
) -> dict[int, list[Row]]:
    """What each Backlog SKU was applied to, oldest first: dispatch_id and quantity, in one statement."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    async with database.connection(client_id) as sql:
        for row in await deliveries(sql, client_id=client_id, backlog_sku_ids=backlog_sku_ids):
            found[row["backlog_sku_id"]].append(row)
    return found
