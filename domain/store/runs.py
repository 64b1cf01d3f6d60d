"""Runs of the Order Processor: their life, their recorded plan, and applying it in chunks (B2-B8, F1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from domain.rules.allocation import Decision, Totals
from domain.rules.shipment_policy import ShipmentPolicy
from domain.store import shipment_policies
from domain.store.copying import copy_records
from domain.store.database import Connection, Row
from domain.store.leases import LeaseTable

LEASES = LeaseTable("processor_runs", waiting="SCHEDULED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactly:
    """What a run is to apply exactly, by id, and how many lines that are."""

    plan_id: int | None = None
    reallocation_id: int | None = None
    lines: int


async def create(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    schedule_id: int | None,
    scheduled_at: datetime,
    requested_by: str,
    exactly: Exactly | None = None,
) -> int | None:
    """A run waiting to be started; its id, or None when a schedule of the pool made one for this time."""
    run_id: int | None = await sql.fetchval(
        """
        INSERT INTO processor_runs (client_id, distribution_center_id, schedule_id, scheduled_at,
                                    requested_by, plan_id, reallocation_id, planned_lines)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (client_id, distribution_center_id, scheduled_at) WHERE schedule_id IS NOT NULL
            DO NOTHING
        RETURNING id
        """,
        client_id,
        distribution_center_id,
        schedule_id,
        scheduled_at,
        requested_by,
        exactly.plan_id if exactly else None,
        exactly.reallocation_id if exactly else None,
        exactly.lines if exactly else 0,
    )
    return run_id


async def get(sql: Connection, *, client_id: int, run_id: int) -> Row | None:
    """The run's row, or None."""
    return await sql.fetchrow(
        "SELECT * FROM processor_runs WHERE client_id = $1 AND id = $2", client_id, run_id
    )


async def claim(
    sql: Connection, *, client_id: int, run_id: int, holder: str, lease: timedelta, now: datetime
) -> Row | None:
    """Make `holder` the run's owner; its row, or None when that can't be.

    It can while the run waits, or when its owner's lease has run out, and no other run of the pool is
    running (B2).
    """
    try:
        async with sql.transaction():
            return await LEASES.claim(
                sql, client_id=client_id, work_id=run_id, holder=holder, lease=lease, now=now
            )
    except asyncpg.UniqueViolationError:
        # The index processor_runs_one_running: another run of this pool is under way.
        return None


_DECISION_COLUMNS = ("run_id", *Decision._fields)


async def record_decisions(
    sql: Connection, *, client_id: int, run_id: int, parts: AsyncIterator[Sequence[Decision]]
) -> int:
    """Keep what the run is to give each line (F1), part by part as it is decided; how many lines."""

    async def records() -> AsyncIterator[tuple[object, ...]]:
        async for part in parts:
            for decision in part:
                yield run_id, *decision

    return await copy_records(
        sql, "run_decisions", client_id=client_id, columns=_DECISION_COLUMNS, records=records()
    )


async def record_plan(
    sql: Connection,
    *,
    client_id: int,
    run_id: int,
    holder: str,
    lines: int,
    totals: Totals,
    policy: ShipmentPolicy,
    now: datetime,
) -> bool:
    """Note that the plan of the run is recorded, all its `lines`, before any of it is applied.

    False when the run is no longer `holder`'s: the transaction must not commit.
    """
    recorded = await sql.execute(
        """
        UPDATE processor_runs
        SET planned_at = $3, planned_lines = $4, orders_examined = $5, orders_returned = $6,
            shipment_policy = $8::text::jsonb
        WHERE client_id = $1 AND id = $2 AND status = 'RUNNING' AND lease_holder = $7
        """,
        client_id,
        run_id,
        now,
        lines,
        totals.examined,
        totals.returned,
        holder,
        shipment_policies.as_json(policy),
    )
    return bool(recorded == "UPDATE 1")


async def chunk_end(sql: Connection, *, client_id: int, run_id: int, after: int, size: int) -> int:
    """The last line rank of the chunk of about `size` lines after rank `after`; orders stay whole."""
    end: int = await sql.fetchval(
        """
        SELECT coalesce(
            (SELECT rank - 1 FROM run_decisions
             WHERE client_id = $1 AND run_id = $2 AND rank > $3::int + $4::int AND order_rank > (
                 SELECT order_rank FROM run_decisions
                 WHERE client_id = $1 AND run_id = $2 AND rank = $3::int + $4::int)
             ORDER BY rank LIMIT 1),
            (SELECT planned_lines FROM processor_runs WHERE client_id = $1 AND id = $2))
        """,
        client_id,
        run_id,
        after,
        size,
    )
    return end


