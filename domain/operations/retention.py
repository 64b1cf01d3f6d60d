"""Retention: what the database may forget, so that it does not grow for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.store import (
    back_order_days,
    bulk_operations,
    email_deliveries,
    plans,
    reallocations,
    retention,
    synchronizations,
    webhook_deliveries,
)
from domain.store.database import Database

KEEP_ANSWERS = timedelta(days=7)
"""How long a mutation can be repeated under its idempotency key (F6)."""

KEEP_PLANS = timedelta(days=7)
"""How long a dry run can be read; the run that applied it stays (F2)."""

KEEP_REALLOCATIONS = timedelta(days=90)
"""How long a reallocation that was applied can be read; the orders' audit trail stays (F3)."""

KEEP_SYNCHRONIZATIONS = timedelta(days=30)
"""How long what became of each row of a synchronization can be read (C5)."""

KEEP_BULK_OPERATIONS = timedelta(days=90)
"""How long what a bulk operation did to each order can be read; the orders' audit trail stays (A6)."""

_LINES_AT_ONCE = 50_000


async def expire_answers(*, database: Database, now: datetime) -> None:
    """Forget idempotency keys, and what was answered under them, after KEEP_ANSWERS (F6)."""
    async with database.transaction_across_clients() as transaction:
        await retention.delete_answers(transaction.sql, before=now - KEEP_ANSWERS)


async def expire_plans(*, database: Database, now: datetime) -> None:
    """Forget dry runs after KEEP_PLANS (F2), and reallocations after that or KEEP_REALLOCATIONS (F3)."""
    async with database.transaction_across_clients() as transaction:
        await plans.delete_before(transaction.sql, before=now - KEEP_PLANS)
        await reallocations.delete_before(
            transaction.sql, unapplied=now - KEEP_PLANS, applied=now - KEEP_REALLOCATIONS
        )


async def expire_emails(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget e-mails older than `keep`, but none that is still to be sent (D7)."""
    async with database.transaction_across_clients() as transaction:
        await email_deliveries.delete_before(transaction.sql, before=now - keep)


async def expire_webhooks(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget webhooks older than `keep`, but none that is still to be sent."""
    async with database.transaction_across_clients() as transaction:
        await webhook_deliveries.delete_before(transaction.sql, before=now - keep)


async def expire_synchronizations(*, database: Database, now: datetime) -> None:
    """Forget synchronizations with their rows after KEEP_SYNCHRONIZATIONS (C5)."""
    async with database.transaction_across_clients() as transaction:
        await synchronizations.delete_before(transaction.sql, before=now - KEEP_SYNCHRONIZATIONS)


async def expire_bulk_operations(*, database: Database, now: datetime) -> None:
    """Forget bulk operations with their results after KEEP_BULK_OPERATIONS (A6)."""
    async with database.transaction_across_clients() as transaction:
        await bulk_operations.delete_before(transaction.sql, before=now - KEEP_BULK_OPERATIONS)


async def expire_decisions(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget the decisions of runs that ended more than `keep` before `now`.

    Each line's latest stays, however old it is: it is what explains the line (F1).
    """
    async with database.connection_across_clients() as sql:
        finished = await retention.runs_finished(sql, before=now - keep)
    for run in finished:
        for after in range(0, run["planned_lines"], _LINES_AT_ONCE):
            async with database.transaction(run["client_id"]) as transaction:
                await retention.delete_superseded_decisions(
                    transaction.sql,
                    client_id=run["client_id"],
                    run_id=run["id"],
                    after=after,
                    until=after + _LINES_AT_ONCE,
                )


async def expire_reports(*, database: Database, now: datetime, keep: timedelta) -> None:
    """Forget the Backordering report of days that were over more than `keep` before `now` (B12).

    A day of a client at a time: it may have as many rows as the client has SKUs in its pools.
    """
    async with database.connection_across_clients() as sql:
        closed = await back_order_days.closed_before(sql, day=(now - keep).astimezone(UTC).date())
    for row in closed:
        async with database.transaction(row["client_id"]) as transaction:
            await back_order_days.delete(transaction.sql, client_id=row["client_id"], day=row["day"])
