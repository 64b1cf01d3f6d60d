"""The mutation that splits an order (D8)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id, decode_ids
from api.mutations.answering import ExpectedVersion, IdempotencyKey, answered
from api.mutations.orders import OrderId
from api.mutations.payloads import OrdersPayload
from api.roles import OPERATORS
from domain.operations import split_orders
from domain.operations.command import Command


@strawberry.input(description="A part of an order line.")
class OrderLinePartInput:
    """How many units of which line."""

    line_id: strawberry.ID = strawberry.field(description="The order line.")
    quantity: int = strawberry.field(description="Units of it, 1 or more, that are open.")


@strawberry.type
class OrderSplitMutations:
    """The part of `Mutation` that splits orders."""

    @strawberry.mutation(
        description="Move lines of an order, or units of them, to a new one with the same place in the queue "
        "(D8)."
    )
    async def split_order(
        self,
        info: Info,
        order_id: OrderId,
        line_ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(
                description="The lines to move as a whole, of which nothing is dispatched; empty when only "
                "parts move. Something of the order must stay."
            ),
        ],
        new_number: Annotated[str, strawberry.argument(description="The new order's number.")],
        parts: Annotated[
            list[OrderLinePartInput] | None,
            strawberry.argument(description="Lines that stay, and how many of their open units move."),
        ] = None,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrdersPayload:
        async def operation(command: Command) -> split_orders.OrderSplit:
            return await split_orders.split_order(
                command,
                order_id=decode_id("Order", order_id, argument="orderId"),
                line_ids=decode_ids("OrderLine", line_ids, argument="lineIds"),
                parts=[
                    split_orders.Part(
                        decode_id("OrderLine", part.line_id, argument=("parts", str(place), "lineId")),
                        part.quantity,
                    )
                    for place, part in enumerate(parts or ())
                ],
                new_number=new_number,
                expected_version=expected_version,
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        split = outcome.result
        return OrdersPayload(
            order_ids=[split.order_id, split.new_order_id] if split else [], user_errors=outcome.errors
        )
