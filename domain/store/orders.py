"""Orders: loading many at once, and changing their status."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.vocabulary import BackOrderMark, BackOrderStatus, DeliveryStatus, OrderStatus, QueueStatus
from domain.store.arrays import moments, numbers, texts
from domain.store.database import Connection, Row
from domain.store.order_summaries import BACK_ORDER_STATUS
from domain.store.reference import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to insert, every reference already resolved to the client's own ids."""

    number: str
    distribution_center_id: int
    store_id: int | None
    priority: int
    ordered_at: datetime
    marketplace_status: str | None
    marketplace_invoice_number: str | None
    sales_order_code: str | None
    invoice_code: str | None
    shipping_agency: str | None
    order_type: str | None
    service: str | None
    country: str | None
    email: str | None


async def insert(
    sql: Connection,
    *,
    client_id: int,
    accepted_at: datetime,
    orders: Sequence[NewOrder],
    back_order_statuses: Sequence[BackOrderStatus],
) -> dict[str, int]:
    """Insert the orders whose number is new, without their lines; their ids by number.

    `back_order_statuses` are what their lines will make of them, one for each order.

    An order whose number exists is left out and changes nothing (B1). The caller has locked the pools.
    """
    rows = await sql.fetch(
        """
        INSERT INTO orders (client_id, number, distribution_center_id, store_id, priority, ordered_at,
                            accepted_at, marketplace_status, marketplace_invoice_number, sales_order_code,
                            invoice_code, shipping_agency, email, order_type, service, country,
                            back_order_status)
        SELECT $1, o.number, o.distribution_center_id, o.store_id, o.priority, o.ordered_at, $2,
               o.marketplace_status, o.marketplace_invoice_number, o.sales_order_code, o.invoice_code,
               o.shipping_agency, o.email, o.order_type, o.service, o.country, o.back_order_status
        FROM unnest($3::text::text[], $4::text::bigint[], $5::text::bigint[], $6::text::int[],
                    $7::text::timestamptz[], $8::text::text[], $9::text::text[], $10::text::text[],
                    $11::text::text[], $12::text::text[], $13::text::text[], $14::text::text[],
                    $15::text::text[], $16::text::text[], $17::text::text[])
            AS o(number, distribution_center_id, store_id, priority, ordered_at, marketplace_status,
                 marketplace_invoice_number, sales_order_code, invoice_code, shipping_agency, email,
                 order_type, service, country, back_order_status)
        ON CONFLICT (client_id, number) DO NOTHING
        RETURNING number, id
        """,
        client_id,
        accepted_at,
        texts(order.number for order in orders),
        numbers(order.distribution_center_id for order in orders),
        numbers(order.store_id for order in orders),
        numbers(order.priority for order in orders),
        moments(order.ordered_at for order in orders),
        texts(order.marketplace_status for order in orders),
        texts(order.marketplace_invoice_number for order in orders),
        texts(order.sales_order_code for order in orders),
        texts(order.invoice_code for order in orders),
        texts(order.shipping_agency for order in orders),
        texts(order.email for order in orders),
        texts(order.order_type for order in orders),
        texts(order.service for order in orders),
        texts(order.country for order in orders),
        texts(back_order_statuses),
    )
    return {row["number"]: row["id"] for row in rows}


async def split_off(
    sql: Connection, *, client_id: int, order_id: int, number: str, status: OrderStatus
) -> int | None:
    """Insert a queued order that is like this one but for its number, and has no lines yet; its id.

    None when the number is taken. Everything the two share is copied, the columns of the rank key and
    the start of the hold time among it (D8).
    """
    new_id: int | None = await sql.fetchval(
        """
        INSERT INTO orders (client_id, number, status, distribution_center_id, store_id, priority, ordered_at,
                            accepted_at, confirmed_at, delayed_until, marketplace_status,
                            marketplace_invoice_number, sales_order_code, invoice_code, shipping_agency,
                            email, order_type, service, country, back_order_mark)
        SELECT client_id, $3, $4, distribution_center_id, store_id, priority, ordered_at,
               accepted_at, confirmed_at, delayed_until, marketplace_status,
               marketplace_invoice_number, sales_order_code, invoice_code, shipping_agency,
               email, order_type, service, country, back_order_mark
        FROM orders WHERE client_id = $1 AND id = $2
        ON CONFLICT (client_id, number) DO NOTHING
        RETURNING id
        """,
        client_id,
        order_id,
        number,
        status,
    )
    return new_id


async def existing_numbers(sql: Connection, *, client_id: int, numbers: Collection[str]) -> dict[str, int]:
    """The ids of the orders that have these numbers, by number."""
    rows = await sql.fetch(
        "SELECT number, id FROM orders WHERE client_id = $1 AND number = ANY($2::text[])",
        client_id,
        printable(numbers),
    )
    return {row["number"]: row["id"] for row in rows}


