"""Dispatches that are not packed yet, and moving units between them (F3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.store.database import Connection, Row


async def unpacked(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> list[Row]:
    """The lines of the orders' dispatches of runs that are not packed, the newest dispatch first.

    Each row has id, dispatch_id, number, order_id, order_line_id, sku_id and quantity.
    """
    return await sql.fetch(
        """
        WITH made AS (
            SELECT id, number, order_id FROM dispatches
            WHERE client_id = $1 AND order_id = ANY($2::bigint[])
              AND kind = 'PROCESSOR' AND status = 'CREATED'
        )
        SELECT line.id, made.id AS dispatch_id, made.number, made.order_id, line.order_line_id, line.sku_id,
               line.quantity
        FROM made JOIN dispatch_lines AS line ON line.client_id = $1 AND line.dispatch_id = made.id
            AND line.dispatch_id = ANY(ARRAY(SELECT id FROM made))
        ORDER BY made.id DESC, line.id
        """,
        client_id,
        list(order_ids),
    )


async def change_dispatch_lines(sql: Connection, *, client_id: int, quantities: Mapping[int, int]) -> None:
    """Give dispatch lines (by id) these quantities; those that get 0 are removed."""
    ids, units = list(quantities), list(quantities.values())
    await sql.execute(
        """
        DELETE FROM dispatch_lines AS line USING unnest($2::bigint[], $3::int[]) AS change(id, units)
        WHERE line.client_id = $1 AND line.id = ANY($2::bigint[]) AND line.id = change.id
          AND change.units = 0
        """,
        client_id,
        ids,
        units,
    )
    await sql.execute(
        """
        UPDATE dispatch_lines AS line SET quantity = change.units
        FROM unnest($2::bigint[], $3::int[]) AS change(id, units)
        WHERE line.client_id = $1 AND line.id = ANY($2::bigint[]) AND line.id = change.id
          AND change.units > 0
        """,
        client_id,
        ids,
        units,
    )


@dataclass(frozen=True, slots=True)
class AddedLine:
    """Units of an order line that a dispatch which is there takes as well."""

    dispatch_id: int
    line_id: int
    sku_id: int
    quantity: int


async def add_dispatch_lines(sql: Connection, *, client_id: int, lines: Sequence[AddedLine]) -> None:
    """Put lines on dispatches."""
    await sql.execute(
        """
        INSERT INTO dispatch_lines (client_id, dispatch_id, order_line_id, sku_id, quantity)
        SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[])
        """,
        client_id,
        [line.dispatch_id for line in lines],
        [line.line_id for line in lines],
        [line.sku_id for line in lines],
        [line.quantity for line in lines],
    )


async def cancel_dispatches(
    sql: Connection, *, client_id: int, dispatch_ids: Collection[int], reason: str, at: datetime
) -> None:
    """Cancel dispatches of which everything was taken; their lines are open again."""
    await sql.execute(
        """
        UPDATE dispatches
        SET status = 'CANCELLED', cancelled_at = $4, cancel_reason = $3, requeued = true
        WHERE client_id = $1 AND id = ANY($2::bigint[])
        """,
        client_id,
        list(dispatch_ids),
        reason,
        at,
    )
