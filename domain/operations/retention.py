"""Retention: what the database may forget, so that it does not grow for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from domain.store import back_order_days, retention
from domain.store.database import Database, Row
from domain.store.retention import BULK_TARGETS, PLAN_DECISIONS, REALLOCATION_DECISIONS, Part

_ROWS_AT_ONCE = 50_000
"""Rows that one transaction forgets: it holds their locks, and keeps VACUUM waiting, for a moment only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long each kind of thing is kept; None: for ever."""

    answers: timedelta
    audit_entries: timedelta | None
    bulk_operations: timedelta
    decisions: timedelta
    emails: timedelta
    plans: timedelta
    reallocations: timedelta
    reports: timedelta
    synchronizations: timedelta
    webhooks: timedelta


async def expire(*, database: Database, now: datetime, keep: Kept) -> None:
    """Forget all that was kept for long enough, but events, which have cursors (`expire_events`)."""
    await expire_answers(database=database, now=now, keep=keep.answers)
    await expire_audit_entries(database=database, now=now, keep=keep.audit_entries)
    await expire_bulk_operations(database=database, now=now, keep=keep.bulk_operations)
    await expire_decisions(database=database, now=now, keep=keep.decisions)
    await expire_emails(database=database, now=now, keep=keep.emails)
    await expire_plans(database=database, now=now, keep=keep.plans)
    await expire_reallocations(database=database, now=now, keep=keep.plans, keep_applied=keep.reallocations)
    await expire_reports(database=database, now=now, keep=keep.reports)
    await expire_synchronizations(database=database, now=now, keep=keep.synchronizations)
    await expire_webhooks(database=database, now=now, keep=keep.webhooks)


async def expire_answers(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget idempotency keys, and what was answered under them, `keep` after their first use (F6)."""
    await _in_batches(database, partial(retention.delete_answers, before=now - keep))


async def expire_emails(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget e-mails older than `keep`, but none that is still to be sent (D7)."""
    await _in_batches(database, partial(retention.delete_emails, before=now - keep))


async def expire_webhooks(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget webhooks older than `keep`, but none that is still to be sent."""
    await _in_batches(database, partial(retention.delete_webhooks, before=now - keep))


async def expire_audit_entries(*, database: Database, now: datetime, keep: timedelta | None) -> None:
    """Forget entries of the audit trail older than `keep`; None: it is kept for ever (F11)."""
    if keep is not None:
        await _in_batches(database, partial(retention.delete_audit_entries, before=now - keep))


async def expire_plans(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget dry runs older than `keep`; the run that applied one stays (F2)."""
    async with database.connection_across_clients() as sql:
        made = await retention.plans_made(sql, before=now - keep)
    for plan in made:
        await _forget(database, plan, "allocation_plans", PLAN_DECISIONS)


async def expire_reallocations(
    *, database: Database, now: datetime, keep: timedelta, keep_applied: timedelta
) -> None:
    """Forget reallocations that were planned before `keep`, or applied ones before `keep_applied` (F3).

    The orders' audit trail stays.
    """
    async with database.connection_across_clients() as sql:
        made = await retention.reallocations_made(sql, unapplied=now - keep, applied=now - keep_applied)
    for plan in made:
        await _forget(database, plan, "reallocation_plans", REALLOCATION_DECISIONS)


async def expire_bulk_operations(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget bulk operations that ended before `keep`, with their results (A6); the audit trail stays."""
    async with database.connection_across_clients() as sql:
        finished = await retention.bulk_operations_finished(sql, before=now - keep)
    for bulk in finished:
        await _forget(database, bulk, "bulk_operations", BULK_TARGETS)


async def expire_synchronizations(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget synchronizations that ended before `keep`, with their rows (C5)."""
    async with database.connection_across_clients() as sql:
        finished = await retention.synchronizations_finished(sql, before=now - keep)
    for one in finished:
        async with database.transaction(one["client_id"]) as transaction:
            await retention.delete_whole(
                transaction.sql, "synchronizations", client_id=one["client_id"], id=one["id"]
            )


async def expire_decisions(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget the decisions of runs that ended more than `keep` before `now`.

    Each line's latest stays, however old it is: it is what explains the line (F1). A run is gone through
    once, for there are ever more of them: what is its line's latest then stays, even if a run looks at the
    line again after so long a time.
    """
    async with database.connection_across_clients() as sql:
        finished = await retention.runs_finished(sql, before=now - keep)
    for run in finished:
        key = {"client_id": run["client_id"], "run_id": run["id"]}
        for after in range(0, run["planned_lines"], _ROWS_AT_ONCE):
            until = after + _ROWS_AT_ONCE
            async with database.transaction(run["client_id"]) as transaction:
                await retention.delete_superseded_decisions(transaction.sql, **key, after=after, until=until)
                if until >= run["planned_lines"]:
                    await retention.gone_through(transaction.sql, **key, at=now)


async def expire_reports(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget the Backordering report of days that were over more than `keep` before `now` (B12).

    A day of a client at a time: it may have as many rows as the client has SKUs in its pools.
    """
    async with database.connection_across_clients() as sql:
        closed = await back_order_days.closed_before(sql, day=(now - keep).astimezone(UTC).date())
    for row in closed:
        async with database.transaction(row["client_id"]) as transaction:
            await back_order_days.delete(transaction.sql, client_id=row["client_id"], day=row["day"])


async def _in_batches(database: Database, delete: Callable[..., Awaitable[int]]) -> None:
    """Delete so many rows at a time, each time in a transaction of its own, until there are no more."""
    deleted = _ROWS_AT_ONCE
    while deleted == _ROWS_AT_ONCE:
        async with database.transaction_across_clients() as transaction:
            deleted = await delete(transaction.sql, limit=_ROWS_AT_ONCE)


async def _forget(database: Database, owner: Row, table: str, part: Part) -> None:
    """Forget an object of `table` with its numbered rows, so many at a time; it goes when they are gone."""
    client_id, id_ = owner["client_id"], owner["id"]
    for start in range(0, owner["last"] + 1, _ROWS_AT_ONCE):
        async with database.transaction(client_id) as transaction:
            await retention.delete_part(
                transaction.sql, part, client_id=client_id, of=id_, start=start, stop=start + _ROWS_AT_ONCE
            )
    async with database.transaction(client_id) as transaction:
        await retention.delete_whole(transaction.sql, table, client_id=client_id, id=id_)
