"""Pins: order lines from which no reallocation takes anything (F3).

A pin is a detail of the line's order, so setting and removing it moves the order's version on.
"""

from __future__ import annotations

from datetime import datetime

from domain.store.database import Connection, Row


async def get(sql: Connection, *, client_id: int, line_id: int) -> Row | None:
    """The line's pin (reason, pinned_by, pinned_at), or None."""
    return await sql.fetchrow(
        "SELECT reason, pinned_by, pinned_at FROM line_pins WHERE client_id = $1 AND line_id = $2",
        client_id,
        line_id,
    )


async def put(
    sql: Connection,
    *,
    client_id: int,
    order_id: int,
    line_id: int,
    reason: str,
    pinned_by: str,
    at: datetime,
) -> None:
    """Pin the order's line, or change why it is pinned; the order is locked by the caller."""
    await sql.execute(
        """
        INSERT INTO line_pins (client_id, line_id, reason, pinned_by, pinned_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (client_id, line_id) DO UPDATE
            SET reason = excluded.reason, pinned_by = excluded.pinned_by, pinned_at = excluded.pinned_at
        """,
        client_id,
        line_id,
        reason,
        pinned_by,
        at,
    )
    await _move_version(sql, client_id, order_id)


async def remove(sql: Connection, *, client_id: int, order_id: int, line_id: int) -> None:
    """Take the pin of the order's line away; the order is locked by the caller."""
    await sql.execute("DELETE FROM line_pins WHERE client_id = $1 AND line_id = $2", client_id, line_id)
    await _move_version(sql, client_id, order_id)


async def _move_version(sql: Connection, client_id: int, order_id: int) -> None:
    await sql.execute(
        "UPDATE orders SET version = version + 1 WHERE client_id = $1 AND id = $2", client_id, order_id
    )
