"""Mutations of Backlog SKUs and delivery notes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.mutations.orders import OrderId
from api.mutations.payloads import ERRORS, OrderPayload
from api.roles import OPERATORS
from api.types.backlog_skus import BacklogSku
from api.types.dispatches import Dispatch
from api.types.node import load
from domain.operations import backlog_skus, delivery_notes
from domain.operations.answers import OrderChanged
from domain.operations.command import Command


@strawberry.input(description="A Backlog SKU to apply to a delivery note.")
class BacklogSkuQuantityInput:
    """How much of which Backlog SKU."""

    backlog_sku_id: strawberry.ID = strawberry.field(description="The Backlog SKU.")
    quantity: int | None = strawberry.field(default=None, description="Units; what remains if not given.")


@strawberry.input(description="When the goods of a Backlog SKU are expected.")
class BacklogSkuDateInput:
    """A date for a Backlog SKU."""

    backlog_sku_id: strawberry.ID = strawberry.field(description="The Backlog SKU.")
    expected_on: date | None = strawberry.field(
        default=None, description="The date; left out, it is that of the promise."
    )


@strawberry.type(description="The answer of a mutation that makes dispatches.")
class DispatchesPayload:
    """The dispatches that were made."""

    dispatch_ids: strawberry.Private[list[int]]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The dispatches that were made: one per order.")
    async def dispatches(parents: Parents, info: Info) -> list[list[Dispatch]]:
        return [await load(info, "Dispatch", payload.dispatch_ids) for payload in parents]


@strawberry.type(description="The answer of a mutation of Backlog SKUs.")
class BacklogSkusPayload:
    """The Backlog SKUs that were changed."""

    backlog_sku_ids: strawberry.Private[list[int]]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The Backlog SKUs as they are now.")
    async def backlog_skus(parents: Parents, info: Info) -> list[list[BacklogSku]]:
        return [await load(info, "BacklogSku", payload.backlog_sku_ids) for payload in parents]


@strawberry.type
class BacklogSkuMutations:
    """The part of `Mutation` about Backlog SKUs."""

    @strawberry.mutation(
        description="Create a Backlog SKU for every order line that waits in the processor's queue (A2). The "
        "order must be confirmed and have neither Backlog SKUs nor a dispatch; it is locked (A3)."
    )
    async def create_backlog_skus(
        self, info: Info, order_id: OrderId, idempotency_key: IdempotencyKey = None
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            number = decode_id("Order", order_id, argument="orderId")
            return await backlog_skus.create_backlog_skus(command, order_id=number)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        return OrderPayload.of(outcome)

    @strawberry.mutation(
        description="Delete an order's Backlog SKUs and unlock it (A7), while none was applied to a delivery "
        "note and the setting allowBacklogSkuRevert is on."
    )
    async def revert_backlog_skus(
        self, info: Info, order_id: OrderId, idempotency_key: IdempotencyKey = None
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            number = decode_id("Order", order_id, argument="orderId")
            return await backlog_skus.revert_backlog_skus(command, order_id=number)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        return OrderPayload.of(outcome)

    @strawberry.mutation(
        description="Apply Backlog SKUs to delivery notes (A8): one dispatch per order and distribution "
        "center. All of them are applied, or none."
    )
    async def create_delivery_notes(
        self,
        info: Info,
        items: Annotated[
            list[BacklogSkuQuantityInput], strawberry.argument(description="What to deliver, at most 10,000.")
        ],
        idempotency_key: IdempotencyKey = None,
    ) -> DispatchesPayload:
        async def operation(command: Command) -> delivery_notes.DeliveryNotes:
            chosen = [
                delivery_notes.DeliveryItem(_backlog_sku("items", place, item.backlog_sku_id), item.quantity)
                for place, item in enumerate(items)
            ]
            return await delivery_notes.create_delivery_notes(command, items=chosen)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        made = outcome.result
        return DispatchesPayload(dispatch_ids=made.dispatch_ids if made else [], user_errors=outcome.errors)

    @strawberry.mutation(description="Note when the goods of Backlog SKUs are expected (A1).")
    async def set_backlog_sku_dates(
        self,
        info: Info,
        input: Annotated[
            list[BacklogSkuDateInput], strawberry.argument(description="The dates, at most 10,000.")
        ],
        idempotency_key: IdempotencyKey = None,
    ) -> BacklogSkusPayload:
        async def operation(command: Command) -> backlog_skus.BacklogSkusChanged:
            dates = [
                backlog_skus.ExpectedDate(_backlog_sku("input", place, item.backlog_sku_id), item.expected_on)
                for place, item in enumerate(input)
            ]
            return await backlog_skus.set_expected_dates(command, dates=dates)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        changed = outcome.result
        return BacklogSkusPayload(
            backlog_sku_ids=changed.backlog_sku_ids if changed else [], user_errors=outcome.errors
        )


def _backlog_sku(argument: str, place: int, global_id: strawberry.ID) -> int:
    return decode_id("BacklogSku", global_id, argument=(argument, str(place), "backlogSkuId"))
