"""Where a client's webhooks go, and how that has gone lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.store.database import Connection, Row
from domain.store.webhook_deliveries import IN_TURN


async def lock(sql: Connection, *, client_id: int, endpoint_id: int) -> Row | None:
    """The endpoint, locked until the transaction ends."""
    return await sql.fetchrow(
        "SELECT * FROM webhook_endpoints WHERE client_id = $1 AND id = $2 FOR NO KEY UPDATE",
        client_id,
        endpoint_id,
    )


async def others(sql: Connection, *, client_id: int, endpoint_id: int | None) -> list[str]:
    """The names of the client's other endpoints, to which nobody adds one until the transaction ends."""
    await sql.execute("SELECT FROM client_settings WHERE client_id = $1 FOR NO KEY UPDATE", client_id)
    rows = await sql.fetch(
        "SELECT name FROM webhook_endpoints WHERE client_id = $1 AND id IS DISTINCT FROM $2",
        client_id,
        endpoint_id,
    )
    return [row["name"] for row in rows]


async def has_center(sql: Connection, *, client_id: int, distribution_center_id: int) -> bool:
    """Whether the client has this distribution center."""
    found: bool = await sql.fetchval(
        "SELECT EXISTS (SELECT 1 FROM distribution_centers WHERE client_id = $1 AND id = $2)",
        client_id,
        distribution_center_id,
    )
    return found


async def insert(
    sql: Connection,
    *,
    client_id: int,
    name: str,
    url: str,
    events: Sequence[str],
    distribution_center_id: int | None,
    enabled: bool,
    secret: str,
    now: datetime,
) -> int:
    """A new endpoint, which is told of what happens from now on; its id."""
    endpoint_id: int = await sql.fetchval(
        """
        INSERT INTO webhook_endpoints (client_id, name, url, events, distribution_center_id, enabled, secret,
                                       after_seq, created_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, position.last_seq, $8 FROM event_position AS position
        RETURNING id
        """,
        client_id,
        name,
        url,
        list(events),
        distribution_center_id,
        enabled,
        secret,
        now,
    )
    return endpoint_id


