"""What an order says of its lines: its back-order status (D1) and what it is promised (F4)."""

from __future__ import annotations

from collections.abc import Collection

from domain.store.arrays import numbers
from domain.store.database import Connection, Row

# What a vendor ships for an order is open as well, and never back-ordered; looked for only where it decides.
_VENDOR_SHIPS = """EXISTS (
        SELECT FROM purchase_order_lines AS vendors
        WHERE vendors.client_id = $1 AND vendors.dropship_order_id = {order}.id AND vendors.open > 0)"""
# D1, and the manual mark that overrides it while anything is open (D9): rules.coverage.back_order_status.
BACK_ORDER_STATUS = f"""CASE
    WHEN {{order}}.back_order_mark = 'NOT_BACK_ORDER' THEN 'NONE'
    WHEN {{order}}.back_order_mark = 'BACK_ORDER' THEN
        CASE WHEN {{demand}}.open IS NULL AND NOT {_VENDOR_SHIPS} THEN 'NONE' ELSE 'FULL' END
    WHEN {{demand}}.open IS NULL OR {{demand}}.short = 0 THEN 'NONE'
    WHEN {{demand}}.short = {{demand}}.open AND NOT {_VENDOR_SHIPS} THEN 'FULL'
    ELSE 'PARTIAL' END"""

# What the dates that vendors ship at say of the orders' promises (F4), as their lines in the pool do.
VENDORS_LINES = """
    SELECT dropship_order_id, expected_at IS NOT NULL, expected_at FROM purchase_order_lines
    WHERE client_id = $1 AND dropship_order_id = ANY({orders}) AND open > 0
"""


async def refresh_back_order_status(
    sql: Connection, *, client_id: int, order_ids: Collection[int]
) -> list[Row]:
    """Derive backOrderStatus from the lines' coverage (D1) or the mark (D9); the orders in which it changed.

    Each row has id, distribution_center_id, status and previous. The orders' pool is locked by the
    caller, which is why their rows need no lock of their own here.
    """
    return await sql.fetch(
        f"""
        WITH demand AS (
            SELECT order_id AS id, sum(open) AS open, sum(back_ordered) AS short
            FROM pool_demand WHERE client_id = $1 AND order_id = ANY($2::text::bigint[])
            GROUP BY order_id
        ), derived AS (
            SELECT old.id, old.back_order_status AS previous,
                   {BACK_ORDER_STATUS.format(order="old", demand="demand")} AS current
            FROM orders AS old LEFT JOIN demand ON demand.id = old.id
            WHERE old.client_id = $1 AND old.id = ANY($2::text::bigint[])
        )
        UPDATE orders AS o SET back_order_status = derived.current
        FROM derived
        WHERE o.client_id = $1 AND o.id = ANY($2::text::bigint[]) AND o.id = derived.id
          AND derived.current <> derived.previous
        RETURNING o.id, o.distribution_center_id, o.status, derived.previous
        """,  # noqa: S608 - the expression above
        client_id,
        numbers(order_ids),
    )


async def refresh_promises(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> list[Row]:
    """Derive the orders' promises (F4) from those of their lines; the orders in which it changed.

    An order is promised the latest date of its back-ordered lines and of those that vendors ship, or
    nothing while one of these has no date. Each row has id, distribution_center_id, status,
    back_order_status, previous, promised_at, and waits: whether anything is open.
    """
    return await sql.fetch(
        f"""
        WITH line AS (
            SELECT order_id, back_ordered = 0 OR promised_at IS NOT NULL AS settled, promised_at
            FROM pool_demand WHERE client_id = $1 AND order_id = ANY($2::text::bigint[])
            UNION ALL
            {VENDORS_LINES.format(orders="$2::text::bigint[]")}
        ), derived AS (
            SELECT order_id AS id, CASE WHEN bool_and(settled) THEN max(promised_at) END AS promised_at
            FROM line GROUP BY order_id
        ), old AS (
            SELECT o.id, o.promised_at AS previous, derived.promised_at, derived.id IS NOT NULL AS waits
            FROM orders AS o LEFT JOIN derived ON derived.id = o.id
            WHERE o.client_id = $1 AND o.id = ANY($2::text::bigint[])
              AND o.promised_at IS DISTINCT FROM derived.promised_at
        )
        UPDATE orders AS o SET promised_at = old.promised_at
        FROM old
        WHERE o.client_id = $1 AND o.id = ANY($2::text::bigint[]) AND o.id = old.id
        RETURNING o.id, o.distribution_center_id, o.status, o.back_order_status, old.previous,
                  o.promised_at, old.waits
        """,  # noqa: S608 - the statement above
        client_id,
        numbers(order_ids),
    )
