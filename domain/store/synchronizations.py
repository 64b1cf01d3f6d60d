"""Synchronizations with marketplaces, and what became of each row (C5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import msgspec

from domain.rules.vocabulary import Outcome, SynchronizedRow
from domain.store.database import Connection, Row
from domain.store.leases import LeaseTable
from domain.store.reference import printable

LEASES = LeaseTable("synchronizations", waiting="PENDING")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row; `subject` is the number of its order, or the name of a file."""

    kind: SynchronizedRow
    subject: str
    outcome: Outcome
    code: str | None = None
    message: str | None = None


async def create(
    sql: Connection,
    *,
    client_id: int,
    store_id: int,
    requested_by: str,
    order_numbers: Sequence[str] | None,
    at: datetime,
) -> int:
    """A synchronization that waits to be started, of these orders or of whatever is new; its id."""
    synchronization_id: int = await sql.fetchval(
        """
        INSERT INTO synchronizations (client_id, store_id, requested_by, order_numbers, created_at)
        VALUES ($1, $2, $3, $4::jsonb, $5) RETURNING id
        """,
        client_id,
        store_id,
        requested_by,
        None if order_numbers is None else msgspec.json.encode(order_numbers).decode(),
        at,
    )
    return synchronization_id


async def waiting(sql: Connection, *, client_id: int, store_id: int) -> int | None:
    """The synchronization with whatever is new that waits to be started, if there is one."""
    found: int | None = await sql.fetchval(
        """
        SELECT min(id) FROM synchronizations
        WHERE client_id = $1 AND store_id = $2 AND status = 'PENDING'
          AND order_numbers IS NULL AND message_id IS NULL
        """,
        client_id,
        store_id,
    )
    return found


