"""The audit trail of a client: who did what, when and from where (F11)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.store.database import Database, Row
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.reference import AUDIT_ENTRIES, BY_TIME
from domain.store.reads.select import Conditions, fetch_page
from domain.store.reference import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries; all conditions hold, and those that are None don't count."""

    actor: str | None = None
    order: int | None = None
    action: Sequence[str] | None = None
    source: str | None = None
    done_from: datetime | None = None
    done_until: datetime | None = None


async def audit_page(
    database: Database,
    *,
    client_id: int,
    audit_filter: AuditFilter,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the entries, the newest first. `source` is how the entry's own begins."""
    conditions = Conditions.of_client(client_id)
    if audit_filter.actor is not None:
        conditions.add("a.actor = ANY({}::text[])", printable([audit_filter.actor]))
    if audit_filter.order is not None:
        conditions.add("a.order_id = {}", audit_filter.order)
    if audit_filter.action is not None:
        conditions.add("a.action = ANY({}::text[])", printable(audit_filter.action))
    if audit_filter.source is not None:
        # Not LIKE: what is asked for is no pattern.
        conditions.add(
            "EXISTS (SELECT FROM unnest({}::text[]) AS place(name) WHERE starts_with(a.source, place.name))",
            printable([audit_filter.source]),
        )
    if audit_filter.done_from is not None:
        conditions.add("a.at >= {}", audit_filter.done_from)
    if audit_filter.done_until is not None:
        conditions.add("a.at < {}", audit_filter.done_until)
    return await fetch_page(
        database,
        AUDIT_ENTRIES,
        conditions=conditions,
        names=AUDIT_ENTRIES.wanted(selected, always=("id",)),
        ordering=BY_TIME,
        request=request,
    )
