"""What events tell that say nothing but that something changed: which one it was can be asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from api.realtime import cursor
from domain.store.events import LoggedEvent


@strawberry.type
class SubjectEvent:
    """One event about something that is loaded by its id when it is asked for."""

    subject_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed it: the name of a mutation or job.")

    @classmethod
    def of(cls, event: LoggedEvent) -> Self:
        """The GraphQL object of an event."""
        return cls(
            subject_id=event.subject_id, cursor=cursor.encode(event.seq), at=event.at, cause=event.cause
        )
