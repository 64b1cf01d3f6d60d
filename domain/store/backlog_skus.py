"""Backlog SKUs: what is set aside of an order's lines for split delivery (A1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from domain.store.arrays import numbers
from domain.store.database import Connection, Row


async def set_aside(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> None:
    """Make a Backlog SKU of what is open of every line in the processor's queue.

    The lines take the route SPLIT_DELIVERY. Their orders and pools are locked by the caller.
    """
    await sql.execute(
        """
        WITH line AS (
            UPDATE order_lines SET route = 'SPLIT_DELIVERY'
            WHERE client_id = $1 AND order_id = ANY($2::text::bigint[]) AND route = 'PROCESSOR'
              AND requested > allocated + shipped + cancelled
            RETURNING id, order_id, sku_id, requested - allocated - shipped - cancelled AS open
        ), demand AS (
            UPDATE pool_demand SET route = 'SPLIT_DELIVERY'
            WHERE client_id = $1 AND order_id = ANY($2::text::bigint[]) AND route = 'PROCESSOR'
        )
        INSERT INTO backlog_skus (client_id, line_id, order_id, sku_id, quantity)
        SELECT $1, id, order_id, sku_id, open FROM line
        """,
        client_id,
        numbers(order_ids),
    )


async def put_back(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> None:
    """Undo `set_aside`: the orders have no Backlog SKUs, and their lines are in the processor's queue."""
    await sql.execute(
        """
        WITH item AS (
            DELETE FROM backlog_skus WHERE client_id = $1 AND order_id = ANY($2::bigint[]) RETURNING line_id
        ), line AS (
            UPDATE order_lines AS line SET route = 'PROCESSOR' FROM item
            WHERE line.client_id = $1 AND line.order_id = ANY($2::bigint[]) AND line.id = item.line_id
        )
        UPDATE pool_demand AS demand SET route = 'PROCESSOR' FROM item
        WHERE demand.client_id = $1 AND demand.order_id = ANY($2::bigint[]) AND demand.line_id = item.line_id
        """,
        client_id,
        list(order_ids),
    )


async def orders_of(sql: Connection, *, client_id: int, backlog_sku_ids: Collection[int]) -> dict[int, int]:
    """The order of each Backlog SKU that the client has; it never changes."""
    rows = await sql.fetch(
        "SELECT line_id, order_id FROM backlog_skus WHERE client_id = $1 AND line_id = ANY($2::bigint[])",
        client_id,
        list(backlog_sku_ids),
    )
    return {row["line_id"]: row["order_id"] for row in rows}


# Served by rank from what is available: what is left for a line is that minus what is wanted before it.
SERVED = """
SELECT line_id, order_id, distribution_center_id, sku_id, least(open, available)::int AS quantity
FROM (
    SELECT demand.line_id, demand.order_id, demand.distribution_center_id, demand.sku_id, demand.open,
           greatest(level.on_hand - level.allocated - level.protected, 0) - coalesce(sum(demand.open) OVER (
               PARTITION BY demand.distribution_center_id, demand.sku_id
               ORDER BY demand.priority DESC, demand.ordered_at, demand.order_id, demand.line_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS available
    FROM pool_demand AS demand
    JOIN stock_levels AS level ON level.client_id = $1
        AND level.distribution_center_id = demand.distribution_center_id
        AND level.sku_id = demand.sku_id{levels}
    WHERE demand.client_id = $1 AND demand.route = 'SPLIT_DELIVERY' AND demand.order_id {among}
) AS waiting
WHERE available > 0
"""
"""What can be delivered of Backlog SKUs of the orders `among`, which is how an order's id is chosen.

`levels` may say, as a further condition, which stock levels are to be read at all.
"""


def served_of(ids: str) -> str:
    """The same of the orders whose ids are the array that is written so: of nothing else is anything read."""
    # By both columns: the index begins with the first.
    levels = "".join(
        f"""
        AND level.{key} = ANY(ARRAY(
            SELECT DISTINCT {key} FROM pool_demand WHERE client_id = $1 AND order_id = ANY({ids})))"""  # noqa: S608
        for key in ("distribution_center_id", "sku_id")
    )
    return SERVED.format(among=f"= ANY({ids})", levels=levels)


async def deliverable(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> list[Row]:
    """How much of each Backlog SKU of the orders can be delivered when they are served by rank (D4).

    Each row has line_id, order_id, distribution_center_id, sku_id and quantity, which is never 0. The
    pools are locked by the caller.
    """
    return await sql.fetch(served_of("$2::bigint[]"), client_id, list(order_ids))


async def set_expected(
    sql: Connection, *, client_id: int, backlog_sku_ids: Sequence[int], dates: Sequence[date | None]
) -> list[Row]:
    """Set when the goods are expected; the order_id and former date of those in which that changed."""
    return await sql.fetch(
        """
        UPDATE backlog_skus AS item SET expected_on = new.expected_on
        FROM unnest($2::bigint[], $3::date[]) AS new(line_id, expected_on), backlog_skus AS old
        WHERE item.client_id = $1 AND item.line_id = ANY($2::bigint[]) AND item.line_id = new.line_id
          AND old.client_id = $1 AND old.line_id = ANY($2::bigint[]) AND old.line_id = new.line_id
          AND old.expected_on IS DISTINCT FROM new.expected_on
        RETURNING item.line_id AS id, item.order_id, old.expected_on AS previous, item.expected_on
        """,
        client_id,
        list(backlog_sku_ids),
        list(dates),
    )
