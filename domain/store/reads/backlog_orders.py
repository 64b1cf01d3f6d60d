"""The orders of the Backlog Orders dashboard, as they are read (C1, C2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from domain.rules.described import Described
from domain.store.database import Connection, Row
from domain.store.reads.orders import ORDERS, add_invoice_number
from domain.store.reads.paging import KeyPart, Ordering
from domain.store.reads.select import Along, Conditions


class BacklogOrderSort(Described):
    """The column by which the dashboard is sorted."""

    ORDERED_AT = "ORDERED_AT", "When the order was made."
    STORE = "STORE", "The store's code."
    MARKETPLACE_INVOICE_NUMBER = "MARKETPLACE_INVOICE_NUMBER", "The marketplace's invoice number."
    SHIPPING_AGENCY = "SHIPPING_AGENCY", "The shipping agency."
    SALES_ORDER_CODE = "SALES_ORDER_CODE", "The sales-order code."
    INVOICE_CODE = "INVOICE_CODE", "The invoice code."
    MARKETPLACE_STATUS = "MARKETPLACE_STATUS", "The marketplace status, by its code."
    CONDITION = "CONDITION", "The condition, by its code."


_SORTED_BY = {
    BacklogOrderSort.STORE: "st.code",
    BacklogOrderSort.MARKETPLACE_INVOICE_NUMBER: "o.marketplace_invoice_number",
    BacklogOrderSort.SHIPPING_AGENCY: "o.shipping_agency",
    BacklogOrderSort.SALES_ORDER_CODE: "o.sales_order_code",
    BacklogOrderSort.INVOICE_CODE: "o.invoice_code",
    BacklogOrderSort.MARKETPLACE_STATUS: "o.marketplace_status",
    BacklogOrderSort.CONDITION: "o.condition",
}


@cache
def ordering(sort: BacklogOrderSort, *, descending: bool) -> Ordering:
    """The order of the list: by the column, orders without a value as if it were empty, then by time."""
    by_time = (
        KeyPart("ordered_at", "o.ordered_at", "timestamptz", descending),
        KeyPart("id", "o.id", "bigint", descending),
    )
    name = f"backlog {sort} {'down' if descending else 'up'}"
    if sort is BacklogOrderSort.ORDERED_AT:
        return Ordering(name, by_time)
    return Ordering(
        name,
        (KeyPart("sorted_by", f"coalesce({_SORTED_BY[sort]}, '')", "text", descending), *by_time),
        joins=("st",) if sort is BacklogOrderSort.STORE else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogOrderFilter:
    """Which orders of the dashboard: all conditions hold, and of a list any value.

    Without `ordered_from` and `ordered_until` the dashboard's default window applies (C2).
    """

    ordered_from: datetime | None = None
    ordered_until: datetime | None = None
    invoice_number: str | None = None
    condition: Sequence[str] | None = None
    distribution_center: int | None = None
    store: int | None = None


def backlog_conditions(
    client_id: int, backlog_filter: BacklogOrderFilter, *, start: datetime, end: datetime
) -> Conditions:
    """The filter as SQL conditions on `orders AS o`, for orders made from `start` until before `end`.

    Accepted and not finished (C1): a rejected order was not accepted, and a completed one is finished, as
    is one whose rest was cancelled when all else had been shipped. A cancelled order stays, because C3 has
    conditions for it: somebody may still have to act on it.
    """
    conditions = Conditions.of_client(client_id)
    conditions.add("o.ordered_at >= {}", start)
    conditions.add("o.ordered_at < {}", end)
    conditions.clauses.append(_ON_IT)
    if backlog_filter.invoice_number is not None:
        add_invoice_number(conditions, backlog_filter.invoice_number)
    if backlog_filter.condition is not None:
        conditions.add("o.condition = ANY({}::text[])", backlog_filter.condition)
    if backlog_filter.distribution_center is not None:
        conditions.add("o.distribution_center_id = {}", backlog_filter.distribution_center)
    if backlog_filter.store is not None:
        conditions.add("o.store_id = {}", backlog_filter.store)
    return conditions


async def count_by_condition(
    sql: Connection, client_id: int, backlog_filter: BacklogOrderFilter, *, start: datetime, end: datetime
) -> dict[str, int]:
    """How many orders there are of each condition that occurs, under all of the filter but its conditions.

    Whole hours are counted already (migration 0008); orders are read for what is left of the first and the
    last hour, and for those with an invoice number, who are few.
    """
    hours = _hours(backlog_filter, start, end)
    if hours is not None:
        rows = await sql.fetch(_count_hours(1), client_id, *hours)
    else:
        conditions = backlog_conditions(
            client_id, replace(backlog_filter, condition=None), start=start, end=end
        )
        counted = ORDERS.select([], extra=["o.condition", "count(*) AS orders"]) + conditions.text()
        rows = await sql.fetch(counted + "\nGROUP BY o.condition", *conditions.parameters)
    return {row["condition"]: row["orders"] for row in rows}


def counts_along(backlog_filter: BacklogOrderFilter, *, start: datetime, end: datetime) -> Along | None:
    """The same counts, as JSON, read with a page; None where orders have to be read for them."""
    hours = _hours(backlog_filter, start, end)
    return None if hours is None else Along("counts", _counts_as_json, hours)


def _hours(
    backlog_filter: BacklogOrderFilter, start: datetime, end: datetime
) -> tuple[datetime, datetime, datetime, datetime, int, int] | None:
    """The parameters of `_COUNT_HOURS` after the client; None where no whole hour can be used."""
    first, last = _hour(start + timedelta(hours=1) - timedelta(microseconds=1)), _hour(end)
    if backlog_filter.invoice_number is not None or first >= last:
        return None
    center, store = backlog_filter.distribution_center, backlog_filter.store
    return start, first, last, end, center or 0, store or 0


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def evidence_of_orders(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> list[Row]:
    """What an investigation looks at, of each of the orders that exist (C4), and their stores."""
    return await sql.fetch(
        """
        SELECT o.id, o.status, o.marketplace_status, o.sales_order_code, o.invoice_code,
               bool_or(line.allocated > 0) AS allocated, bool_or(line.shipped > 0) AS shipped
        FROM orders AS o JOIN order_lines AS line ON line.client_id = $1 AND line.order_id = o.id
        WHERE o.client_id = $1 AND o.id = ANY($2::bigint[])
        GROUP BY o.client_id, o.id
        """,
        client_id,
        list(order_ids),
    )


# As the database's function on_backlog says, spelt out for the planner.
_ON_IT = """o.status NOT IN ('OC_REJECTED', 'COMPLETED')
    AND NOT (o.status = 'PARTIALLY_CANCELLED' AND o.delivery_status = 'DELIVERED')"""
_OF_THE_REST = f"""o.client_id = $1 AND {_ON_IT}
    AND ({{center}} = 0 OR o.distribution_center_id = {{center}})
    AND ({{store}} = 0 OR o.store_id = {{store}})"""

_COUNT_HOURS = f"""
SELECT condition, sum(orders) AS orders FROM (
    SELECT condition, orders FROM backlog_order_counts
    WHERE client_id = $1 AND distribution_center_id = {{center}}::bigint AND store_id = {{store}}::bigint
        AND hour >= {{first}}::timestamptz AND hour < {{last}}::timestamptz
    UNION ALL
    SELECT condition, orders FROM backlog_order_changes
    WHERE client_id = $1 AND hour >= {{first}} AND hour < {{last}}
        AND ({{center}} = 0 OR distribution_center_id = {{center}})
        AND ({{store}} = 0 OR store_id = {{store}})
    UNION ALL
    SELECT o.condition, 1 FROM orders AS o
    WHERE {_OF_THE_REST} AND o.ordered_at >= {{start}} AND o.ordered_at < {{first}}
    UNION ALL
    SELECT o.condition, 1 FROM orders AS o
    WHERE {_OF_THE_REST} AND o.ordered_at >= {{last}} AND o.ordered_at < {{end}}
) AS counted
GROUP BY condition HAVING sum(orders) <> 0
"""  # noqa: S608 - no value is part of it


@cache
def _count_hours(before: int) -> str:
    """The statement, whose parameters but the client come after `before` others."""
    names = ("start", "first", "last", "end", "center", "store")
    return _COUNT_HOURS.format(**{name: f"${before + place}" for place, name in enumerate(names, start=1)})


def _counts_as_json(before: int) -> str:
    return f"SELECT json_object_agg(condition, orders) FROM ({_count_hours(before)}) AS by_condition"  # noqa: S608
