"""Mutations of dry runs (F2)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id, decode_ids
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS, RunPayload
from api.mutations.set_up import ClientSettingsInput, settings_change
from api.roles import OPERATORS
from api.types.allocation_plans import AllocationPlan
from api.types.node import load
from domain.operations.apply_allocation_plan import PlanApplied, apply_allocation_plan
from domain.operations.command import Command
from domain.operations.plan_allocation import HypotheticalReceipt, PlanMade, WhatIf, plan_allocation


@strawberry.input(description="Units that are supposed to come in.")
class HypotheticalReceiptInput:
    """A receipt that is only supposed."""

    sku_code: str = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="Units, 1 or more.")


@strawberry.type(description="The answer of planAllocation.")
class PlanPayload:
    """The plan, unless it was refused."""

    plan_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The plan; null when the call was refused.")
    async def plan(parents: Parents, info: Info) -> list[AllocationPlan | None]:
        return await load(info, "AllocationPlan", [payload.plan_id for payload in parents])


@strawberry.type
class AllocationPlanMutations:
    """The part of `Mutation` about dry runs."""

    @strawberry.mutation(
        description="Decide what a run of the Order Processor would do now, or would do if, without doing it "
        "(F2). Nothing is changed; only the plan itself is kept."
    )
    async def plan_allocation(
        self,
        info: Info,
        distribution_center: Annotated[strawberry.ID, strawberry.argument(description="Where.")],
        receipts: Annotated[
            list[HypotheticalReceiptInput] | None,
            strawberry.argument(description="Suppose that these come in first."),
        ] = None,
        cancelled_orders: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="Suppose that what is open of these orders is cancelled first."),
        ] = None,
        settings: Annotated[
            ClientSettingsInput | None,
            strawberry.argument(
                description="Suppose that these settings are so; a run heeds holdHours, shipmentPolicy and "
                "requireOrderConfirmation."
            ),
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> PlanPayload:
        async def operation(command: Command) -> PlanMade:
            return await plan_allocation(
                command,
                distribution_center_id=decode_id(
                    "DistributionCenter", distribution_center, argument="distributionCenter"
                ),
                what_if=WhatIf(
                    receipts=tuple(
                        HypotheticalReceipt(sku_code=receipt.sku_code, quantity=receipt.quantity)
                        for receipt in receipts or ()
                    ),
                    cancelled_orders=tuple(
                        decode_ids("Order", cancelled_orders or (), argument="cancelledOrders")
                    ),
                    settings=None if settings is None else settings_change(settings),
                ),
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        made = outcome.result
        return PlanPayload(plan_id=made.plan_id if made else None, user_errors=outcome.errors)

    @strawberry.mutation(
        description="Carry out exactly what a plan says, by a run of its own that is completed with the "
        "answer (F2); or nothing of it, with STALE_PLAN, when what it was made from has changed or was only "
        "supposed. A plan is applied once; asked again, the same run is the answer. A plan that gives "
        "something to more than 10,000 lines is applied by a worker: the run is SCHEDULED then, "
        "`processorRunChanged` tells how far it is, and where nothing could be applied it is FAILED, its "
        "`failure` beginning with STALE_PLAN. After that the plan may be applied again."
    )
    async def apply_allocation_plan(
        self,
        info: Info,
        plan_id: Annotated[strawberry.ID, strawberry.argument(description="The plan.")],
        idempotency_key: IdempotencyKey = None,
    ) -> RunPayload:
        async def operation(command: Command) -> PlanApplied:
            number = decode_id("AllocationPlan", plan_id, argument="planId")
            return await apply_allocation_plan(command, plan_id=number)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        applied = outcome.result
        return RunPayload(run_id=applied.run_id if applied else None, user_errors=outcome.errors)
