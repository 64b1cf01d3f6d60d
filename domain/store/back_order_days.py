"""The figures of the Backordering report: computed for the day that goes on, kept for those that are over.

A line counts on the day its order was accepted. What was filled at once is what is not back-ordered when the
figures are taken: units that stock covers, or that are on a dispatch by then.
"""

from __future__ import annotations

from datetime import date, datetime

from domain.store.database import Connection, Row, plan_for_rows

COLUMNS = (
    *("distribution_center_id", "sku_id", "back_ordered", "orders", "lines", "oldest_since"),
    *("demanded", "filled_at_once", "incoming", "incoming_at"),
)

# $1 is the client, $2 and $3 are the start and the end of the day.
FIGURES = """
    SELECT distribution_center_id, sku_id,
           least(coalesce(short.units, 0), 2147483647)::int AS back_ordered,
           coalesce(short.orders, 0)::int AS orders, coalesce(short.lines, 0)::int AS lines,
           short.oldest_since,
           least(coalesce(wanted.units, 0), 2147483647)::int AS demanded,
           least(coalesce(wanted.filled, 0), 2147483647)::int AS filled_at_once,
           least(coalesce(coming.units, 0), 2147483647)::int AS incoming,
           coming.expected_at AS incoming_at
    FROM (
        SELECT distribution_center_id, sku_id, sum(back_ordered) AS units, count(*) AS lines,
               count(DISTINCT order_id) AS orders, min(back_ordered_since) AS oldest_since
        FROM pool_demand
        WHERE client_id = $1 AND back_ordered > 0 AND back_ordered_since < $3
        GROUP BY 1, 2
    ) AS short
    FULL JOIN (
        SELECT o.distribution_center_id, line.sku_id, sum(line.requested - line.cancelled) AS units,
               sum(line.requested - line.cancelled - coalesce(demand.back_ordered, 0)) AS filled
        FROM orders AS o
        JOIN order_lines AS line ON line.client_id = $1 AND line.order_id = o.id
        LEFT JOIN pool_demand AS demand ON demand.client_id = $1 AND demand.line_id = line.id
        WHERE o.client_id = $1 AND o.accepted_at >= $2 AND o.accepted_at < $3
          AND line.route <> 'DROPSHIP' AND line.cancelled < line.requested
        GROUP BY 1, 2
    ) AS wanted USING (distribution_center_id, sku_id)
    LEFT JOIN (
        SELECT distribution_center_id, sku_id, sum(open) AS units, min(expected_at) AS expected_at
        FROM purchase_order_lines
        WHERE client_id = $1 AND open > 0 AND distribution_center_id IS NOT NULL
        GROUP BY 1, 2
    ) AS coming USING (distribution_center_id, sku_id)"""


async def not_closed(sql: Connection, *, day: date, over_at: datetime) -> list[int]:
    """The clients, older than the end of the day, whose report of it has not been written."""
    rows: list[Row] = await sql.fetch(
        """
        SELECT id FROM clients AS client
        WHERE created_at < $2 AND NOT EXISTS (
            SELECT FROM back_order_closings AS closed WHERE closed.client_id = client.id AND closed.day = $1)
        ORDER BY id
        """,
        day,
        over_at,
    )
    return [row["id"] for row in rows]


async def close(
    sql: Connection, *, client_id: int, day: date, start: datetime, end: datetime, taken_at: datetime
) -> None:
    """Write the client's report of the day, which lasted from `start` to `end`; once, whoever tries again."""
    # It is about the orders of one day, among those of all years.
    await plan_for_rows(sql)
    closed = await sql.fetchval(
        """
        INSERT INTO back_order_closings (client_id, day, taken_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING RETURNING day
        """,
        client_id,
        day,
        taken_at,
    )
    if closed is not None:
        await sql.execute(
            f"INSERT INTO back_order_days (client_id, day, {', '.join(COLUMNS)})"  # noqa: S608
            f"SELECT $1, $4::date, figures.* FROM ({FIGURES}) AS figures",
            client_id,
            start,
            end,
            day,
        )


async def closed_before(sql: Connection, *, day: date) -> list[Row]:
    """The days before `day` of which any client has a report: client_id, day."""
    return await sql.fetch(
        "SELECT client_id, day FROM back_order_closings WHERE day < $1 ORDER BY client_id, day", day
    )


async def delete(sql: Connection, *, client_id: int, day: date) -> None:
    """Forget the client's report of the day."""
    for table in ("back_order_days", "back_order_closings"):
        await sql.execute(f"DELETE FROM {table} WHERE client_id = $1 AND day = $2", client_id, day)  # noqa: S608