async def unfinished(sql: Connection, *, client_id: int, store_id: int) -> bool:
    """Whether the store is asked for whatever is new, or about to be."""
    found: bool = await sql.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM synchronizations
                       WHERE client_id = $1 AND store_id = $2 AND status IN ('PENDING', 'RUNNING')
                         AND order_numbers IS NULL AND message_id IS NULL)
        """,
        client_id,
        store_id,
    )
    return found


async def receive(
    sql: Connection, *, client_id: int, store_id: int, message_id: str, message: bytes, at: datetime
) -> int | None:
    """Keep a pushed message until it is applied; None when one with this id was received before.

    One that failed gets another chance when it is sent again.
    """
    synchronization_id: int | None = await sql.fetchval(
        """
        INSERT INTO synchronizations (client_id, store_id, requested_by, message_id, message, created_at)
        VALUES ($1, $2, 'marketplace', $3, $4, $5)
        ON CONFLICT (client_id, store_id, message_id) DO UPDATE
        SET status = 'PENDING', message = excluded.message, finished_at = NULL, failure = NULL
        WHERE synchronizations.status = 'FAILED'
        RETURNING id
        """,
        client_id,
        store_id,
        message_id,
        message,
        at,
    )
    return synchronization_id


async def startable(sql: Connection, *, now: datetime) -> list[Row]:
    """The synchronization that each store, of any client, needs a worker for, unless one is under way.

    One whose lease has run out comes first, because others can't start before it ends. What was pushed
    can be applied whether or not the marketplace may be asked.
    """
    return await sql.fetch(
        """
        SELECT DISTINCT ON (work.client_id, work.store_id) work.client_id, work.id
        FROM synchronizations AS work LEFT JOIN store_connections AS connection
            ON connection.client_id = work.client_id AND connection.store_id = work.store_id
        WHERE ((work.status = 'PENDING'
                AND (work.message_id IS NOT NULL OR connection.retry_at IS NULL OR connection.retry_at <= $1))
               OR (work.status = 'RUNNING' AND work.lease_until < clock_timestamp()))
          AND NOT EXISTS (
              SELECT 1 FROM synchronizations AS other
              WHERE other.client_id = work.client_id AND other.store_id = work.store_id
                AND other.status = 'RUNNING' AND other.lease_until >= clock_timestamp())
        ORDER BY work.client_id, work.store_id, work.status = 'PENDING', work.id
        """,
        now,
    )


async def claim(
    sql: Connection, *, client_id: int, synchronization_id: int, holder: str, lease: timedelta, now: datetime
) -> Row | None:
    """Make `holder` the owner; the row, or None when it has ended or its store is in other hands."""
    try:
        async with sql.transaction():
            return await LEASES.claim(
                sql,
                client_id=client_id,
                work_id=synchronization_id,
                holder=holder,
                lease=lease,
                now=now,
            )
    except asyncpg.UniqueViolationError:
        # The index synchronizations_one_running: another one of this store is under way.
        return None


async def record(
    sql: Connection, *, client_id: int, synchronization_id: int, results: Sequence[Result]
) -> None:
    """Add the results after those there are. The synchronization is locked by the caller."""
    counts = Counter(result.outcome for result in results)
    before: int = await sql.fetchval(
        """
        UPDATE synchronizations
        SET succeeded = succeeded + $3, skipped = skipped + $4, failed = failed + $5
        WHERE client_id = $1 AND id = $2
        RETURNING succeeded + skipped + failed - $6::int
        """,
        client_id,
        synchronization_id,
        counts[Outcome.SUCCEEDED],
        counts[Outcome.SKIPPED],
        counts[Outcome.FAILED],
        len(results),
    )
    await sql.execute(
        """
        INSERT INTO synchronization_rows
            (client_id, synchronization_id, position, kind, subject, outcome, code, message)
        SELECT $1, $2, * FROM unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        """,
        client_id,
        synchronization_id,
        range(before + 1, before + 1 + len(results)),
        [result.kind for result in results],
        [result.subject for result in results],
        [result.outcome for result in results],
        [result.code for result in results],
        [result.message for result in results],
    )


async def numbers_of_store(
    sql: Connection, *, client_id: int, store_id: int, numbers: Collection[str]
) -> set[str]:
    """Those of the numbers that orders of the store have."""
    rows = await sql.fetch(
        "SELECT number FROM orders WHERE client_id = $1 AND number = ANY($3::text[]) AND store_id = $2",
        client_id,
        store_id,
        printable(numbers),
    )
    return {row["number"] for row in rows}


async def unanswered(sql: Connection, *, client_id: int, synchronization_id: int) -> list[str]:
    """The orders that were asked for and of which no row tells."""
    rows = await sql.fetch(
        """
        SELECT asked.number
        FROM synchronizations AS work, jsonb_array_elements_text(work.order_numbers) AS asked(number)
        WHERE work.client_id = $1 AND work.id = $2 AND NOT EXISTS (
            SELECT 1 FROM synchronization_rows AS row
            WHERE row.client_id = $1 AND row.synchronization_id = $2 AND row.subject = asked.number)
        ORDER BY asked.number
        """,
        client_id,
        synchronization_id,
    )
    return [row["number"] for row in rows]


async def put_back(sql: Connection, *, client_id: int, synchronization_id: int, failure: str) -> None:
    """Let it wait for another attempt."""
    await sql.execute(
        """
        UPDATE synchronizations
        SET status = 'PENDING', attempts = attempts + 1, failure = $3, lease_holder = NULL, lease_until = NULL
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        synchronization_id,
        failure,
    )


async def forget_message(sql: Connection, *, client_id: int, synchronization_id: int) -> None:
    """Drop the pushed message, which is applied; its id is kept."""
    await sql.execute(
        "UPDATE synchronizations SET message = NULL WHERE client_id = $1 AND id = $2",
        client_id,
        synchronization_id,
    )


async def call_off(sql: Connection, *, client_id: int, store_id: int, failure: str, now: datetime) -> None:
    """End what the store's marketplace is or is to be asked; what it pushed is applied all the same."""
    await sql.execute(
        """
        UPDATE synchronizations
        SET status = 'FAILED', finished_at = $4, failure = $3, lease_holder = NULL, lease_until = NULL
        WHERE client_id = $1 AND store_id = $2 AND status IN ('PENDING', 'RUNNING') AND message_id IS NULL
        """,
        client_id,
        store_id,
        failure,
        now,
    )
