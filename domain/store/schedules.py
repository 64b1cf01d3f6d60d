"""Schedules of the Order Processor."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from domain.store.database import Connection, Row


async def get(sql: Connection, *, client_id: int, distribution_center_id: int, shared: bool) -> Row | None:
    """The client's own schedule of the distribution center, or the one it shares; None when there is none."""
    return await sql.fetchrow(
        """
        SELECT * FROM processor_schedules
        WHERE client_id = $1 AND distribution_center_id = $2 AND shared = $3
        """,
        client_id,
        distribution_center_id,
        shared,
    )


async def put(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    shared: bool,
    cron: str,
    times: str | None,
    next_due_at: datetime | None,
    version: int = 1,
) -> int:
    """Create or replace one of the pool's schedules, its own or the one it shares; its id.

    `times` is JSON; `next_due_at` of None pauses the schedule. Nobody edits what is shared by its version.
    """
    schedule_id: int = await sql.fetchval(
        """
        INSERT INTO processor_schedules (client_id, distribution_center_id, shared, cron, times, enabled,
                                         next_due_at, version)
        VALUES ($1, $2, $3, $4, $5::jsonb, $6::timestamptz IS NOT NULL, $6, $7)
        ON CONFLICT (client_id, distribution_center_id, shared) DO UPDATE
        SET cron = excluded.cron, times = excluded.times, enabled = excluded.enabled,
            next_due_at = excluded.next_due_at, version = excluded.version
        RETURNING id
        """,
        client_id,
        distribution_center_id,
        shared,
        cron,
        times,
        next_due_at,
        version,
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
    """Whether a run of the pool waits to be started, so that another one would add nothing.

    A run that is to apply a plan or a reallocation does that and nothing else, so it is none of these.
    """
    waiting: bool = await sql.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM processor_runs
                       WHERE client_id = $1 AND distribution_center_id = $2 AND status = 'SCHEDULED'
                         AND plan_id IS NULL AND reallocation_id IS NULL)
        """,
        client_id,
        distribution_center_id,
    )
    return waiting


async def lock_shared(sql: Connection) -> None:
    """Keep everybody else from changing shared schedules, and new distribution centers from reading them."""
    await sql.execute("LOCK TABLE shared_schedules IN EXCLUSIVE MODE")


async def put_shared(sql: Connection, *, code: str, cron: str, times: str | None, enabled: bool) -> None:
    """Create or replace what is scheduled for the distribution centers of this code."""
    await sql.execute(
        """
        INSERT INTO shared_schedules (distribution_center_code, cron, times, enabled)
        VALUES ($1, $2, $3::jsonb, $4)
        ON CONFLICT (distribution_center_code) DO UPDATE
        SET cron = excluded.cron, times = excluded.times, enabled = excluded.enabled
        """,
        code,
        cron,
        times,
        enabled,
    )


async def delete_shared(sql: Connection, *, code: str) -> list[Row] | None:
    """Take it away; the clients' rows that were made of it, or None when there was nothing."""
    known = await sql.fetchval(
        "DELETE FROM shared_schedules WHERE distribution_center_code = $1 RETURNING true", code
    )
    if known is None:
        return None
    return await sql.fetch(
        """
        DELETE FROM processor_schedules AS schedule USING distribution_centers AS dc
        WHERE dc.client_id = schedule.client_id AND dc.id = schedule.distribution_center_id
          AND dc.code = $1 AND schedule.shared
        RETURNING schedule.client_id, schedule.id, schedule.distribution_center_id, schedule.cron,
                  schedule.enabled
        """,
        code,
    )


async def all_shared(sql: Connection) -> list[Row]:
    """What is scheduled for all clients, with how many of them it applies to, by code."""
    return await sql.fetch(
        """
        SELECT distribution_center_code AS code, cron, enabled,
               (SELECT count(*) FROM distribution_centers AS dc
                WHERE dc.code = shared.distribution_center_code) AS clients
        FROM shared_schedules AS shared ORDER BY 1
        """
    )


async def centers_with_code(sql: Connection, *, code: str) -> list[Row]:
    """The distribution centers of every client that have this code: client_id, id."""
    return await sql.fetch(
        "SELECT client_id, id FROM distribution_centers WHERE code = $1 ORDER BY client_id", code
    )


async def not_yet_shared(sql: Connection, *, client_id: int, codes: Collection[str]) -> list[Row]:
    """What is scheduled for these distribution centers of the client and has no row of theirs yet.

    Rows: distribution_center_id, cron, times, enabled. Nobody changes it until the transaction ends.
    """
    return await sql.fetch(
        """
        SELECT dc.id AS distribution_center_id, shared.cron, shared.times, shared.enabled
        FROM shared_schedules AS shared
        JOIN distribution_centers AS dc ON dc.client_id = $1 AND dc.code = shared.distribution_center_code
        WHERE shared.distribution_center_code = ANY($2::text[])
          AND NOT EXISTS (SELECT 1 FROM processor_schedules AS own
                          WHERE own.client_id = $1 AND own.distribution_center_id = dc.id AND own.shared)
        FOR SHARE OF shared
        """,
        client_id,
        list(codes),
    )
