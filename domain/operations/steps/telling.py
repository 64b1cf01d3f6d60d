"""Events of work that has no command: what a worker or a marketplace does by itself (F5)."""

from __future__ import annotations

from datetime import datetime

from domain.store import events
from domain.store.database import Connection
from domain.store.events import Event, Topic


async def synchronization_changed(
    sql: Connection, *, client_id: int, synchronization_id: int, cause: str, now: datetime
) -> None:
    """Record that a synchronization was requested, begun or ended, in the transaction that does it."""
    event = Event(
        client_id=client_id,
        topic=Topic.SYNCHRONIZATION,
        at=now,
        cause=cause,
        subject_id=synchronization_id,
    )
    await events.write(sql, [event])
