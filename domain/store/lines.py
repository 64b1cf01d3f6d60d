"""Order lines and the open demand they put on their pool.

`change_quantities` is the only way a line's figures change, and keeps `pool_demand` in step with
them in the same statement: a row while the line has open quantity, none afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """Signed changes of one line's figures, in units."""

    line_id: int
    requested: int = 0
    allocated: int = 0
    shipped: int = 0
    cancelled: int = 0


async def change_quantities(
    sql: Connection, *, client_id: int, changes: Sequence[QuantityChange]
) -> list[Row]:
    """Apply the changes (one per line); the lines as they are now: id, order_id, sku_id, open.

    The lines' pools are locked by the caller. Lines on the route DROPSHIP put no demand on a pool.
    """
    return await sql.fetch(
        """
        WITH change AS (
            SELECT * FROM unnest($2::bigint[], $3::int[], $4::int[], $5::int[], $6::int[])
                AS c(line_id, requested, allocated, shipped, cancelled)
        ), changed AS (
            UPDATE order_lines AS line
            SET requested = line.requested + change.requested,
                allocated = line.allocated + change.allocated,
                shipped = line.shipped + change.shipped,
                cancelled = line.cancelled + change.cancelled
            FROM change
            WHERE line.client_id = $1 AND line.id = change.line_id
            RETURNING line.id, line.order_id, line.sku_id, line.route,
                      line.requested - line.allocated - line.shipped - line.cancelled AS open
        ), met AS (
            DELETE FROM pool_demand USING changed
            WHERE pool_demand.client_id = $1 AND pool_demand.line_id = changed.id AND changed.open = 0
        ), waiting AS (
            INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id,
                                     route, priority, ordered_at, open)
            SELECT $1, changed.id, o.distribution_center_id, changed.sku_id, o.id, changed.route, o.priority,
                   o.ordered_at, changed.open
            FROM changed JOIN orders AS o ON o.client_id = $1 AND o.id = changed.order_id
            WHERE changed.open > 0 AND changed.route <> 'DROPSHIP'
            ON CONFLICT (client_id, line_id) DO UPDATE
            SET open = excluded.open, back_ordered = least(pool_demand.back_ordered, excluded.open)
        )
        SELECT id, order_id, sku_id, open FROM changed ORDER BY id
        """,
        client_id,
        [change.line_id for change in changes],
        [change.requested for change in changes],
        [change.allocated for change in changes],
        [change.shipped for change in changes],
        [change.cancelled for change in changes],
    )


async def of_orders(sql: Connection, *, client_id: int, order_ids: Sequence[int]) -> list[Row]:
    """Every line of the orders with its open quantity, in order and line order."""
    return await sql.fetch(
        """
        SELECT id, order_id, sku_id, line_number, route, requested, allocated, shipped, cancelled,
               requested - allocated - shipped - cancelled AS open
        FROM order_lines WHERE client_id = $1 AND order_id = ANY($2::bigint[])
        ORDER BY order_id, line_number
        """,
        client_id,
        list(order_ids),
    )


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """A line whose back-ordered quantity is to become `back_ordered`."""

    line_id: int
    back_ordered: int


async def waiting(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Sequence[int]
) -> list[Row]:
    """The open demand of the SKUs in the pool, in rank key order."""
    return await sql.fetch(
        """
        SELECT line_id, order_id, sku_id, priority, ordered_at, open, back_ordered FROM pool_demand
        WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
        ORDER BY priority DESC, ordered_at, order_id, line_id
        """,
        client_id,
        distribution_center_id,
        list(sku_ids),
    )


async def waiting_skus(sql: Connection, *, client_id: int, distribution_center_id: int) -> list[int]:
    """The SKUs of which the pool has open demand."""
    rows = await sql.fetch(
        """
        SELECT DISTINCT sku_id FROM pool_demand
        WHERE client_id = $1 AND distribution_center_id = $2 ORDER BY sku_id
        """,
        client_id,
        distribution_center_id,
    )
    return [row["sku_id"] for row in rows]


async def write_coverage(
    sql: Connection, *, client_id: int, at: datetime, changes: Sequence[CoverageChange]
) -> None:
    """Store new back-ordered quantities. A line keeps the time since when it is back-ordered."""
    await sql.execute(
        """
        UPDATE pool_demand AS line
        SET back_ordered = change.back_ordered,
            back_ordered_since = CASE
                WHEN change.back_ordered > 0 OR (o.is_back_order AND line.route = 'PROCESSOR')
                THEN coalesce(line.back_ordered_since, $4)
            END
        FROM unnest($2::bigint[], $3::int[]) AS change(line_id, back_ordered), orders AS o
        WHERE line.client_id = $1 AND line.line_id = change.line_id
          AND o.client_id = $1 AND o.id = line.order_id
        """,
        client_id,
        [change.line_id for change in changes],
        [change.back_ordered for change in changes],
        at,
    )


async def refresh_since(sql: Connection, *, client_id: int, order_ids: Sequence[int], at: datetime) -> None:
    """Since when the orders' lines are back-order lines: short ones, and all of a back order (B10)."""
    await sql.execute(
        """
        UPDATE pool_demand AS line
        SET back_ordered_since = CASE
            WHEN line.back_ordered > 0 OR (o.is_back_order AND line.route = 'PROCESSOR')
            THEN coalesce(line.back_ordered_since, $3)
        END
        FROM order_lines AS ol JOIN orders AS o ON o.client_id = $1 AND o.id = ol.order_id
        WHERE ol.client_id = $1 AND ol.order_id = ANY($2::bigint[])
          AND line.client_id = $1 AND line.line_id = ol.id
        """,
        client_id,
        list(order_ids),
        at,
    )