async def existing(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> set[int]:
    """Those of the ids that are ids of the client's orders."""
    rows = await sql.fetch(
        "SELECT id FROM orders WHERE client_id = $1 AND id = ANY($2::bigint[])", client_id, list(order_ids)
    )
    return {row["id"] for row in rows}


DISPATCH_MADE = "(d.status <> 'CANCELLED' OR NOT d.requeued)"
"""Whether a dispatch `d` stands in the way of Backlog SKUs: it was made, and not taken back (A2)."""


async def figures(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> list[Row]:
    """The units of each order summed over its lines, and how its dispatches are.

    Each row has id, requested, allocated, shipped, cancelled, open_on_processor (open units of lines on
    the route PROCESSOR), waiting (how many such lines have any), packed (there are dispatches, and all
    that are not cancelled are packed) and dispatch_made (there is one that is not cancelled, or whose lines
    were not requeued).
    """
    # Dispatches are gone through once for all the orders: probes for each order and each of the two questions
    # were a seventh of what five thousand orders take.
    return await sql.fetch(
        f"""
        WITH made AS (
            SELECT order_id,
                   bool_and(d.status <> 'CREATED') FILTER (WHERE d.status <> 'CANCELLED') AS packed,
                   bool_or({DISPATCH_MADE}) AS dispatch_made
            FROM dispatches AS d WHERE client_id = $1 AND order_id = ANY($2::text::bigint[])
            GROUP BY order_id
        ), units AS (
            SELECT order_id, sum(requested) AS requested, sum(allocated) AS allocated,
                   sum(shipped) AS shipped, sum(cancelled) AS cancelled,
                   coalesce(sum(requested - allocated - shipped - cancelled)
                       FILTER (WHERE route = 'PROCESSOR'), 0) AS open_on_processor,
                   count(*) FILTER (WHERE route = 'PROCESSOR' AND requested > allocated + shipped + cancelled)
                       AS waiting
            FROM order_lines WHERE client_id = $1 AND order_id = ANY($2::text::bigint[])
            GROUP BY order_id
        )
        SELECT order_id AS id, requested, allocated, shipped, cancelled, open_on_processor, waiting,
               coalesce(packed, false) AS packed, coalesce(dispatch_made, false) AS dispatch_made
        FROM units LEFT JOIN made USING (order_id)
        """,  # noqa: S608 - the condition above
        client_id,
        numbers(order_ids),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """What an order becomes."""

    order_id: int
    status: OrderStatus
    delivery_status: DeliveryStatus
    queue_status: QueueStatus
    is_back_order: bool
    packed: bool
    locked: bool


async def change_status(
    sql: Connection, *, client_id: int, changes: Sequence[StatusChange], units_changed: bool
) -> None:
    """Apply the changes (one per order), and move each version on; where units of lines changed, derive
    backOrderStatus (D1) anew.

    The orders and their pools are locked by the caller.
    """
    await sql.execute(
        _CHANGE_STATUS_AND_DERIVE if units_changed else _CHANGE_STATUS,
        client_id,
        numbers(change.order_id for change in changes),
        texts(change.status for change in changes),
        texts(change.delivery_status for change in changes),
        texts(change.queue_status for change in changes),
        numbers(change.is_back_order for change in changes),
        numbers(change.packed for change in changes),
        numbers(change.locked for change in changes),
    )


_CHANGE = """
UPDATE orders AS o
SET status = change.status, delivery_status = change.delivery_status, queue_status = change.queue_status,
    is_back_order = change.is_back_order, packed = change.packed, locked = change.locked,
    version = o.version + 1{derived}
FROM unnest($2::text::bigint[], $3::text::text[], $4::text::text[], $5::text::text[],
            $6::text::bool[], $7::text::bool[], $8::text::bool[])
    AS change(order_id, status, delivery_status, queue_status, is_back_order, packed, locked){demand}
WHERE o.client_id = $1 AND o.id = ANY($2::text::bigint[]) AND o.id = change.order_id
"""
_CHANGE_STATUS = _CHANGE.format(derived="", demand="")
_CHANGE_STATUS_AND_DERIVE = _CHANGE.format(
    derived=f", back_order_status = {BACK_ORDER_STATUS.format(order='o', demand='demand')}",
    demand="""
LEFT JOIN (
    SELECT order_id, sum(open) AS open, sum(back_ordered) AS short FROM pool_demand
    WHERE client_id = $1 AND order_id = ANY($2::text::bigint[]) GROUP BY order_id
) AS demand ON demand.order_id = change.order_id""",
)


async def set_cancelled_by(sql: Connection, *, client_id: int, order_ids: Collection[int], by: str) -> None:
    """Record who cancelled the orders: CUSTOMER or CLIENT."""
    await sql.execute(
        "UPDATE orders SET cancelled_by = $3 WHERE client_id = $1 AND id = ANY($2::bigint[])",
        client_id,
        list(order_ids),
        by,
    )


async def set_confirmed(sql: Connection, *, client_id: int, order_ids: Collection[int], at: datetime) -> None:
    """Mark the orders confirmed, and OC_CONFIRMED those of which nothing is dispatched (A9)."""
    await sql.execute(
        """
        UPDATE orders SET status = CASE status WHEN 'CREATE' THEN 'OC_CONFIRMED' ELSE status END,
               confirmed_at = $3, version = version + 1
        WHERE client_id = $1 AND id = ANY($2::bigint[])
        """,
        client_id,
        list(order_ids),
        at,
    )


async def clear_confirmation(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> None:
    """Forget when the orders were confirmed; `change_status` gives them their new status (A9)."""
    await sql.execute(
        "UPDATE orders SET confirmed_at = NULL WHERE client_id = $1 AND id = ANY($2::bigint[])",
        client_id,
        list(order_ids),
    )


async def set_back_order_mark(
    sql: Connection, *, client_id: int, order_ids: Collection[int], mark: BackOrderMark | None
) -> None:
    """Mark the orders by hand, or no longer (D9); their backOrderStatus is refreshed afterwards."""
    await sql.execute(
        """
        UPDATE orders SET back_order_mark = $3, version = version + 1
        WHERE client_id = $1 AND id = ANY($2::bigint[])
        """,
        client_id,
        list(order_ids),
        mark,
    )


async def set_delay(
    sql: Connection, *, client_id: int, order_ids: Collection[int], until: datetime | None
) -> None:
    """Let the processor pass the orders over until then, or no longer (D5)."""
    await sql.execute(
        """
        UPDATE orders SET delayed_until = $3, version = version + 1
        WHERE client_id = $1 AND id = ANY($2::bigint[])
        """,
        client_id,
        list(order_ids),
        until,
    )
