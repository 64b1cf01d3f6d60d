"""The open demand of pools: what still wants stock, in rank key order.

Lines come and go in `lines` and here. Whatever changes how much a line wants, or when its turn is, marks it
`coverage_due` until `coverage.write`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.rules.coverage import Standing
from domain.store.arrays import numbers
from domain.store.database import Connection, Row


async def again(sql: Connection, *, client_id: int, lines: Sequence[Row]) -> None:
    """Put lines (rows with id, order_id, sku_id, route, open) into the demand, where they are not."""
    if not lines:
        return
    await sql.execute(
        """
        INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route,
                                 priority, ordered_at, open)
        SELECT $1, line.id, o.distribution_center_id, line.sku_id, o.id, line.route, o.priority,
               o.ordered_at, line.open
        FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::int[])
            AS line(id, order_id, sku_id, route, open)
        JOIN orders AS o ON o.client_id = $1 AND o.id = ANY($3::bigint[]) AND o.id = line.order_id
        """,
        client_id,
        [line["id"] for line in lines],
        [line["order_id"] for line in lines],
        [line["sku_id"] for line in lines],
        [line["route"] for line in lines],
        [line["open"] for line in lines],
    )


async def withdraw(sql: Connection, *, client_id: int, order_ids: Sequence[int]) -> list[Row]:
    """Take the orders' lines out of the demand, until they are put in `again`: nobody is to serve them.

    What they were: line_id, order_id, sku_id and back_ordered.
    """
    return await sql.fetch(
        """
        DELETE FROM pool_demand WHERE client_id = $1 AND order_id = ANY($2::bigint[])
        RETURNING line_id, order_id, sku_id, back_ordered
        """,
        client_id,
        list(order_ids),
    )


async def standing(
    sql: Connection, *, client_id: int, distribution_center_id: int, available: Mapping[int, int]
) -> dict[int, Standing]:
    """How the demand of the SKUs in `available` (units by SKU id) stands before new lines come, by SKU id.

    SKUs of which something is incoming, or of which coverage is due, are left out. The pool is locked by
    the caller.
    """
    rows = await sql.fetch(
        """
        SELECT asked.sku_id, short.priority AS short_priority, short.ordered_at AS short_ordered_at,
               last.priority AS last_priority, last.ordered_at AS last_ordered_at,
               CASE WHEN short.ordered_at IS NULL AND last.ordered_at IS NOT NULL THEN (
                   SELECT sum(open) FROM pool_demand
                   WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = asked.sku_id
               ) ELSE 0 END AS covered
        FROM unnest($3::bigint[]) AS asked(sku_id)
        LEFT JOIN LATERAL (
            SELECT priority, ordered_at FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = asked.sku_id
              AND back_ordered > 0
            ORDER BY priority DESC, ordered_at, order_id, line_id LIMIT 1
        ) AS short ON true
        LEFT JOIN LATERAL (
            SELECT priority, ordered_at FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = asked.sku_id
            ORDER BY priority, ordered_at DESC, order_id DESC, line_id DESC LIMIT 1
        ) AS last ON true
        WHERE asked.sku_id <> ALL(ARRAY(
            SELECT sku_id FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
              AND coverage_due
            UNION
            SELECT sku_id FROM purchase_order_lines
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[]) AND open > 0
        ))
        """,
        client_id,
        distribution_center_id,
        list(available),
    )
    return {
        row["sku_id"]: Standing(
            left=available[row["sku_id"]] - row["covered"],
            first_short=_position(row["short_priority"], row["short_ordered_at"]),
            last=_position(row["last_priority"], row["last_ordered_at"]),
        )
        for row in rows
    }


def _position(priority: int | None, ordered_at: datetime | None) -> tuple[int, datetime] | None:
    return None if priority is None or ordered_at is None else (-priority, ordered_at)


async def wanted_skus(sql: Connection, *, client_id: int, distribution_center_id: int) -> list[int]:
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


async def forget_coverage(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int] | None
) -> list[Row]:
    """Have the coverage of the pool's open lines computed anew, of these SKUs or of all: order_id, sku_id."""
    forget = """
        UPDATE pool_demand SET coverage_due = true
        WHERE client_id = $1 AND distribution_center_id = $2{of_skus}
        RETURNING order_id, sku_id
        """
    if sku_ids is None:
        return await sql.fetch(forget.format(of_skus=""), client_id, distribution_center_id)
    return await sql.fetch(
        forget.format(of_skus=" AND sku_id = ANY($3::bigint[])"),
        client_id,
        distribution_center_id,
        list(sku_ids),
    )


async def refresh_since(sql: Connection, *, client_id: int, order_ids: Sequence[int], at: datetime) -> None:
    """Since when the orders' lines are back-order lines: short ones, and all of a back order (B10)."""
    if not order_ids:
        return
    await sql.execute(
        """
        UPDATE pool_demand AS line
        SET back_ordered_since = CASE
            WHEN line.back_ordered > 0 OR (o.is_back_order AND line.route = 'PROCESSOR')
            THEN coalesce(line.back_ordered_since, $3)
        END
        FROM orders AS o
        WHERE line.client_id = $1 AND line.order_id = ANY($2::text::bigint[])
          AND o.client_id = $1 AND o.id = ANY($2::text::bigint[]) AND o.id = line.order_id
        """,
        client_id,
        numbers(order_ids),
        at,
    )
