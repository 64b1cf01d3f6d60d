"""Dispatches and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.store import numbering
from domain.store.arrays import numbers
from domain.store.database import Connection, Row
from domain.store.statistics import plan_anew_if_grown


@dataclass(frozen=True, slots=True)
class NewLine:
    """Units of an order line that the order's new dispatch takes."""

    order_id: int
    line_id: int
    sku_id: int
    quantity: int


async def insert(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    kind: str,
    run_id: int | None,
    at: datetime,
    lines: Sequence[NewLine],
) -> dict[int, Row]:
    """One dispatch for each order of the lines, with these lines; its id and number by order id.

    The pool is locked by the caller.
    """
    order_ids = dict.fromkeys(line.order_id for line in lines)
    drawn = await numbering.draw(
        sql,
        client_id=client_id,
        distribution_center_id=distribution_center_id,
        of="dispatches",
        count=len(order_ids),
    )
    rows = await sql.fetch(
        """
        INSERT INTO dispatches (client_id, distribution_center_id, kind, run_id, created_at, order_id, number)
        SELECT $1, $2, $3, $4, $5, order_id, $8::text || $7::bigint + place - 1
        FROM unnest($6::text::bigint[]) WITH ORDINALITY AS o(order_id, place)
        RETURNING order_id, id, number
        """,
        client_id,
        distribution_center_id,
        kind,
        run_id,
        at,
        numbers(order_ids),
        drawn.first,
        drawn.prefix,
    )
    made = {row["order_id"]: row for row in rows}
    await plan_anew_if_grown(sql, "dispatches", rows=len(lines))
    await sql.execute(
        """
        INSERT INTO dispatch_lines (client_id, dispatch_id, order_line_id, sku_id, quantity)
        SELECT $1, * FROM unnest($2::text::bigint[], $3::text::bigint[], $4::text::bigint[], $5::text::int[])
        """,
        client_id,
        numbers(made[line.order_id]["id"] for line in lines),
        numbers(line.line_id for line in lines),
        numbers(line.sku_id for line in lines),
        numbers(line.quantity for line in lines),
    )
    return made


async def lock(sql: Connection, *, client_id: int, dispatch_id: int) -> Row | None:
    """The dispatch, locked until the transaction ends; its order and pool are locked before it."""
    return await sql.fetchrow(
        "SELECT * FROM dispatches WHERE client_id = $1 AND id = $2 FOR NO KEY UPDATE",
        client_id,
        dispatch_id,
    )


async def order_of(sql: Connection, *, client_id: int, dispatch_id: int) -> Row | None:
    """The order_id and distribution_center_id of a dispatch; neither ever changes."""
    return await sql.fetchrow(
        "SELECT order_id, distribution_center_id FROM dispatches WHERE client_id = $1 AND id = $2",
        client_id,
        dispatch_id,
    )


async def lines_of(sql: Connection, *, client_id: int, dispatch_id: int) -> list[Row]:
    """What the dispatch takes of which order line: order_line_id, sku_id, quantity."""
    return await sql.fetch(
        """
        SELECT order_line_id, sku_id, quantity FROM dispatch_lines
        WHERE client_id = $1 AND dispatch_id = $2 ORDER BY id
        """,
        client_id,
        dispatch_id,
    )


async def set_packed(sql: Connection, *, client_id: int, dispatch_id: int, at: datetime) -> None:
    """Mark the dispatch packed."""
    await sql.execute(
        "UPDATE dispatches SET status = 'PACKED', packed_at = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        dispatch_id,
        at,
    )


async def set_shipped(sql: Connection, *, client_id: int, dispatch_id: int, at: datetime) -> None:
    """Mark the dispatch shipped; one that was never packed counts as packed at the same time."""
    await sql.execute(
        """
        UPDATE dispatches SET status = 'SHIPPED', packed_at = coalesce(packed_at, $3), shipped_at = $3
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        dispatch_id,
        at,
    )


async def set_cancelled(
    sql: Connection, *, client_id: int, dispatch_id: int, reason: str, requeued: bool, at: datetime
) -> None:
    """Mark the dispatch cancelled, and whether its lines went back to the queue."""
    await sql.execute(
        """
        UPDATE dispatches SET status = 'CANCELLED', cancelled_at = $5, cancel_reason = $3, requeued = $4
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        dispatch_id,
        reason,
        requeued,
        at,
    )
