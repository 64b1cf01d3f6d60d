"""Endpoints and deliveries of outbound webhooks, as they are read. A secret is read by its number only."""

from __future__ import annotations

from collections.abc import Sequence

from domain.store.database import Connection
from domain.store.reads.columns import Column, Table
from domain.store.reads.paging import KeyPart, Ordering

_ENDPOINT = (
    *("id", "name", "url", "events", "distribution_center_id", "enabled", "disabled_reason", "failures"),
    *("retry_at", "last_error", "last_success_at", "created_at", "previous_secret_until"),
)
WEBHOOK_ENDPOINTS = Table(
    source="webhook_endpoints AS endpoint",
    client="endpoint.client_id",
    columns={name: Column(f"endpoint.{name}") for name in _ENDPOINT},
    fields={
        "distribution_center": ("distribution_center_id",),
        "circuit": ("failures", "retry_at"),
        "old_secret_until": ("previous_secret_until",),
    },
)
BY_ENDPOINT_NAME = Ordering("webhook endpoint", (KeyPart("name", "endpoint.name", "text"),))

_DELIVERY = (
    *("id", "event", "status", "endpoint_id", "body", "attempts", "response_status", "reason", "created_at"),
    "delivered_at",
)
WEBHOOK_DELIVERIES = Table(
    source="webhook_deliveries AS delivery",
    client="delivery.client_id",
    columns={name: Column(f"delivery.{name}") for name in _DELIVERY}
    | {
        "message_id": Column("'msg_' || delivery.client_id || '_' || delivery.id"),
        "next_attempt_at": Column("CASE WHEN delivery.status = 'PENDING' THEN delivery.due_at END"),
    },
    fields={"endpoint": ("endpoint_id",), "type": ("event",)},
)
NEWEST_WEBHOOK = Ordering("webhook", (KeyPart("id", "delivery.id", "bigint", descending=True),))


async def secrets_of(
    sql: Connection, *, client_id: int, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """The secret of each (endpoint, number of its secret), while it is the endpoint's."""
    rows = await sql.fetch(
        """
        SELECT endpoint.id, endpoint.secret_number, endpoint.secret
        FROM unnest($2::bigint[], $3::int[]) AS wanted(id, number)
        JOIN webhook_endpoints AS endpoint ON endpoint.client_id = $1 AND endpoint.id = wanted.id
            AND endpoint.secret_number = wanted.number
        """,
        client_id,
        [endpoint_id for endpoint_id, _ in wanted],
        [number for _, number in wanted],
    )
    return {(row["id"], row["secret_number"]): row["secret"] for row in rows}
