"""Messages of outbound webhooks, from the event to the receiver's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.vocabulary import WebhookStatus
from domain.store.database import Connection, Row
from domain.store.webhook_messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of trying to deliver a message. A PENDING one is tried again at `due_at`."""

    delivery_id: int
    number: int
    status: WebhookStatus
    due_at: datetime
    response_status: int | None = None
    reason: str | None = None


async def insert(
    sql: Connection,
    *,
    client_id: int,
    endpoint_id: int,
    messages: Sequence[Message],
    now: datetime,
    give_up_at: datetime,
) -> list[int]:
    """Record messages to be delivered, in this order; their ids. One of an event recorded before is not."""
    rows = await sql.fetch(
        """
        INSERT INTO webhook_deliveries (client_id, endpoint_id, event, seq, subject, body, created_at, due_at,
                                        give_up_at)
        SELECT $1, $2, event, seq, subject, body, $7, $7, $8
        FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[]) WITH ORDINALITY
            AS message(event, seq, subject, body, place)
        ORDER BY place
        ON CONFLICT (client_id, endpoint_id, seq) DO NOTHING
        RETURNING id
        """,
        client_id,
        endpoint_id,
        [message.event.value for message in messages],
        [message.seq for message in messages],
        [message.subject for message in messages],
        [message.body for message in messages],
        now,
        give_up_at,
    )
    return [row["id"] for row in rows]


async def pending(sql: Connection, *, client_id: int, endpoint_id: int, most: int) -> int:
    """How many messages wait for the endpoint, counted up to `most`."""
    counted: int = await sql.fetchval(
        """
        SELECT count(*)
        FROM (SELECT 1 FROM webhook_deliveries
              WHERE client_id = $1 AND endpoint_id = $2 AND status = 'PENDING' LIMIT $3) AS waiting
        """,
        client_id,
        endpoint_id,
        most,
    )
    return counted


IN_TURN = """NOT EXISTS (
    SELECT 1 FROM webhook_deliveries AS before
    WHERE before.client_id = delivery.client_id AND before.endpoint_id = delivery.endpoint_id
      AND before.status = 'PENDING' AND before.subject = delivery.subject AND before.id < delivery.id)"""
"""Whether a message `delivery` is the first one that waits about its subject."""


async def claim(
    sql: Connection,
    *,
    client_id: int,
    endpoint_id: int,
    only_pings: bool,
    limit: int,
    now: datetime,
    only_untried: bool = False,
) -> list[Row]:
    """Begin an attempt at messages that are due, each the first one that waits about its subject."""
    return await sql.fetch(
        f"""
        WITH due AS (
            SELECT delivery.id FROM webhook_deliveries AS delivery
            WHERE delivery.client_id = $1 AND delivery.endpoint_id = $2 AND delivery.status = 'PENDING'
              AND delivery.due_at <= $5 AND (NOT $3 OR delivery.event = 'PING')
              AND (NOT $6 OR delivery.attempts = 0) AND {IN_TURN}
            ORDER BY delivery.id LIMIT $4
        ), taken AS (
            UPDATE webhook_deliveries AS delivery SET attempts = attempts + 1
            FROM due WHERE delivery.client_id = $1 AND delivery.id = ANY(ARRAY(SELECT id FROM due))
              AND delivery.id = due.id
            RETURNING delivery.*
        )
        SELECT * FROM taken ORDER BY id
        """,  # noqa: S608 - the condition above
        client_id,
        endpoint_id,
        only_pings,
        limit,
        now,
        only_untried,
    )


async def settle(sql: Connection, *, client_id: int, attempts: Sequence[Attempt], now: datetime) -> None:
    """Record what came of attempts, unless there was a further one at the same message meanwhile."""
    await sql.execute(
        """
        UPDATE webhook_deliveries AS delivery
        SET status = attempt.status, due_at = attempt.due_at, response_status = attempt.response_status,
            reason = attempt.reason,
            delivered_at = CASE WHEN attempt.status = 'DELIVERED' THEN $8::timestamptz END
        FROM unnest($2::bigint[], $3::int[], $4::text[], $5::timestamptz[], $6::int[], $7::text[])
            AS attempt(id, number, status, due_at, response_status, reason)
        WHERE delivery.client_id = $1 AND delivery.id = ANY($2::bigint[]) AND delivery.id = attempt.id
          AND delivery.status = 'PENDING'
          AND delivery.attempts = attempt.number
        """,
        client_id,
        [attempt.delivery_id for attempt in attempts],
        [attempt.number for attempt in attempts],
        [attempt.status.value for attempt in attempts],
        [attempt.due_at for attempt in attempts],
        [attempt.response_status for attempt in attempts],
        [attempt.reason for attempt in attempts],
        now,
    )


async def lock(sql: Connection, *, client_id: int, delivery_id: int) -> Row | None:
    """The delivery, locked, with its endpoint's name and whether that is enabled."""
    return await sql.fetchrow(
        """
        SELECT delivery.*, endpoint.name, endpoint.enabled
        FROM webhook_deliveries AS delivery JOIN webhook_endpoints AS endpoint
            ON endpoint.client_id = $1 AND endpoint.id = delivery.endpoint_id
        WHERE delivery.client_id = $1 AND delivery.id = $2
        FOR UPDATE OF delivery
        """,
        client_id,
        delivery_id,
    )


async def start_over(
    sql: Connection, *, client_id: int, delivery_id: int, now: datetime, give_up_at: datetime
) -> None:
    """Have the message delivered again, with all attempts before it."""
    await sql.execute(
        """
        UPDATE webhook_deliveries
        SET status = 'PENDING', attempts = 0, due_at = $3, give_up_at = $4, reason = NULL,
            response_status = NULL, delivered_at = NULL
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        delivery_id,
        now,
        give_up_at,
    )


async def revive(
    sql: Connection, *, client_id: int, endpoint_id: int, now: datetime, give_up_at: datetime
) -> None:
    """Have everything that waits for the endpoint tried from now on, for as long as if it were new."""
    await sql.execute(
        """
        UPDATE webhook_deliveries SET attempts = 0, due_at = $3, give_up_at = $4
        WHERE client_id = $1 AND endpoint_id = $2 AND status = 'PENDING'
        """,
        client_id,
        endpoint_id,
        now,
        give_up_at,
    )