async def given_lines(sql: Connection, *, client_id: int, run_id: int, after: int, until: int) -> list[Row]:
    """The chunk's decisions that give something, in rank order.

    Each row has order_id, order_version, line_id, sku_id and given.
    """
    return await sql.fetch(
        """
        SELECT order_id, order_version, line_id, sku_id, given FROM run_decisions
        WHERE client_id = $1 AND run_id = $2 AND rank > $3 AND rank <= $4 AND given > 0
        ORDER BY rank
        """,
        client_id,
        run_id,
        after,
        until,
    )


async def void(
    sql: Connection,
    *,
    client_id: int,
    run_id: int,
    after: int,
    until: int,
    order_ids: Sequence[int],
    reason: str,
) -> None:
    """Take back what the chunk's plan gives these orders, and record why."""
    if not order_ids:
        return
    await sql.execute(
        """
        UPDATE run_decisions SET given = 0, reason = $6
        WHERE client_id = $1 AND run_id = $2 AND rank > $3 AND rank <= $4
          AND order_id = ANY($5::bigint[]) AND given > 0
        """,
        client_id,
        run_id,
        after,
        until,
        list(order_ids),
        reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a chunk adds to the figures of its run."""

    applied_rank: int
    committed: int
    back_ordered: int
    voided: int


async def progress(sql: Connection, *, client_id: int, run_id: int, holder: str, step: Progress) -> bool:
    """Move the run's figures on, in the transaction that applied the chunk.

    False when the run is no longer `holder`'s: that transaction must not commit.
    """
    moved = await sql.execute(
        """
        UPDATE processor_runs
        SET applied_rank = $3, orders_committed = orders_committed + $4,
            orders_back_ordered = orders_back_ordered + $5, orders_returned = orders_returned + $6,
            dispatches_created = dispatches_created + $4 + $5
        WHERE client_id = $1 AND id = $2 AND status = 'RUNNING' AND lease_holder = $7
        """,
        client_id,
        run_id,
        step.applied_rank,
        step.committed,
        step.back_ordered,
        step.voided,
        holder,
    )
    return bool(moved == "UPDATE 1")


async def tell(sql: Connection, *, client_id: int, run_id: int, holder: str, lines: int) -> bool:
    """Say how many lines of the run, which applies all of them or nothing, are done and not committed yet.

    False when the run is no longer `holder`'s.
    """
    told = await sql.execute(
        """
        UPDATE processor_runs SET applied_rank = least($4, planned_lines)
        WHERE client_id = $1 AND id = $2 AND status = 'RUNNING' AND lease_holder = $3
        """,
        client_id,
        run_id,
        holder,
        lines,
    )
    return bool(told == "UPDATE 1")


async def given_skus(sql: Connection, *, client_id: int, run_id: int) -> list[int]:
    """The SKUs of which the run gave anything."""
    rows = await sql.fetch(
        """
        SELECT DISTINCT sku_id FROM run_decisions
        WHERE client_id = $1 AND run_id = $2 AND given > 0 ORDER BY sku_id
        """,
        client_id,
        run_id,
    )
    return [row["sku_id"] for row in rows]


async def startable(sql: Connection) -> list[Row]:
    """The run that each pool, of any client, needs a worker for: its oldest one, unless one is under way.

    A run whose lease has run out comes before those that wait, because they can't start before it ends.
    """
    return await sql.fetch(
        """
        SELECT DISTINCT ON (client_id, distribution_center_id) client_id, id FROM processor_runs AS run
        WHERE (status = 'SCHEDULED' OR (status = 'RUNNING' AND lease_until < clock_timestamp()))
          AND NOT EXISTS (
              SELECT 1 FROM processor_runs AS other
              WHERE other.client_id = run.client_id
                AND other.distribution_center_id = run.distribution_center_id
                AND other.status = 'RUNNING' AND other.lease_until >= clock_timestamp())
        ORDER BY client_id, distribution_center_id, status = 'SCHEDULED', scheduled_at, id
        """
    )
