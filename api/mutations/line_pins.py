"""Mutations of pins (F3)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import ExpectedVersion, IdempotencyKey, answered
from api.mutations.orders import LineId
from api.mutations.payloads import OrderPayload
from api.roles import OPERATORS
from domain.operations import line_pins
from domain.operations.answers import OrderChanged
from domain.operations.command import Command


@strawberry.type
class LinePinMutations:
    """The part of `Mutation` about pins."""

    @strawberry.mutation(
        description="Pin an order line: no reallocation takes anything of what is set aside for it, now or "
        "later. Pinned again, it is pinned for the new reason."
    )
    async def pin_order_line(
        self,
        info: Info,
        line_id: LineId,
        reason: Annotated[str, strawberry.argument(description="Why; at most 255 characters.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            return await line_pins.pin_order_line(
                command,
                line_id=decode_id("OrderLine", line_id, argument="lineId"),
                reason=reason,
                expected_version=expected_version,
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        return OrderPayload.of(outcome)

    @strawberry.mutation(description="Take the pin of an order line away.")
    async def unpin_order_line(
        self,
        info: Info,
        line_id: LineId,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            return await line_pins.unpin_order_line(
                command,
                line_id=decode_id("OrderLine", line_id, argument="lineId"),
                expected_version=expected_version,
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        return OrderPayload.of(outcome)
