"""synchronizationChanged: conversations with marketplaces."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.subscriptions.arguments import After, stream
from api.subscriptions.events import SubjectEvent
from api.types.node import load
from api.types.synchronizations import Synchronization
from domain.store.events import Topic


@strawberry.type(description="A synchronization was requested, begun or ended.")
class SynchronizationEvent(SubjectEvent):
    """One event of `synchronizationChanged`."""

    @batched(description="The synchronization, as it is when the event is delivered.")
    async def synchronization(parents: Parents, info: Info) -> list[Synchronization | None]:
        return await load(info, "Synchronization", [event.subject_id for event in parents])


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
            root=SynchronizationEvent.of,
            after=after,
        )
