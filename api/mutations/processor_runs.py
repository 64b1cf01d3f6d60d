"""Mutations of schedules, and runs on demand."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import ADMINS, OPERATORS, IdempotencyKey, answered
from api.mutations.payloads import RunPayload, SchedulePayload
from domain.operations import processor_runs, schedules
from domain.operations.command import Command

CenterId = Annotated[strawberry.ID, strawberry.argument(description="The distribution center.")]


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
                description="Five fields: minute hour day month weekday, in UTC; such as 0 6,12,18 * * 1-5."
            ),
        ],
        enabled: Annotated[
            bool | None, strawberry.argument(description="Whether it runs, or is paused.")
        ] = True,
        idempotency_key: IdempotencyKey = None,
    ) -> SchedulePayload:
        async def operation(command: Command) -> schedules.ScheduleSet:
            return await schedules.set_processor_schedule(
                command,
                distribution_center_id=decode_id(
                    "DistributionCenter", distribution_center, argument="distributionCenter"
                ),
                cron=cron,
                enabled=enabled is not False,
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        saved = outcome.result
        return SchedulePayload(schedule_id=saved.schedule_id if saved else None, user_errors=outcome.errors)

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
