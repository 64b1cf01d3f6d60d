"""Units that were received for open lines: theirs before the rank key decides (D6)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from domain.store.database import Connection, Row


async def keep(sql: Connection, *, client_id: int, received: Mapping[int, int]) -> list[Row]:
    """Keep units (by line id) that were received for open lines; line_id and order_id of those lines (D6).

    A line is never kept more than is open of it: what it can't use any more is for everybody.
    """
    return await sql.fetch(
        """
        UPDATE pool_demand AS line
        SET cross_docked = least(line.open::bigint, line.cross_docked::bigint + receipt.units)::int
        FROM unnest($2::bigint[], $3::int[]) AS receipt(line_id, units)
        WHERE line.client_id = $1 AND line.line_id = ANY($2::bigint[]) AND line.line_id = receipt.line_id
        RETURNING line.line_id, line.order_id
        """,
        client_id,
        list(received),
        list(received.values()),
    )


async def kept(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int] | None = None
) -> list[Row]:
    """What is kept in the pool for lines it was received for, in rank key order.

    Each row has order_id, line_id, sku_id and units. Without `sku_ids`, of every SKU.
    """
    return await sql.fetch(
        """
        SELECT order_id, line_id, sku_id, cross_docked AS units FROM pool_demand
        WHERE client_id = $1 AND distribution_center_id = $2 AND cross_docked > 0
          AND ($3::bigint[] IS NULL OR sku_id = ANY($3::bigint[]))
        ORDER BY priority DESC, ordered_at, order_id, line_id
        """,
        client_id,
        distribution_center_id,
        None if sku_ids is None else list(sku_ids),
    )


async def reduce(sql: Connection, *, client_id: int, units: Mapping[int, int]) -> None:
    """Keep no more than these units (by line id) for open lines; the rest is for everybody from now on.

    Coverage of their SKUs is left to the caller.
    """
    await sql.execute(
        """
        UPDATE pool_demand AS line
        SET cross_docked = least(line.cross_docked, kept.units), coverage_due = true
        FROM unnest($2::bigint[], $3::int[]) AS kept(line_id, units)
        WHERE line.client_id = $1 AND line.line_id = ANY($2::bigint[]) AND line.line_id = kept.line_id
        """,
        client_id,
        list(units),
        list(units.values()),
    )
