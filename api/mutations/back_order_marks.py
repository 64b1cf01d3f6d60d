"""Mutations of manual back order marks (D9)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_ids
from api.mutations.answering import IdempotencyKey, answered, user_errors
from api.mutations.payloads import OrdersPayload
from api.roles import OPERATORS
from domain.operations import back_order_marks
from domain.operations.command import Command
from domain.rules.vocabulary import BackOrderMark


@strawberry.type
class BackOrderMarkMutations:
    """The part of `Mutation` about back order marks."""

    @strawberry.mutation(
        description="Mark orders as back orders, or as none, by hand (D9). A mark decides `backOrderStatus` "
        "until it is removed, however often it is recomputed. Orders that are over are reported, and the "
        "others are marked."
    )
    async def set_back_order_mark(
        self,
        info: Info,
        order_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The orders, at most 10,000.")
        ],
        mark: Annotated[
            BackOrderMark | None, strawberry.argument(description="The mark; null removes it.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrdersPayload:
        async def operation(command: Command) -> back_order_marks.OrdersMarked:
            ids = decode_ids("Order", order_ids, argument="orderIds")
            return await back_order_marks.set_back_order_mark(command, order_ids=ids, mark=mark)

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        marked = outcome.result
        return OrdersPayload(
            order_ids=marked.order_ids if marked else [],
            user_errors=outcome.errors + user_errors(marked.errors if marked else []),
        )
