"""The audit trail: who did what to which order, when and from where (F11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from domain.store.arrays import numbers, texts
from domain.store.database import Connection


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing done. `before` and `after` hold the values that changed."""

    action: str
    summary: str
    order_id: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


async def write(
    sql: Connection,
    *,
    client_id: int,
    actor: str,
    source: str | None,
    at: datetime,
    entries: Sequence[AuditEntry],
) -> None:
    """Append the entries in one statement."""
    if not entries:
        return
    await sql.execute(INSERT, client_id, at, actor, source, *columns(entries))


def columns(entries: Sequence[AuditEntry]) -> tuple[str, ...]:
    """The parameters of INSERT after the first four."""
    return (
        texts(entry.action for entry in entries),
        texts(entry.summary for entry in entries),
        numbers(entry.order_id for entry in entries),
        texts(_json(entry.before) for entry in entries),
        texts(_json(entry.after) for entry in entries),
    )


INSERT = """
INSERT INTO audit_entries (client_id, at, actor, source, action, summary, order_id, before, after)
SELECT $1, $2, $3, $4, e.action, e.summary, e.order_id, e.before::jsonb, e.after::jsonb
FROM unnest($5::text::text[], $6::text::text[], $7::text::bigint[], $8::text::text[], $9::text::text[])
    AS e(action, summary, order_id, before, after)
"""
"""Appends entries; its parameters are client, time, actor, source, and the columns."""


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else orjson.dumps(values).decode()
