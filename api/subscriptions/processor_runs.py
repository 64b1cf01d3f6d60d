"""processorRunChanged: runs of the Order Processor as they start, progress and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.realtime import cursor
from api.subscriptions.arguments import After, CenterId, stream
from api.types.node import load
from api.types.processor_runs import ProcessorRun
from domain.store.events import LoggedEvent, Topic


@strawberry.type(description="A run of the Order Processor was scheduled, started, progressed or ended.")
class ProcessorRunEvent:
    """One event of `processorRunChanged`."""

    run_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")

    @batched(description="The run, as it is when the event is delivered.")
    async def run(parents: Parents, info: Info) -> list[ProcessorRun]:
        return await load(info, "ProcessorRun", [event.run_id for event in parents])


def processor_run_event(event: LoggedEvent) -> ProcessorRunEvent:
    """The GraphQL object of an event about a run."""
    return ProcessorRunEvent(run_id=event.subject_id, cursor=cursor.encode(event.seq), at=event.at)


@strawberry.type
class ProcessorRunSubscriptions:
    """The part of `Subscription` about runs."""

    @strawberry.subscription(
        description="Runs of the Order Processor whose status or progress changed, in their order."
    )
    async def processor_run_changed(
        self, info: Info, distribution_center: CenterId = None, after: After = None
    ) -> AsyncIterator[ProcessorRunEvent]:
        return await stream(
            info,
            topic=Topic.RUN,
            root=processor_run_event,
            after=after,
            distribution_center=distribution_center,
        )
