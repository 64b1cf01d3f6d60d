"""Bulk operations, their targets, and what became of each (A4, A6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.vocabulary import Outcome
from domain.store.arrays import numbers, texts
from domain.store.database import Connection, Row
from domain.store.leases import LeaseTable
from domain.store.reads.select import Conditions

LEASES = LeaseTable("bulk_operations", waiting="PENDING")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the target at `position`, which did not succeed."""

    position: int
    outcome: Outcome
    code: str | None = None
    message: str | None = None


async def create(
    sql: Connection,
    *,
    client_id: int,
    action: str,
    until: datetime | None,
    requested_by: str,
    source: str | None,
    at: datetime,
) -> int:
    """A bulk operation without targets, waiting to be started; its id."""
    bulk_operation_id: int = await sql.fetchval(
        """
        INSERT INTO bulk_operations (client_id, action, until, requested_by, source, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
        """,
        client_id,
        action,
        until,
        requested_by,
        source,
        at,
    )
    return bulk_operation_id


async def select_targets(sql: Connection, *, bulk_operation_id: int, selection: Conditions) -> int:
    """Make the orders of the selection, as they are now, the targets in rank key order; how many."""
    place = f"${len(selection.parameters) + 1}::bigint"
    total: int = await sql.fetchval(
        f"""
        WITH target AS (
            INSERT INTO bulk_targets (client_id, bulk_operation_id, position, order_id)
            SELECT $1, {place}, row_number() OVER (ORDER BY o.priority DESC, o.ordered_at, o.id), o.id
            FROM orders AS o WHERE o.client_id = $1{selection.text()}
            RETURNING 1
        ), counted AS (
            SELECT count(*) AS total FROM target
        )
        UPDATE bulk_operations SET total = counted.total
        FROM counted WHERE client_id = $1 AND id = {place}
        RETURNING bulk_operations.total
        """,  # noqa: S608 - built from our own clauses
        *selection.parameters,
        bulk_operation_id,
    )
    return total


async def get(sql: Connection, *, client_id: int, bulk_operation_id: int) -> Row | None:
    """The bulk operation's row, or None."""
    return await sql.fetchrow(
        "SELECT * FROM bulk_operations WHERE client_id = $1 AND id = $2", client_id, bulk_operation_id
    )


async def lock(sql: Connection, *, client_id: int, bulk_operation_id: int) -> Row | None:
    """The bulk operation's row, locked until the transaction ends, or None."""
    return await sql.fetchrow(
        "SELECT * FROM bulk_operations WHERE client_id = $1 AND id = $2 FOR NO KEY UPDATE",
        client_id,
        bulk_operation_id,
    )


async def targets(
    sql: Connection, *, client_id: int, bulk_operation_id: int, after: int, size: int
) -> dict[int, int]:
    """The order at each of the next `size` positions after `after`."""
    rows = await sql.fetch(
        """
        SELECT position, order_id FROM bulk_targets
        WHERE client_id = $1 AND bulk_operation_id = $2 AND position > $3 AND position <= $3::int + $4::int
        ORDER BY position
        """,
        client_id,
        bulk_operation_id,
        after,
        size,
    )
    return {row["position"]: row["order_id"] for row in rows}


async def record(
    sql: Connection,
    *,
    client_id: int,
    bulk_operation_id: int,
    holder: str,
    positions: Collection[int],
    others: Sequence[Result],
) -> bool:
    """Keep what became of the next targets, and move the figures on, in the transaction that did it.

    All of the `positions`, which follow one another, succeeded but for the `others`. False when the operation
    is no longer `holder`'s: that transaction must not commit.
    """
    await sql.execute(
        """
        UPDATE bulk_targets AS target
        SET outcome = coalesce(other.outcome, 'SUCCEEDED'), code = other.code, message = other.message
        FROM generate_series($3::int, $4::int) AS place(position)
        LEFT JOIN unnest($5::text::int[], $6::text::text[], $7::text::text[], $8::text::text[])
            AS other(position, outcome, code, message) ON other.position = place.position
        -- The plan that is made for any range reads just that one.
        WHERE target.client_id = $1 AND target.bulk_operation_id = $2
          AND target.position BETWEEN $3 AND $4 AND target.position = place.position
        """,
        client_id,
        bulk_operation_id,
        min(positions, default=1),
        max(positions, default=0),
        numbers(other.position for other in others),
        texts(other.outcome for other in others),
        texts(other.code for other in others),
        texts(other.message for other in others),
    )
    count = Counter(other.outcome for other in others)
    moved = await sql.execute(
        """
        UPDATE bulk_operations
        SET succeeded = succeeded + $4, skipped = skipped + $5, failed = failed + $6
        WHERE client_id = $1 AND id = $2 AND status = 'RUNNING' AND lease_holder = $3
        """,
        client_id,
        bulk_operation_id,
        holder,
        len(positions) - len(others),
        count[Outcome.SKIPPED],
        count[Outcome.FAILED],
    )
    return bool(moved == "UPDATE 1")


async def startable(sql: Connection) -> list[Row]:
    """The bulk operations of every client that wait for a worker, or whose worker died, oldest first."""
    return await sql.fetch(
        """
        SELECT client_id, id FROM bulk_operations
        WHERE status = 'PENDING' OR (status = 'RUNNING' AND lease_until < clock_timestamp())
        ORDER BY id
        """
    )
