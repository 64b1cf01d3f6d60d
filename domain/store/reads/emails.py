"""Templates and deliveries of e-mails, as they are read (D7)."""

from __future__ import annotations

from domain.store.database import Connection, Row
from domain.store.reads.columns import Column, Table
from domain.store.reads.paging import KeyPart, Ordering

_OF_TEMPLATE = ("id", "name", "subject", "body", "updated_at", "version")
EMAIL_TEMPLATES = Table(
    source="email_templates AS template",
    client="template.client_id",
    columns={name: Column(f"template.{name}") for name in _OF_TEMPLATE}
    | {
        "events": Column(
            "ARRAY(SELECT assignment.event FROM email_assignments AS assignment"
            " WHERE assignment.client_id = $1 AND assignment.template_id = template.id"
            " ORDER BY assignment.event)"
        )
    },
)
BY_NAME = Ordering("email template", (KeyPart("name", "template.name", "text"),))

_PLAIN = (
    *("id", "event", "status", "order_id", "dispatch_id", "template_id", "recipient", "subject", "body"),
    *("attempts", "reason", "created_at", "sent_at"),
)
EMAIL_DELIVERIES = Table(
    source="email_deliveries AS delivery",
    client="delivery.client_id",
    columns={name: Column(f"delivery.{name}") for name in _PLAIN}
    | {"next_attempt_at": Column("CASE WHEN delivery.status = 'PENDING' THEN delivery.due_at END")},
    fields={"order": ("order_id",), "dispatch": ("dispatch_id",), "template": ("template_id",)},
)
NEWEST_EMAIL = Ordering("email", (KeyPart("id", "delivery.id", "bigint", descending=True),))


async def assignments(sql: Connection, *, client_id: int) -> list[Row]:
    """Which template is sent for which event: event, template_id and version, by event."""
    return await sql.fetch(
        "SELECT event, template_id, version FROM email_assignments WHERE client_id = $1 ORDER BY event",
        client_id,
    )
