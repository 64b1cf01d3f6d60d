"""processorScheduleChanged: when the Order Processor is to run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.subscriptions.arguments import After, CenterId, stream
from api.subscriptions.events import SubjectEvent
from api.types.node import load
from api.types.processor_runs import ProcessorSchedule
from domain.store.events import Topic


@strawberry.type(description="A schedule of the Order Processor was set, paused or removed.")
class ProcessorScheduleEvent(SubjectEvent):
    """One event of `processorScheduleChanged`."""

    @batched(description="The schedule, as it is when the event is delivered; null when it has been removed.")
    async def schedule(parents: Parents, info: Info) -> list[ProcessorSchedule | None]:
        return await load(info, "ProcessorSchedule", [event.subject_id for event in parents])


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
            root=ProcessorScheduleEvent.of,
            after=after,
            distribution_center=distribution_center,
        )
