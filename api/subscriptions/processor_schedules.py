"""processorScheduleChanged: when the Order Processor is to run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.realtime import cursor
from api.subscriptions.arguments import After, CenterId, stream
from api.types.node import load
from api.types.processor_runs import ProcessorSchedule
from domain.store.events import LoggedEvent, Topic


@strawberry.type(description="A schedule of the Order Processor was set, paused or removed.")
class ProcessorScheduleEvent:
    """One event of `processorScheduleChanged`."""

    subject_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed it: the name of a mutation or job.")

    @batched(description="The schedule, as it is when the event is delivered; null when it has been removed.")
    async def schedule(parents: Parents, info: Info) -> list[ProcessorSchedule | None]:
        return await load(info, "ProcessorSchedule", [event.subject_id for event in parents])


def schedule_event(event: LoggedEvent) -> ProcessorScheduleEvent:
    """The GraphQL object of an event about a schedule."""
    return ProcessorScheduleEvent(
        subject_id=event.subject_id, cursor=cursor.encode(event.seq), at=event.at, cause=event.cause
    )


@strawberry.type
class ProcessorScheduleSubscriptions:
    """The part of `Subscription` about schedules."""

    @strawberry.subscription(
        description="Schedules that were set, paused or removed, in their order; of the runs they make "
        "`processorRunChanged` tells."
    )
    async def processor_schedule_changed(
        self, info: Info, distribution_center: CenterId = None, after: After = None
    ) -> AsyncIterator[ProcessorScheduleEvent]:
        return await stream(
            info,
            topic=Topic.SCHEDULE,
            root=schedule_event,
            after=after,
            distribution_center=distribution_center,
        )
