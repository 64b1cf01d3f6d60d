"""Mutations of orders: confirming and editing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import ExpectedVersion, IdempotencyKey, answered
from api.mutations.payloads import OrderPayload
from api.mutations.sales_orders import SalesOrderLineInput, order_lines
from api.roles import OPERATORS
from domain.operations import confirm_orders, edit_orders
from domain.operations.answers import OrderChanged
from domain.operations.command import Command

OrderId = Annotated[strawberry.ID, strawberry.argument(description="The order.")]
LineId = Annotated[strawberry.ID, strawberry.argument(description="The order line.")]


@strawberry.type
class OrderMutations:
    """The part of `Mutation` about orders."""

    @strawberry.mutation(
        description="Confirm an order (A9). It stays in the queue. One that is dispatched in part, and "
        "whose rest the processor passes over until it is confirmed, keeps its status."
    )
    async def confirm_order(
        self,
        info: Info,
        id: OrderId,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        return await _confirmed(info, confirm_orders.confirm_order, id, expected_version, idempotency_key)

    @strawberry.mutation(description="Reject an order (A9): it leaves the queue.")
    async def reject_order(
        self,
        info: Info,
        id: OrderId,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        return await _confirmed(info, confirm_orders.reject_order, id, expected_version, idempotency_key)

    @strawberry.mutation(
        description="Take the confirmation or rejection of an order back (A9), while it has neither Backlog "
        "SKUs nor a dispatch."
    )
    async def unconfirm_order(
        self,
        info: Info,
        id: OrderId,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        return await _confirmed(info, confirm_orders.unconfirm_order, id, expected_version, idempotency_key)

    @strawberry.mutation(
        description="Have the processor pass an order over until a time to come, or no longer (D5)."
    )
    async def delay_order(
        self,
        info: Info,
        id: OrderId,
        until: Annotated[
            datetime | None, strawberry.argument(description="Until when; left out, the delay ends.")
        ] = None,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            order_id = decode_id("Order", id, argument="id")
            return await edit_orders.delay_order(
                command, order_id=order_id, until=until, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Ask for another quantity of a line.")
    async def change_order_line(
        self,
        info: Info,
        line_id: LineId,
        requested: Annotated[int, strawberry.argument(description="Units, not below what is dispatched.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            number = decode_id("OrderLine", line_id, argument="lineId")
            return await edit_orders.change_order_line(
                command, line_id=number, requested=requested, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Add lines to an order that is not locked (D8).")
    async def add_order_lines(
        self,
        info: Info,
        order_id: OrderId,
        lines: Annotated[list[SalesOrderLineInput], strawberry.argument(description="The new lines.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            return await edit_orders.add_order_lines(
                command,
                order_id=decode_id("Order", order_id, argument="orderId"),
                new_lines=order_lines(lines),
                expected_version=expected_version,
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Cancel any open quantity of a line (F9).")
    async def cancel_order_line(
        self,
        info: Info,
        line_id: LineId,
        quantity: Annotated[int, strawberry.argument(description="Units, at most what is open.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            number = decode_id("OrderLine", line_id, argument="lineId")
            return await edit_orders.cancel_order_line(
                command, line_id=number, quantity=quantity, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)


async def _confirmed(
    info: Info,
    decide: Callable[..., Awaitable[OrderChanged]],
    id: strawberry.ID,
    expected_version: int | None,
    idempotency_key: str | None,
) -> OrderPayload:
    """Have the confirmation of an order decided."""

    async def operation(command: Command) -> OrderChanged:
        order_id = decode_id("Order", id, argument="id")
        return await decide(command, order_id=order_id, expected_version=expected_version)

    return await _changed(info, operation, idempotency_key)


async def _changed(
    info: Info, operation: Callable[[Command], Awaitable[OrderChanged]], idempotency_key: str | None
) -> OrderPayload:
    return OrderPayload.of(await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key))
