"""Mutations of schedules, and runs on demand."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import ExpectedEdit, IdempotencyKey, answered
from api.mutations.payloads import RunPayload, SchedulePayload
from api.roles import ADMINS, OPERATORS
from domain.operations import processor_runs, schedules
from domain.operations.command import Command
from domain.operations.timing import TimeOfDay, Timing, timing_of
from domain.rules.vocabulary import Weekday

CenterId = Annotated[strawberry.ID, strawberry.argument(description="The distribution center.")]

Enabled = Annotated[bool | None, strawberry.argument(description="Whether it runs, or is paused.")]


@strawberry.input(description="A time at which a schedule is due.")
class ScheduledTimeInput:
    """A time of the day."""

    at: str = strawberry.field(description="The time, HH:MM in UTC, such as 06:30.")
    weekdays: list[Weekday] | None = strawberry.field(
        default=None, description="The days on which it is due; every day, if not given."
    )


@strawberry.type
class ProcessorRunMutations:
    """The part of `Mutation` about the Order Processor."""

    @strawberry.mutation(
        description="Set when the Order Processor runs for a distribution center (B2), or pause it. "
        "Takes the role ADMIN."
    )
    async def set_processor_schedule(
        self,
        info: Info,
        distribution_center: CenterId,
        cron: Annotated[
            str,
            strawberry.argument(
                description="Five fields: minute hour day month weekday, in UTC; such as 0 6,12,18 * * 1-5. "
                "Several expressions have semicolons between them."
            ),
        ],
        enabled: Enabled = True,
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> SchedulePayload:
        return await _set_schedule(
            info,
            distribution_center,
            Timing(cron=cron),
            enabled,
            expected_version=expected_version,
            idempotency_key=idempotency_key,
        )

    @strawberry.mutation(
        description="Set when the Order Processor runs for a distribution center (B2) by a list of times "
        "instead of a cron expression, or pause it. Takes the role ADMIN."
    )
    async def set_processor_times(
        self,
        info: Info,
        distribution_center: CenterId,
        times: Annotated[
            list[ScheduledTimeInput], strawberry.argument(description="When it runs, from 1 to 100 times.")
        ],
        enabled: Enabled = True,
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> SchedulePayload:
        told = [
            TimeOfDay(at=time.at, weekdays=None if time.weekdays is None else tuple(time.weekdays))
            for time in times
        ]
        return await _set_schedule(
            info,
            distribution_center,
            told,
            enabled,
            expected_version=expected_version,
            idempotency_key=idempotency_key,
        )

    @strawberry.mutation(description="Run the Order Processor for a distribution center now.")
    async def run_order_processor(
        self, info: Info, distribution_center: CenterId, idempotency_key: IdempotencyKey = None
    ) -> RunPayload:
        async def operation(command: Command) -> processor_runs.RunRequested:
            return await processor_runs.request_run(
                command,
                distribution_center_id=decode_id(
                    "DistributionCenter", distribution_center, argument="distributionCenter"
                ),
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        requested = outcome.result
        if requested and info.context.jobs:
            await info.context.jobs.process_run(client_id=info.context.client_id, run_id=requested.run_id)
        return RunPayload(run_id=requested.run_id if requested else None, user_errors=outcome.errors)


async def _set_schedule(
    info: Info,
    distribution_center: strawberry.ID,
    told: Timing | list[TimeOfDay],
    enabled: bool | None,
    *,
    expected_version: int | None,
    idempotency_key: str | None,
) -> SchedulePayload:
    async def operation(command: Command) -> schedules.ScheduleSet:
        return await schedules.set_processor_schedule(
            command,
            distribution_center_id=decode_id(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
            timing=told if isinstance(told, Timing) else timing_of(told),
            enabled=enabled is not False,
            expected_version=expected_version,
        )

    outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
    saved = outcome.result
    return SchedulePayload(schedule_id=saved.schedule_id if saved else None, user_errors=outcome.errors)
