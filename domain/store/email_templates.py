"""Templates of e-mails, and which event each is sent for (D7)."""

from __future__ import annotations

from datetime import datetime

from domain.rules.vocabulary import EmailEvent
from domain.store.database import Connection, Row


async def get(sql: Connection, *, client_id: int, template_id: int) -> Row | None:
    """The template, locked."""
    return await sql.fetchrow(
        """
        SELECT id, name, subject, body, version FROM email_templates
        WHERE client_id = $1 AND id = $2 FOR UPDATE
        """,
        client_id,
        template_id,
    )


async def id_of_name(sql: Connection, *, client_id: int, name: str) -> int | None:
    """The id of the template with this name."""
    template_id: int | None = await sql.fetchval(
        "SELECT id FROM email_templates WHERE client_id = $1 AND name = $2", client_id, name
    )
    return template_id


async def insert(
    sql: Connection, *, client_id: int, name: str, subject: str, body: str, version: int, now: datetime
) -> int:
    """A new template; its id."""
    template_id: int = await sql.fetchval(
        """
        INSERT INTO email_templates (client_id, name, subject, body, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
        """,
        client_id,
        name,
        subject,
        body,
        now,
        version,
    )
    return template_id


async def change(
    sql: Connection,
    *,
    client_id: int,
    template_id: int,
    name: str,
    subject: str,
    body: str,
    version: int,
    now: datetime,
) -> None:
    """Replace all of the template; e-mails that wait to be sent are made of it as it is then."""
    await sql.execute(
        """
        UPDATE email_templates SET name = $3, subject = $4, body = $5, updated_at = $6, version = $7
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        template_id,
        name,
        subject,
        body,
        now,
        version,
    )


async def delete(sql: Connection, *, client_id: int, template_id: int) -> None:
    """Delete the template with its assignments."""
    await sql.execute("DELETE FROM email_templates WHERE client_id = $1 AND id = $2", client_id, template_id)


async def assigned(sql: Connection, *, client_id: int, event: EmailEvent) -> Row | None:
    """Which template (template_id) is sent for the event, and since which edit (version); None for none."""
    return await sql.fetchrow(
        "SELECT template_id, version FROM email_assignments WHERE client_id = $1 AND event = $2",
        client_id,
        event,
    )


async def assign(
    sql: Connection, *, client_id: int, event: EmailEvent, template_id: int | None, version: int
) -> None:
    """Send this template, or none, for the event."""
    await sql.execute("DELETE FROM email_assignments WHERE client_id = $1 AND event = $2", client_id, event)
    if template_id is not None:
        await sql.execute(
            """
            INSERT INTO email_assignments (client_id, event, template_id, version) VALUES ($1, $2, $3, $4)
            """,
            client_id,
            event,
            template_id,
            version,
        )
