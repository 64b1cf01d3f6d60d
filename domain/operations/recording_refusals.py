"""Refusals in the audit trail: who was kept from what (F11). How often that is worth an entry, doors know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from domain.store import audit
from domain.store.audit import AuditEntry
from domain.store.database import Database


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody was refused: a code, in words, and figures; `actor` and `source` as in other entries."""

    client_id: int
    actor: str
    source: str | None
    action: str
    summary: str
    details: Mapping[str, Any]


async def record_refusal(database: Database, *, refused: Refused, now: datetime) -> None:
    """Append the entry. What was refused was not done, so it has only an `after`, with the details."""
    async with database.transaction(refused.client_id) as transaction:
        await audit.write(
            transaction.sql,
            client_id=refused.client_id,
            actor=refused.actor,
            source=refused.source,
            at=now,
            entries=[AuditEntry(refused.action, refused.summary, after=refused.details)],
        )
