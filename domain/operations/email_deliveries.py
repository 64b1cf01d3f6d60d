"""Sending the e-mails that operations have recorded, and sending one again (D7).

An e-mail is recorded once, by the transaction that causes it, and taken by one worker at a time. A worker
that dies between the server's answer and its own commit leaves it to be sent again: with the same
reference, by which mail servers and readers know it for the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from domain.operations.command import Command, Work, perform
from domain.ports import Email, EmailNotSentError, EmailRefusedError, Mailer
from domain.rules.email_templates import UnusableTemplateError, Values, render
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.retrying import next_email_attempt
from domain.rules.vocabulary import EmailStatus
from domain.store import email_deliveries
from domain.store.database import Database, Row
from domain.store.email_deliveries import Attempt
from domain.store.email_values import Subject, values_of

_AT_ONCE = 20
"""Most e-mails that are taken to be sent at a time, unless fewer are asked for."""

_LEASE = timedelta(minutes=5)
"""Longer than a mailer takes for an e-mail."""

_NO_SERVER = "It waits: no mail server and sender are set up (BACKFILL_SMTP_URL, BACKFILL_SMTP_SENDER)."


class DeliveryChanged(msgspec.Struct, frozen=True):
    """The e-mail that will be sent again."""

    delivery_id: int


async def send_due_emails(
    *, database: Database, mailer: Mailer | None, now: datetime, limit: int = _AT_ONCE
) -> int:
    """Send some of the e-mails that are due, all at the same time; how many were tried.

    Safe on any number of workers at once. What an unexpected error ends is tried again like anything else
    that failed, and the error raised.

    Without a mailer they wait, and the log says so.
    """
    if mailer is None:
        async with database.transaction_across_clients() as transaction:
            await email_deliveries.note_waiting(transaction.sql, now=now, reason=_NO_SERVER)
        return 0
    async with database.transaction_across_clients() as transaction:
        due = await email_deliveries.claim(transaction.sql, now=now, until=now + _LEASE, limit=limit)
    if not due:
        return 0
    async with database.connection_across_clients() as sql:
        values = await values_of(sql, subjects=[_subject(row) for row in due])
    # All of them end before an error is told: what the server has taken has to be recorded.
    outcomes = await asyncio.gather(
        *(_send(database, mailer, row, known, now) for row, known in zip(due, values, strict=True)),
        return_exceptions=True,
    )
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    return len(due)


async def retry_email_delivery(command: Command, *, delivery_id: int) -> DeliveryChanged:
    """Send an e-mail that failed, was skipped or waits, now, to the address that its order has now.

    Raises NOT_FOUND, and NOTHING_TO_DO when it was sent, or still can't be.
    """

    async def body(work: Work) -> DeliveryChanged:
        found = await email_deliveries.lock(work.sql, client_id=work.client_id, delivery_id=delivery_id)
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such e-mail.", path=("id",))
        problem = (
            "The e-mail was sent already."
            if found["status"] == EmailStatus.SENT
            else "The order still has no e-mail address."
            if found["email"] is None
            else "The e-mail's template was deleted."
            if found["template_id"] is None
            else None
        )
        if problem is not None:
            raise Refusal(ErrorCode.NOTHING_TO_DO, problem, path=("id",))
        await email_deliveries.start_over(
            work.sql,
            client_id=work.client_id,
            delivery_id=delivery_id,
            recipient=found["email"],
            now=work.now,
        )
        work.audit(
            "EMAIL_RETRIED",
            f"An e-mail about order {found['number']} is sent again.",
            order_id=found["order_id"],
            before={"email": delivery_id, "status": found["status"]},
            after={"email": delivery_id, "status": EmailStatus.PENDING},
        )
        return DeliveryChanged(delivery_id)

    return await perform(
        command, operation="retryEmailDelivery", payload=delivery_id, answer=DeliveryChanged, body=body
    )


def _subject(row: Row) -> Subject:
    return Subject(
        client_id=row["client_id"],
        order_id=row["order_id"],
        dispatch_id=row["dispatch_id"],
        previously_promised_at=row["previously_promised_at"],
    )


async def _send(database: Database, mailer: Mailer, row: Row, values: Values, now: datetime) -> None:
    begun = Attempt(
        client_id=row["client_id"],
        delivery_id=row["id"],
        ours_until=row["ours_until"],
        status=EmailStatus.FAILED,
        due_at=now,
    )
    try:
        attempt = await _attempt(mailer, row, values, begun, now)
    except Exception as error:
        failure = f"An unexpected error ended it: {type(error).__name__}. The log tells more."
        await _settle(database, _tried_again(begun, row, failure, now), now)
        raise
    await _settle(database, attempt, now)


async def _settle(database: Database, attempt: Attempt, now: datetime) -> None:
    async with database.transaction(attempt.client_id) as transaction:
        await email_deliveries.settle(transaction.sql, now=now, attempt=attempt)


def _tried_again(attempt: Attempt, row: Row, reason: str, now: datetime) -> Attempt:
    """The attempt, which failed: the e-mail is tried again later, or given up."""
    again = next_email_attempt(attempts=row["attempts"], now=now)
    if again is None:
        return replace(attempt, status=EmailStatus.FAILED, reason=reason)
    return replace(attempt, status=EmailStatus.PENDING, due_at=again, reason=reason)


async def _attempt(mailer: Mailer, row: Row, values: Values, attempt: Attempt, now: datetime) -> Attempt:
    """Make the e-mail and hand it to the mailer; what came of it."""
    if row["subject"] is None:
        return replace(attempt, status=EmailStatus.SKIPPED, reason="Its template was deleted.")
    try:
        # A subject is one line, whatever its template breaks or indents.
        subject = " ".join(render(row["subject"], values).split())
        text = render(row["body"], values)
    except UnusableTemplateError as error:
        return replace(attempt, reason=f"Its template does not render in line {error.line}: {error.message}")
    attempt = replace(attempt, subject=subject, body=text)
    reference = f"{row['client_id']}.{row['id']}"
    try:
        await mailer.send(Email(recipient=row["recipient"], subject=subject, body=text, reference=reference))
    except EmailRefusedError as error:
        return replace(attempt, reason=str(error))
    except EmailNotSentError as error:
        return _tried_again(attempt, row, str(error), now)
    return replace(attempt, status=EmailStatus.SENT)
