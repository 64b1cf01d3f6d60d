"""E-mails to customers, from the change that causes one to the answer of the mail server (D7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.vocabulary import EmailEvent, EmailStatus
from domain.store.database import Connection, Row, plan_for_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an order was before a transaction changed it; without statuses it is a new order.

    `promised_at` is what it was promised before, where `promise_changed`.
    """

    order_id: int
    status: str | int | None
    back_order_status: str | int | None
    promise_changed: bool
    promised_at: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """Something about an order, and maybe one of its dispatches, that its customer should be told."""

    event: EmailEvent
    order_id: int
    dispatch_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of trying to send an e-mail, which was ours until `ours_until`.

    A PENDING one is tried again at `due_at`.
    """

    client_id: int
    delivery_id: int
    ours_until: datetime
    status: EmailStatus
    due_at: datetime
    subject: str | None = None
    body: str | None = None
    reason: str | None = None


async def record(
    sql: Connection, *, client_id: int, at: datetime, changes: Sequence[Change], told: Sequence[Told]
) -> None:
    """Record the e-mails that the changes in this transaction cause, where a template is assigned to them.

    Several changes of one transaction cause one e-mail of a kind per order or, when shipped, per dispatch.
    An order that becomes back-ordered is not told of its promise besides, and one that waits for nothing any
    more is not told that it has none: what was promised is there.
    """
    if not changes and not told:
        return
    await sql.execute(
        _RECORD,
        client_id,
        at,
        [change.order_id for change in changes],
        [change.status for change in changes],
        [change.back_order_status for change in changes],
        [change.promise_changed for change in changes],
        [change.promised_at for change in changes],
        [each.event for each in told],
        [each.order_id for each in told],
        [each.dispatch_id for each in told],
    )


async def claim(sql: Connection, *, now: datetime, until: datetime, limit: int) -> list[Row]:
    """Take e-mails of every client that are due; should we die, others find them due again at `until`.

    Each row has what `store.email_values` needs, and the template's texts, or none if it was deleted.
    """
    await plan_for_rows(sql)
    return await sql.fetch(
        """
        WITH due AS (
            SELECT client_id, id FROM email_deliveries WHERE status = 'PENDING' AND due_at <= $1
            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE email_deliveries AS delivery SET attempts = attempts + 1, due_at = $2
            FROM due WHERE delivery.client_id = due.client_id AND delivery.id = due.id
            RETURNING delivery.*
        )
        SELECT taken.client_id, taken.id, taken.order_id, taken.dispatch_id, taken.previously_promised_at,
               taken.attempts, taken.due_at AS ours_until, taken.recipient, template.subject, template.body
        FROM taken
        LEFT JOIN email_templates AS template
            ON template.client_id = taken.client_id AND template.id = taken.template_id
        """,
        now,
        until,
        limit,
    )


async def note_waiting(sql: Connection, *, now: datetime, reason: str) -> None:
    """Say in the log of every e-mail that is due why nobody sends it."""
    await sql.execute(
        """
        UPDATE email_deliveries SET reason = $2
        WHERE status = 'PENDING' AND due_at <= $1 AND reason IS DISTINCT FROM $2
        """,
        now,
        reason,
    )


async def settle(sql: Connection, *, now: datetime, attempt: Attempt) -> None:
    """Record what came of an attempt, unless somebody has had the e-mail sent again meanwhile.

    How often it was tried does not tell: whoever starts over counts anew.
    """
    await sql.execute(
        """
        UPDATE email_deliveries
        SET status = $4, due_at = $5, subject = coalesce($6, subject), body = coalesce($7, body), reason = $8,
            sent_at = CASE WHEN $4 = 'SENT' THEN $9::timestamptz END
        WHERE client_id = $1 AND id = $2 AND status = 'PENDING' AND due_at = $3
        """,
        attempt.client_id,
        attempt.delivery_id,
        attempt.ours_until,
        attempt.status,
        attempt.due_at,
        attempt.subject,
        attempt.body,
        attempt.reason,
        now,
    )


async def lock(sql: Connection, *, client_id: int, delivery_id: int) -> Row | None:
    """The e-mail, locked, with its order's address as it is now."""
    return await sql.fetchrow(
        """
        SELECT delivery.id, delivery.status, delivery.order_id, delivery.template_id, o.email, o.number
        FROM email_deliveries AS delivery JOIN orders AS o ON o.client_id = $1 AND o.id = delivery.order_id
            AND o.id = (SELECT order_id FROM email_deliveries WHERE client_id = $1 AND id = $2)
        WHERE delivery.client_id = $1 AND delivery.id = $2
        FOR UPDATE OF delivery
        """,
        client_id,
        delivery_id,
    )


async def start_over(
    sql: Connection, *, client_id: int, delivery_id: int, recipient: str, now: datetime
) -> None:
    """Have the e-mail sent to this address, with all attempts before it."""
    await sql.execute(
        """
        UPDATE email_deliveries
        SET status = 'PENDING', attempts = 0, due_at = $4, recipient = $3, reason = NULL
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        delivery_id,
        recipient,
        now,
    )


_RECORD = """
WITH happened AS (
    SELECT o.id AS order_id, NULL::bigint AS dispatch_id, change.promised_at,
           unnest(ARRAY[
               CASE WHEN o.back_order_status <> 'NONE' AND coalesce(change.back_order_status, 'NONE') = 'NONE'
                        THEN 'OUT_OF_STOCK'
                    WHEN change.promise_changed AND (o.promised_at IS NOT NULL OR EXISTS (
                        SELECT FROM pool_demand AS demand
                        WHERE demand.client_id = $1 AND demand.order_id = o.id
                          AND (demand.back_ordered > 0 OR demand.route = 'DROPSHIP')))
                        THEN 'PROMISE_CHANGED' END,
               CASE WHEN o.status IN ('CANCELLED', 'PARTIALLY_CANCELLED')
                         AND o.status IS DISTINCT FROM change.status THEN 'CANCELLED' END
           ]) AS event
    FROM unnest($3::bigint[], $4::text[], $5::text[], $6::bool[], $7::timestamptz[])
        AS change(order_id, status, back_order_status, promise_changed, promised_at)
    JOIN orders AS o ON o.client_id = $1 AND o.id = ANY($3::bigint[]) AND o.id = change.order_id
    UNION ALL
    SELECT order_id, dispatch_id, NULL, event
    FROM unnest($8::text[], $9::bigint[], $10::bigint[]) AS told(event, order_id, dispatch_id)
)
INSERT INTO email_deliveries (client_id, event, order_id, dispatch_id, template_id, previously_promised_at,
                              recipient, status, reason, created_at, due_at)
SELECT $1, happened.event, happened.order_id, happened.dispatch_id, assignment.template_id,
       CASE WHEN happened.event = 'PROMISE_CHANGED' THEN happened.promised_at END,
       o.email, CASE WHEN o.email IS NULL THEN 'SKIPPED' ELSE 'PENDING' END,
       CASE WHEN o.email IS NULL THEN 'The order has no e-mail address.' END, $2, $2
FROM happened
JOIN email_assignments AS assignment ON assignment.client_id = $1 AND assignment.event = happened.event
JOIN orders AS o ON o.client_id = $1 AND o.id = ANY($3::bigint[] || $9::bigint[]) AND o.id = happened.order_id
ORDER BY happened.order_id, happened.event
ON CONFLICT ON CONSTRAINT once_per_transition DO NOTHING
"""
