"""The Backordering report: per distribution center, SKU and day (B12)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.rules.refusals import ErrorCode, Refusal
from domain.store import reference
from domain.store.database import Database, Row
from domain.store.reads import back_order_days as reads
from domain.store.reads.columns import Table
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page

DEFAULT_DAYS = 31
MOST_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """Which rows: all conditions hold. The days are UTC's, both included; by default the last 31."""

    first_day: date | None = None
    last_day: date | None = None
    distribution_center: int | None = None
    sku: int | None = None


async def report_page(
    database: Database,
    *,
    client_id: int,
    report_filter: ReportFilter,
    now: datetime,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the report, by day, distribution center and SKU. Raises INVALID_INPUT."""
    table, conditions = _rows(client_id, report_filter, now)
    return await fetch_page(
        database,
        table,
        conditions=conditions,
        names=table.wanted(selected, always=("day", "distribution_center_id", "sku_id")),
        ordering=reads.BY_DAY,
        request=request,
    )


async def report_totals(
    database: Database, *, client_id: int, report_filter: ReportFilter, now: datetime
) -> list[Row]:
    """The report summed up, a row per day that has any. Raises INVALID_INPUT."""
    table, conditions = _rows(client_id, report_filter, now)
    async with database.connection(client_id) as sql:
        return await reads.totals(sql, table, conditions)


async def most_back_ordered(
    database: Database,
    *,
    client_id: int,
    report_filter: ReportFilter,
    now: datetime,
    selected: Collection[str],
    first: int,
) -> list[Row]:
    """The rows of the report's last day with the most back-ordered units. Raises INVALID_INPUT."""
    if not 1 <= first <= MOST_ROWS:
        raise Refusal(ErrorCode.INVALID_INPUT, f"Ask for 1 to {MOST_ROWS} rows.", path=("first",))
    last = report_filter.last_day or now.date()
    table, conditions = _rows(client_id, replace(report_filter, first_day=last, last_day=last), now)
    names = table.wanted(selected, always=("day", "distribution_center_id", "sku_id"))
    async with database.connection(client_id) as sql:
        return await reads.worst(sql, table, conditions, names=names, limit=first)


async def whole_report(
    database: Database,
    *,
    client_id: int,
    report_filter: ReportFilter,
    now: datetime,
    columns: Sequence[str],
) -> AsyncIterator[list[Row]]:
    """The whole report, a batch of rows at a time. Raises INVALID_INPUT."""
    table, conditions = _rows(client_id, report_filter, now)
    async with database.connection(client_id) as sql:
        async for batch in reads.every_row(sql, table, conditions, names=columns):
            yield batch


async def filter_by_codes(
    database: Database,
    *,
    client_id: int,
    report_filter: ReportFilter,
    distribution_center: str | None,
    sku: str | None,
) -> ReportFilter:
    """The filter, narrowed to a distribution center and a SKU by their codes. Raises NOT_FOUND."""
    async with database.connection(client_id) as sql:
        codes = await reference.resolve(
            sql,
            client_id=client_id,
            distribution_centers=[] if distribution_center is None else [distribution_center],
            skus=[] if sku is None else [sku],
        )
    return ReportFilter(
        first_day=report_filter.first_day,
        last_day=report_filter.last_day,
        distribution_center=_found(codes.distribution_centers, distribution_center, "distributionCenter"),
        sku=_found(codes.skus, sku, "sku"),
    )


def _found(ids: dict[str, int], code: str | None, name: str) -> int | None:
    if code is None or code in ids:
        return None if code is None else ids[code]
    raise Refusal(ErrorCode.NOT_FOUND, f"There is nothing with the code {code!r}.", path=(name,))


def _rows(client_id: int, report_filter: ReportFilter, now: datetime) -> tuple[Table, Conditions]:
    last = report_filter.last_day or now.date()
    try:
        first = report_filter.first_day or last - timedelta(days=DEFAULT_DAYS - 1)
    except OverflowError:
        first = date.min
    if last < first:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "The report ends before it starts; give a `from` that is not after `until`.",
            path=("filter", "from"),
        )
    table, conditions = reads.report(client_id=client_id, first=first, last=last, now=now)
    if report_filter.distribution_center is not None:
        conditions.add("r.distribution_center_id = {}", report_filter.distribution_center)
    if report_filter.sku is not None:
        conditions.add("r.sku_id = {}", report_filter.sku)
    return table, conditions
