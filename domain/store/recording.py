"""What a transaction says of itself before it commits, in one statement: audit trail, events, answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from domain.store import audit, events
from domain.store.audit import AuditEntry
from domain.store.database import Connection
from domain.store.events import Event


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer (JSON) to whoever comes again with the idempotency key that was claimed."""

    key: str
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Audit entries and events of one client in the order in which they happened, and the answer to keep."""

    client_id: int
    actor: str
    source: str | None
    at: datetime
    entries: Sequence[AuditEntry]
    events: Sequence[Event]
    answer: Answer | None


Encoded: TypeAlias = tuple[str, ...]


def encoded(entries: Sequence[AuditEntry], told: Sequence[Event]) -> Encoded:
    """Audit entries and events as parameters: that takes longer than anything else Python does of `write`."""
    return (*audit.columns(entries), *events.columns(told))


async def write(sql: Connection, record: Record, *, already: Encoded | None = None) -> bool:
    """Write the record, whose entries and events may be `already` encoded (F5, F6, F11).

    The commit wakes the relay if there are events. Whether the client has e-mail templates assigned to
    anything, or False when there was nothing to write. Lock what the events are about first: two
    transactions that change one order then get their outbox ids in the order of their commits.
    """
    if not record.entries and not record.events and record.answer is None:
        return False
    answer = record.answer
    row = await sql.fetchrow(
        _WRITE,
        record.client_id,
        record.at,
        record.actor,
        record.source,
        *(already or encoded(record.entries, record.events)),
        events.CHANNEL if record.events else None,
        None if answer is None else answer.key,
        None if answer is None else answer.text.decode(),
    )
    return bool(row and row["sends_emails"])


# Nobody is notified on a channel that is null.
_WRITE = f"""
WITH entry AS ({audit.INSERT}), written AS ({events.insert(first_parameter=10)}), kept AS (
    UPDATE idempotency_keys SET answer = $20::text::jsonb
    WHERE client_id = $1 AND key = $19
)
SELECT CASE WHEN $18::text IS NOT NULL THEN pg_notify($18, '') END,
       EXISTS (SELECT 1 FROM email_assignments WHERE client_id = $1) AS sends_emails
"""  # noqa: S608 - our own statements
