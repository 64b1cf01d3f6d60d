"""synchronizationChanged: conversations with marketplaces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.realtime import cursor
from api.subscriptions.arguments import After, stream
from api.types.node import load
from api.types.synchronizations import Synchronization
from domain.store.events import LoggedEvent, Topic


@strawberry.type(description="A synchronization was requested, begun or ended.")
class SynchronizationEvent:
    """One event of `synchronizationChanged`."""

    subject_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed it: the name of a mutation or job.")

    @batched(description="The synchronization, as it is when the event is delivered.")
    async def synchronization(parents: Parents, info: Info) -> list[Synchronization | None]:
        return await load(info, "Synchronization", [event.subject_id for event in parents])


def synchronization_event(event: LoggedEvent) -> SynchronizationEvent:
    """The GraphQL object of an event about a synchronization."""
    return SynchronizationEvent(
        subject_id=event.subject_id, cursor=cursor.encode(event.seq), at=event.at, cause=event.cause
    )


@strawberry.type
class SynchronizationSubscriptions:
    """The part of `Subscription` about synchronizations."""

    @strawberry.subscription(
        description="Synchronizations that were requested, begun or ended, those of a store in their order."
    )
    async def synchronization_changed(
        self, info: Info, after: After = None
    ) -> AsyncIterator[SynchronizationEvent]:
        return await stream(
            info,
            topic=Topic.SYNCHRONIZATION,
            root=synchronization_event,
            after=after,
        )
