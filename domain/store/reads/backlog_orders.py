"""The orders of the Backlog Orders dashboard, as they are read (C1, C2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.described import Described
from domain.store.database import Connection, Row
from domain.store.reads.orders import ORDERS, add_invoice_number
from domain.store.reads.paging import KeyPart, Ordering
from domain.store.reads.select import Conditions


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
    client_id: int, backlog_filter: BacklogOrderFilter, *, start: datetime, end: datetime, any_condition: bool
) -> Conditions:
    """The filter as SQL conditions on `orders AS o`, for orders made from `start` until before `end`.

    Accepted and not finished (C1): a rejected order was not accepted, and a completed one is finished. A
    cancelled order stays, because C3 has conditions for it: somebody may still have to act on it.
    """
    conditions = Conditions.of_client(client_id)
    conditions.add("o.ordered_at >= {}", start)
    conditions.add("o.ordered_at < {}", end)
    conditions.clauses.append("o.status NOT IN ('OC_REJECTED', 'COMPLETED')")
    if backlog_filter.invoice_number is not None:
        add_invoice_number(conditions, backlog_filter.invoice_number)
    if backlog_filter.condition is not None and not any_condition:
        conditions.add("o.condition = ANY({}::text[])", backlog_filter.condition)
    if backlog_filter.distribution_center is not None:
        conditions.add("o.distribution_center_id = {}", backlog_filter.distribution_center)
    if backlog_filter.store is not None:
        conditions.add("o.store_id = {}", backlog_filter.store)
    return conditions


async def count_by_condition(sql: Connection, conditions: Conditions) -> dict[str, int]:
    """How many orders there are of each condition that occurs."""
    items = ["o.condition", "count(*) AS orders"]
    rows = await sql.fetch(
        ORDERS.select([], extra=items) + conditions.text() + "\nGROUP BY o.condition", *conditions.parameters
    )
    return {row["condition"]: row["orders"] for row in rows}


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
