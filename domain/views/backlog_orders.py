"""The Backlog Orders dashboard: its list, its counts, and what can be done about an order (C1-C4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import orjson

from domain.rules.dashboard import Window, backlog_window, zone_matters
from domain.rules.investigation import Cause, Evidence, investigate
from domain.rules.possible_actions import OrderAction, possible_actions
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import MarketplaceStatus, OrderCondition, OrderStatus
from domain.store import reference
from domain.store.database import Database, Row
from domain.store.reads import backlog_orders as reads
from domain.store.reads.backlog_orders import BacklogOrderFilter, BacklogOrderSort
from domain.store.reads.eligibility import settled_facts
from domain.store.reads.orders import ORDERS
from domain.store.reads.paging import Counted, Page, PageRequest
from domain.store.reads.select import Along, fetch_page

__all__ = [
    "BacklogOrderFilter",
    "BacklogOrderSort",
    "Dashboard",
    "actions_of_orders",
    "counts_of",
    "findings_of_order",
    "open_dashboard",
    "page_of",
    "page_with_counts",
]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard that was asked for: its filter, and the window of order times it shows."""

    client_id: int
    backlog_filter: BacklogOrderFilter
    window: Window


async def open_dashboard(
    database: Database, *, client_id: int, backlog_filter: BacklogOrderFilter, now: datetime
) -> Dashboard:
    """The dashboard of the filter. Raises DATE_RANGE_TOO_LONG and INVALID_INPUT for its dates (C2)."""
    start, end = backlog_filter.ordered_from, backlog_filter.ordered_until
    zone: tzinfo = UTC
    if zone_matters(start, end):
        async with database.connection(client_id) as sql:
            settings = await reference.settings_of(sql, client_id=client_id)
        zone = ZoneInfo(settings["time_zone"])
    window = backlog_window(now=now, zone=zone, start=start, end=end)
    return Dashboard(client_id, backlog_filter, window)


async def page_of(
    dashboard: Dashboard,
    database: Database,
    *,
    sort: BacklogOrderSort,
    descending: bool,
    request: PageRequest,
    selected: Collection[str],
    along: Along | None = None,
) -> Page[Row]:
    """A page of the dashboard's orders. Raises INVALID_INPUT for a bad size or cursor."""
    page = await fetch_page(
        database,
        ORDERS,
        conditions=reads.backlog_conditions(
            dashboard.client_id,
            dashboard.backlog_filter,
            start=dashboard.window.start,
            end=dashboard.window.end,
        ),
        names=ORDERS.wanted(selected, always=("id",)),
        ordering=reads.ordering(sort, descending=descending),
        request=request,
        along=along,
    )

    async def count() -> int:
        return _listed(dashboard, await counts_of(dashboard, database))

    page.count = count
    return page


async def page_with_counts(
    dashboard: Dashboard,
    database: Database,
    *,
    sort: BacklogOrderSort,
    descending: bool,
    request: PageRequest,
    selected: Collection[str],
) -> tuple[Page[Row], dict[OrderCondition, int]]:
    """A page and the counts, in one statement where that can be, so that they agree. Raises INVALID_INPUT."""
    start, end = dashboard.window
    along = reads.counts_along(dashboard.backlog_filter, start=start, end=end)
    page = await page_of(
        dashboard, database, sort=sort, descending=descending, request=request, selected=selected, along=along
    )
    if along is None or not page.nodes:
        return page, await counts_of(dashboard, database)
    counts = _every_condition(orjson.loads(page.nodes[0][along.name]))
    page.count = Counted(_listed(dashboard, counts))
    return page, counts


async def counts_of(dashboard: Dashboard, database: Database) -> dict[OrderCondition, int]:
    """How many orders have each condition, under all of the filter but its conditions."""
    start, end = dashboard.window
    async with database.connection(dashboard.client_id) as sql:
        counts = await reads.count_by_condition(
            sql, dashboard.client_id, dashboard.backlog_filter, start=start, end=end
        )
    return _every_condition(counts)


def _every_condition(counts: Mapping[str, int]) -> dict[OrderCondition, int]:
    return {condition: counts.get(condition, 0) for condition in OrderCondition}


def _listed(dashboard: Dashboard, counts: Mapping[OrderCondition, int]) -> int:
    """How many orders the whole list has: those of the conditions it is filtered by."""
    wanted = dashboard.backlog_filter.condition
    return sum(count for condition, count in counts.items() if wanted is None or condition in wanted)


async def actions_of_orders(
    database: Database, *, client_id: int, order_ids: Sequence[int]
) -> list[list[OrderAction]]:
    """What can be done to each order now, in two statements for all of them."""
    async with database.connection(client_id) as sql:
        rows = await reads.evidence_of_orders(sql, client_id=client_id, order_ids=order_ids)
        facts = await settled_facts(sql, client_id=client_id, order_ids=order_ids)
    found = {row["id"]: possible_actions(facts=facts[row["id"]], evidence=_evidence(row)) for row in rows}
    return [found.get(order_id, []) for order_id in order_ids]


async def findings_of_order(database: Database, *, client_id: int, order_id: int) -> list[Cause]:
    """What is wrong with the order (C4); nothing is changed. Raises NOT_FOUND."""
    async with database.connection(client_id) as sql:
        rows = await reads.evidence_of_orders(sql, client_id=client_id, order_ids=[order_id])
    if not rows:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such order.", path=("id",))
    return investigate(_evidence(rows[0]))


def _evidence(row: Row) -> Evidence:
    marketplace = row["marketplace_status"]
    return Evidence(
        status=OrderStatus(row["status"]),
        marketplace_status=None if marketplace is None else MarketplaceStatus(marketplace),
        sales_order_code=row["sales_order_code"],
        invoice_code=row["invoice_code"],
        allocated=row["allocated"],
        shipped=row["shipped"],
    )
