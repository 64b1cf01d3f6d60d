"""Schedules and runs of the Order Processor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import orjson
import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import Node, follow, load, node_id
from api.types.reference import DistributionCenter, ShipmentPolicy, recorded_policy
from domain.rules.vocabulary import RunStatus, Weekday
from domain.views.schedules import upcoming_times

if TYPE_CHECKING:
    from api.types.allocation_plans import AllocationPlan
    from api.types.reallocations import ReallocationPlan


@strawberry.type(description="A time at which a schedule is due.")
class ScheduledTime:
    """A time of the day."""

    at: str = strawberry.field(description="The time, HH:MM in UTC.")
    weekdays: list[Weekday] = strawberry.field(description="The days on which it is due.")


@strawberry.type(description="When the Order Processor runs for a distribution center (B2), in UTC.")
class ProcessorSchedule(Node):
    """A schedule."""

    id: strawberry.ID = node_id("ProcessorSchedule")
    cron: str = strawberry.field(
        description="Five fields: minute hour day month weekday, in UTC; several such expressions have "
        "semicolons between them."
    )
    all_clients: bool = strawberry.field(
        description="Whether it is set for this distribution center of all clients, by who runs the "
        "installation; the client's own schedule stands beside it."
    )
    enabled: bool = strawberry.field(description="Whether it runs; a paused one keeps its times.")
    next_run_at: datetime | None = strawberry.field(description="The next run; null while paused.")
    version: int = strawberry.field(
        description="Changes with every change; pass it as `expectedVersion` to change what you have seen."
    )

    @batched(description="The distribution center it belongs to.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(description="The list of times it was set by; null when it was set by a cron expression.")
    def times(parents: Parents) -> list[list[ScheduledTime] | None]:
        return [None if row["times"] is None else orjson.loads(row["times"]) for row in parents]

    @batched(description="All coming runs until then, soonest first; at most 1,000.")
    def upcoming(
        parents: Parents,
        info: Info,
        until: Annotated[
            datetime | None,
            strawberry.argument(description="Until when; 24 hours from now if not given."),
        ] = None,
    ) -> list[list[datetime]]:
        now = info.context.now()
        end = until or now + timedelta(days=1)
        return [
            upcoming_times(cron=row["cron"], enabled=row["enabled"], now=now, until=end) for row in parents
        ]


@strawberry.type(description="One run of the Order Processor over one pool.")
class ProcessorRun(Node):
    """A run, waiting, under way or over."""

    id: strawberry.ID = node_id("ProcessorRun")
    scheduled_at: datetime = strawberry.field(description="When it was due.")
    started_at: datetime | None = strawberry.field(description="When a worker took it up.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    status: RunStatus = strawberry.field(description="How far it has come.")
    requested_by: str = strawberry.field(description="Who asked for it: a user, or the schedule.")
    failure: str | None = strawberry.field(description="Why it failed or was skipped.")
    orders_examined: int = strawberry.field(description="Queued orders it looked at.")
    orders_committed: int = strawberry.field(description="Orders dispatched with all that was open (B4).")
    orders_back_ordered: int = strawberry.field(description="Orders dispatched in part (B6).")
    orders_returned: int = strawberry.field(description="Orders that went back to the queue.")
    dispatches_created: int = strawberry.field(description="Dispatches it made.")

    @batched(description="The distribution center whose orders it processes.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(
        description="The plan that it applies, exactly or not at all (F2); null of a run that does not, and "
        "when the plan is forgotten."
    )
    async def plan(
        parents: Parents, info: Info
    ) -> list[Annotated[AllocationPlan, strawberry.lazy("api.types.allocation_plans")] | None]:
        return await follow(parents, info, "AllocationPlan", "plan_id")

    @batched(
        description="The reallocation that it applies, exactly or not at all (F3); null of a run that does "
        "not, and when the reallocation is forgotten."
    )
    async def reallocation(
        parents: Parents, info: Info
    ) -> list[Annotated[ReallocationPlan, strawberry.lazy("api.types.reallocations")] | None]:
        return await follow(parents, info, "ReallocationPlan", "reallocation_id")

    @batched(description="The shipment policy it went by (B8); null before it has planned.")
    def shipment_policy(parents: Parents) -> list[ShipmentPolicy | None]:
        return [recorded_policy(row["shipment_policy"]) for row in parents]

    @batched(
        description="How much of its plan is carried out, from 0 to 1; of one that applies a `plan` or a "
        "`reallocation`, how much is done of what is committed at the end."
    )
    def progress(parents: Parents) -> list[float]:
        return [
            1.0
            if row["status"] == RunStatus.COMPLETED
            else row["applied_rank"] / row["planned_lines"]
            if row["planned_lines"]
            else 0.0
            for row in parents
        ]


@strawberry.type(description="A run of the Order Processor that was, or a time at which there will be one.")
class BackOrderScheduleEntry:
    """An entry of the Back Order Schedule."""

    at: datetime = strawberry.field(description="When it was or will be due.")
    run: ProcessorRun | None = strawberry.field(description="The run; null while it is still to come.")


@strawberry.type(description="The Back Order Schedule of a distribution center in a window (B11).")
class BackOrderSchedule:
    """What ran and what will run."""

    next_run_at: datetime | None = strawberry.field(
        description="The next scheduled run, whether or not it is in the window; null while there is none."
    )
    entries: list[BackOrderScheduleEntry] = strawberry.field(
        description="Runs and due times in the window, the earliest first: the latest 1,000 runs and the "
        "next 1,000 due times at most."
    )
    truncated: bool = strawberry.field(
        description="Whether the window has more than that; of runs `processorRuns` lists all."
    )

    @batched(description="The distribution center.")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        ids = [schedule.distribution_center_id for schedule in parents]
        return await load(info, "DistributionCenter", ids)
