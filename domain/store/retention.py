"""Forgetting what nobody will ask for any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.store.database import Connection, Row, plan_for_rows


@dataclass(frozen=True, slots=True)
class Part:
    """A table whose rows belong to an object: by its column `owner`, each with a `number` of its own."""

    table: str
    owner: str
    number: str


PLAN_DECISIONS = Part("plan_decisions", "plan_id", "rank")
REALLOCATION_DECISIONS = Part("reallocation_decisions", "plan_id", "place")
BULK_TARGETS = Part("bulk_targets", "bulk_operation_id", "position")


async def delete_answers(sql: Connection, *, before: datetime, limit: int) -> int:
    """Forget up to `limit` idempotency keys, with their answers, that were first used before `before`."""
    return await _deleted(sql, _ANSWERS, before, limit)


async def delete_emails(sql: Connection, *, before: datetime, limit: int) -> int:
    """Forget up to `limit` e-mails of before that nobody will try to send any more."""
    return await _deleted(sql, _EMAILS, before, limit)


async def delete_webhooks(sql: Connection, *, before: datetime, limit: int) -> int:
    """Forget up to `limit` webhooks of before that nobody will try to send any more."""
    return await _deleted(sql, _WEBHOOKS, before, limit)


async def delete_audit_entries(sql: Connection, *, before: datetime, limit: int) -> int:
    """Forget up to `limit` entries of the audit trail, which lets nobody else delete any (F11)."""
    await sql.execute("SET LOCAL backfill.forgets_audit_entries = 'on'")
    return await _deleted(sql, _AUDIT_ENTRIES, before, limit)


# A run that applies a plan reads all of its decisions.
_NOT_BEING_APPLIED = """NOT EXISTS (
    SELECT 1 FROM processor_runs AS run
    WHERE run.client_id = plan.client_id AND run.id = plan.run_id
      AND run.status IN ('SCHEDULED', 'RUNNING'))"""


async def plans_made(sql: Connection, *, before: datetime) -> list[Row]:
    """Dry runs of every client that were made before `before`, with the rank of the last decision of each."""
    return await sql.fetch(
        f"""
        SELECT client_id, id, coalesce((
            SELECT max(rank) FROM plan_decisions AS decision
            WHERE decision.client_id = plan.client_id AND decision.plan_id = plan.id), 0) AS last
        FROM allocation_plans AS plan WHERE planned_at < $1 AND {_NOT_BEING_APPLIED} ORDER BY planned_at
        """,  # noqa: S608 - the expression above
        before,
    )


async def reallocations_made(sql: Connection, *, unapplied: datetime, applied: datetime) -> list[Row]:
    """Reallocations that were planned before these times, with the place of the last decision of each."""
    return await sql.fetch(
        f"""
        SELECT client_id, id, coalesce((
            SELECT max(place) FROM reallocation_decisions AS decision
            WHERE decision.client_id = plan.client_id AND decision.plan_id = plan.id), 0) AS last
        FROM reallocation_plans AS plan
        WHERE planned_at < CASE WHEN applied_at IS NULL THEN $1::timestamptz ELSE $2 END
          AND {_NOT_BEING_APPLIED}
        ORDER BY planned_at
        """,  # noqa: S608 - the expression above
        unapplied,
        applied,
    )


async def bulk_operations_finished(sql: Connection, *, before: datetime) -> list[Row]:
    """Bulk operations of every client that ended before `before`, with the position of each's last target."""
    return await sql.fetch(
        """
        SELECT client_id, id, coalesce((
            SELECT max(position) FROM bulk_targets AS target
            WHERE target.client_id = bulk.client_id AND target.bulk_operation_id = bulk.id), 0) AS last
        FROM bulk_operations AS bulk WHERE finished_at < $1 ORDER BY finished_at
        """,
        before,
    )


async def synchronizations_finished(sql: Connection, *, before: datetime) -> list[Row]:
    """Synchronizations of every client that ended before `before`."""
    return await sql.fetch(
        "SELECT client_id, id FROM synchronizations WHERE finished_at < $1 ORDER BY finished_at", before
    )


async def delete_part(sql: Connection, part: Part, *, client_id: int, of: int, start: int, stop: int) -> None:
    """Forget the rows with start <= number < stop that belong to the object numbered `of`."""
    await sql.execute(
        f"DELETE FROM {part.table} WHERE client_id = $1 AND {part.owner} = $2 "  # noqa: S608 - our own words
        f"AND {part.number} >= $3 AND {part.number} < $4",
        client_id,
        of,
        start,
        stop,
    )


async def delete_whole(sql: Connection, table: str, *, client_id: int, id: int) -> None:  # noqa: A002
    """Forget an object, and what little of it is left."""
    await sql.execute(f"DELETE FROM {table} WHERE client_id = $1 AND id = $2", client_id, id)  # noqa: S608


async def runs_finished(sql: Connection, *, before: datetime) -> list[Row]:
    """Runs of every client that ended before `before`, and whose decisions nobody has gone through yet."""
    return await sql.fetch(
        """
        SELECT client_id, id, planned_lines FROM processor_runs
        WHERE finished_at < $1 AND planned_lines > 0 AND decisions_expired_at IS NULL ORDER BY client_id, id
        """,
        before,
    )


async def gone_through(sql: Connection, *, client_id: int, run_id: int, at: datetime) -> None:
    """Note that the run's decisions were gone through: what is left of them stays."""
    await sql.execute(
        "UPDATE processor_runs SET decisions_expired_at = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        run_id,
        at,
    )


async def delete_superseded_decisions(
    sql: Connection, *, client_id: int, run_id: int, after: int, until: int
) -> None:
    """Forget the run's decisions with after < rank <= until, except those that are their line's latest.

    What a run did not get as far as explains nothing (reads/decisions): it supersedes nothing, either.
    """
    await plan_for_rows(sql)
    await sql.execute(
        """
        DELETE FROM run_decisions AS decision
        WHERE client_id = $1 AND run_id = $2 AND rank > $3 AND rank <= $4
          AND EXISTS (SELECT 1 FROM run_decisions AS later
                      JOIN processor_runs AS run ON run.client_id = $1 AND run.id = later.run_id
                      WHERE later.client_id = $1 AND later.line_id = decision.line_id AND later.run_id > $2
                        AND later.rank <= run.applied_rank)
        """,
        client_id,
        run_id,
        after,
        until,
    )


async def _deleted(sql: Connection, statement: str, before: datetime, limit: int) -> int:
    status = await sql.execute(statement, before, limit)
    return int(status.removeprefix("DELETE "))


def _oldest(table: str, condition: str) -> str:
    """Deletes some rows, and no more than $2: by where they lie, so that no index is needed for it."""
    return (
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608 - our own words
        f"SELECT ctid FROM {table} WHERE {condition} LIMIT $2))"
    )


_ANSWERS = _oldest("idempotency_keys", "created_at < $1")
_EMAILS = _oldest("email_deliveries", "created_at < $1 AND status <> 'PENDING'")
_WEBHOOKS = _oldest("webhook_deliveries", "created_at < $1 AND status <> 'PENDING'")
_AUDIT_ENTRIES = _oldest("audit_entries", "at < $1")