async def change(
    sql: Connection,
    *,
    client_id: int,
    endpoint_id: int,
    name: str,
    url: str,
    events: Sequence[str],
    distribution_center_id: int | None,
    enabled: bool,
) -> None:
    """Change the endpoint, with nothing held against it any more."""
    await sql.execute(
        """
        UPDATE webhook_endpoints
        SET name = $3, url = $4, events = $5, distribution_center_id = $6, enabled = $7,
            disabled_reason = NULL, failures = 0, retry_at = NULL, last_error = NULL
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        endpoint_id,
        name,
        url,
        list(events),
        distribution_center_id,
        enabled,
    )


async def rotate(
    sql: Connection, *, client_id: int, endpoint_id: int, secret: str, until: datetime | None
) -> int:
    """Sign with this secret, and until `until` with the one before as well; the number of the new one."""
    number: int = await sql.fetchval(
        """
        UPDATE webhook_endpoints
        SET secret = $3, secret_number = secret_number + 1, previous_secret_until = $4::timestamptz,
            previous_secret = CASE WHEN $4::timestamptz IS NOT NULL THEN secret END
        WHERE client_id = $1 AND id = $2 RETURNING secret_number
        """,
        client_id,
        endpoint_id,
        secret,
        until,
    )
    return number


async def delete(sql: Connection, *, client_id: int, endpoint_id: int) -> None:
    """Forget the endpoint, its secrets and its deliveries."""
    await sql.execute(
        "DELETE FROM webhook_endpoints WHERE client_id = $1 AND id = $2", client_id, endpoint_id
    )


async def claim(
    sql: Connection, *, client_id: int, endpoint_id: int, holder: str, lease: timedelta
) -> Row | None:
    """Make `holder` the one who sends to the endpoint; the row, or None while another one is."""
    return await sql.fetchrow(
        """
        UPDATE webhook_endpoints SET lease_holder = $3, lease_until = clock_timestamp() + $4::interval
        WHERE client_id = $1 AND id = $2 AND (lease_holder IS NULL OR lease_until < clock_timestamp())
        RETURNING *
        """,
        client_id,
        endpoint_id,
        holder,
        lease,
    )


async def renew(sql: Connection, *, client_id: int, endpoint_id: int, holder: str, lease: timedelta) -> bool:
    """Extend the lease; False when the endpoint is no longer `holder`'s."""
    renewed = await sql.execute(
        """
        UPDATE webhook_endpoints SET lease_until = clock_timestamp() + $4::interval
        WHERE client_id = $1 AND id = $2 AND lease_holder = $3
        """,
        client_id,
        endpoint_id,
        holder,
        lease,
    )
    return bool(renewed == "UPDATE 1")


async def owned(sql: Connection, *, client_id: int, endpoint_id: int, holder: str) -> Row | None:
    """The endpoint, locked, while it is still `holder`'s."""
    return await sql.fetchrow(
        """
        SELECT * FROM webhook_endpoints WHERE client_id = $1 AND id = $2 AND lease_holder = $3
        FOR NO KEY UPDATE
        """,
        client_id,
        endpoint_id,
        holder,
    )


async def release(sql: Connection, *, client_id: int, endpoint_id: int, holder: str) -> None:
    """Let another worker send to the endpoint from now on."""
    await sql.execute(
        """
        UPDATE webhook_endpoints SET lease_holder = NULL, lease_until = NULL
        WHERE client_id = $1 AND id = $2 AND lease_holder = $3
        """,
        client_id,
        endpoint_id,
        holder,
    )


async def waiting(sql: Connection, *, now: datetime) -> list[Row]:
    """Endpoints of every client on which no worker is at work and for which there may be something to send.

    An event that is not looked at yet may turn out not to be wanted.
    """
    return await sql.fetch(
        f"""
        SELECT endpoint.client_id, endpoint.id FROM webhook_endpoints AS endpoint
        WHERE (endpoint.lease_holder IS NULL OR endpoint.lease_until < clock_timestamp())
          AND (endpoint.enabled AND (endpoint.retry_at IS NULL OR endpoint.retry_at <= $1)
               AND (EXISTS (SELECT 1 FROM event_log AS event
                            WHERE event.client_id = endpoint.client_id AND event.seq > endpoint.after_seq)
                    OR EXISTS (SELECT 1 FROM webhook_deliveries AS delivery
                               WHERE delivery.client_id = endpoint.client_id
                                 AND delivery.endpoint_id = endpoint.id
                                 AND delivery.status = 'PENDING' AND delivery.due_at <= $1 AND {IN_TURN}))
               OR EXISTS (SELECT 1 FROM webhook_deliveries AS ping
                          WHERE ping.client_id = endpoint.client_id AND ping.endpoint_id = endpoint.id
                            AND ping.status = 'PENDING' AND ping.event = 'PING'))
        """,  # noqa: S608 - the condition of webhook_deliveries
        now,
    )


async def looked_at(sql: Connection, *, client_id: int, endpoint_id: int, after_seq: int) -> None:
    """Everything up to this event was looked at for the endpoint."""
    await sql.execute(
        "UPDATE webhook_endpoints SET after_seq = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        endpoint_id,
        after_seq,
    )


async def keep_up(sql: Connection) -> None:
    """Move endpoints of clients to which nothing has happened since to the end of the log.

    What they have not looked at is nothing, and never expires.
    """
    await sql.execute(
        """
        UPDATE webhook_endpoints AS endpoint SET after_seq = position.last_seq
        FROM event_position AS position
        WHERE endpoint.after_seq < position.last_seq
          AND NOT EXISTS (SELECT 1 FROM event_log AS event
                          WHERE event.client_id = endpoint.client_id AND event.seq > endpoint.after_seq)
        """
    )


async def succeeded(sql: Connection, *, client_id: int, endpoint_id: int, at: datetime) -> None:
    """The receiver took something: close its circuit."""
    await sql.execute(
        """
        UPDATE webhook_endpoints SET failures = 0, retry_at = NULL, last_error = NULL, last_success_at = $3
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        endpoint_id,
        at,
    )


async def failed(
    sql: Connection,
    *,
    client_id: int,
    endpoint_id: int,
    failures: int,
    retry_at: datetime | None,
    error: str,
) -> None:
    """The receiver took nothing: note for how often in a row, and when it may be tried again."""
    await sql.execute(
        """
        UPDATE webhook_endpoints SET failures = $3, retry_at = $4, last_error = $5
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        endpoint_id,
        failures,
        retry_at,
        error,
    )


async def disable(sql: Connection, *, client_id: int, endpoint_id: int, reason: str) -> None:
    """Send nothing to the endpoint until somebody enables it again."""
    await sql.execute(
        "UPDATE webhook_endpoints SET enabled = false, disabled_reason = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        endpoint_id,
        reason,
    )
