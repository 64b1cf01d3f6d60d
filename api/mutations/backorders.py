"""Mutations of warehouse picks and Backorders (E2, E5)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id, decode_ids
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.roles import OPERATORS
from api.types.backorders import Backorder
from api.types.dispatches import Dispatch
from api.types.node import load
from domain.operations import fill_backorders as filling
from domain.operations import mark_warehouse_pick as marking
from domain.operations.command import Command
from domain.rules.vocabulary import WarehousePickPolicy


@strawberry.input(description="Units of a Backorder's item to fill.")
class BackorderItemFillInput:
    """How much of which item."""

    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: int | None = strawberry.field(
        default=None, description="Units, at most what is open; all that is open if not given."
    )


@strawberry.type(description="The answer of markWarehousePick.")
class WarehousePickPayload:
    """What became of the marked lines."""

    picked: strawberry.Private[marking.WarehousePicked | None]
    user_errors: list[UserError] = strawberry.field(
        description="Why it was refused; empty when all went well."
    )

    @batched(description="The dispatch of what is in stock; null when nothing is.")
    async def dispatch(parents: Parents, info: Info) -> list[Dispatch | None]:
        return await load(
            info, "Dispatch", [payload.picked and payload.picked.dispatch_id for payload in parents]
        )

    @batched(description="The Backorder of what is not in stock; null when everything is.")
    async def backorder(parents: Parents, info: Info) -> list[Backorder | None]:
        return await load(
            info, "Backorder", [payload.picked and payload.picked.backorder_id for payload in parents]
        )


@strawberry.type(description="The answer of a mutation of one Backorder.")
class BackorderPayload:
    """The Backorder and what was filled of it."""

    filled: strawberry.Private[filling.BackorderFilled | None]
    user_errors: list[UserError] = strawberry.field(
        description="Why it was refused; empty when all went well."
    )

    @batched(description="The Backorder as it is now; null when the call was refused.")
    async def backorder(parents: Parents, info: Info) -> list[Backorder | None]:
        return await load(
            info, "Backorder", [payload.filled and payload.filled.backorder_id for payload in parents]
        )

    @batched(description="The dispatch of what was filled; null when the call was refused.")
    async def dispatch(parents: Parents, info: Info) -> list[Dispatch | None]:
        return await load(
            info, "Dispatch", [payload.filled and payload.filled.dispatch_id for payload in parents]
        )


@strawberry.type
class BackorderMutations:
    """The part of `Mutation` about warehouse picks and Backorders."""

    @strawberry.mutation(
        description="Take open lines of one order out of the processor's queue, to be picked by hand (E2): "
        "what is in stock becomes a dispatch, what is not goes on the order's Backorder."
    )
    async def mark_warehouse_pick(
        self,
        info: Info,
        line_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Order lines, all of one order.")
        ],
        line_policy: Annotated[
            WarehousePickPolicy | None,
            strawberry.argument(description="What is taken of a line that is only partly in stock."),
        ] = WarehousePickPolicy.WHOLE_LINE,
        idempotency_key: IdempotencyKey = None,
    ) -> WarehousePickPayload:
        async def operation(command: Command) -> marking.WarehousePicked:
            return await marking.mark_warehouse_pick(
                command,
                line_ids=decode_ids("OrderLine", line_ids, argument="lineIds"),
                policy=line_policy or WarehousePickPolicy.WHOLE_LINE,
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        return WarehousePickPayload(picked=outcome.result, user_errors=outcome.errors)

    @strawberry.mutation(
        description="Fill a Backorder: all of it, all of chosen items, or a quantity of each (E5). What is "
        "filled becomes one dispatch; nothing is filled when stock does not cover all of it."
    )
    async def fill_backorder(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The Backorder.")],
        items: Annotated[
            list[BackorderItemFillInput] | None,
            strawberry.argument(description="What to fill; all that is open if not given."),
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> BackorderPayload:
        async def operation(command: Command) -> filling.BackorderFilled:
            return await filling.fill_backorder(
                command,
                backorder_id=decode_id("Backorder", id, argument="id"),
                fills=None if items is None else [_fill(item, place) for place, item in enumerate(items)],
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        return BackorderPayload(filled=outcome.result, user_errors=outcome.errors)


def _fill(given: BackorderItemFillInput, place: int) -> filling.ItemFill:
    item_id = decode_id("BackorderItem", given.item_id, argument=("items", str(place), "itemId"))
    return filling.ItemFill(item_id, given.quantity)
