"""Schedules of the Order Processor."""

from __future__ import annotations

from datetime import datetime

from domain.store.database import Connection, Row


async def put(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    cron: str,
    next_due_at: datetime | None,
) -> int:
    """Create or replace the pool's schedule; `next_due_at` of None pauses it. Its id is returned."""
    schedule_id: int = await sql.fetchval(
        """
        INSERT INTO processor_schedules (client_id, distribution_center_id, cron, enabled, next_due_at)
        VALUES ($1, $2, $3, $4::timestamptz IS NOT NULL, $4)
        ON CONFLICT (client_id, distribution_center_id) DO UPDATE
        SET cron = excluded.cron, enabled = excluded.enabled, next_due_at = excluded.next_due_at
        RETURNING id
        """,
        client_id,
        distribution_center_id,
        cron,
        next_due_at,
    )
    return schedule_id


async def take_due(sql: Connection, *, now: datetime, limit: int) -> list[Row]:
    """Schedules of every client that are due, locked; those another worker is looking at are left to it."""
    return await sql.fetch(
        """
        SELECT client_id, id, distribution_center_id, cron, next_due_at FROM processor_schedules
        WHERE next_due_at <= $1 ORDER BY next_due_at LIMIT $2 FOR UPDATE SKIP LOCKED
        """,
        now,
        limit,
    )


async def advance(sql: Connection, *, client_id: int, schedule_id: int, next_due_at: datetime) -> None:
    """Set when the schedule is due again."""
    await sql.execute(
        "UPDATE processor_schedules SET next_due_at = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        schedule_id,
        next_due_at,
    )


async def has_waiting_run(sql: Connection, *, client_id: int, distribution_center_id: int) -> bool:
    """Whether a run of the pool waits to be started, so that another one would add nothing."""
    waiting: bool = await sql.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM processor_runs
                       WHERE client_id = $1 AND distribution_center_id = $2 AND status = 'SCHEDULED')
        """,
        client_id,
        distribution_center_id,
    )
    return waiting
