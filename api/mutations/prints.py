"""Printing orders (E3)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.printing.addresses import path_of
from api.roles import OPERATORS
from api.types.backorders import Backorder
from api.types.node import load
from api.types.orders import Order
from domain.operations import print_orders as printing
from domain.operations.command import Command
from domain.rules.vocabulary import Role
from domain.views.prints import printables_of_order


@strawberry.type(description="A sheet to print.")
class Print:
    """Where a PDF is."""

    title: str = strawberry.field(description="What it is.")
    path: str = strawberry.field(
        description="GET it from this server, with the same token: a PDF with barcodes that `scan` finds."
    )


@strawberry.type(description="The answer of printOrder.")
class PrintPayload:
    """The order and its sheets."""

    printed: strawberry.Private[printing.OrderPrinted | None]
    backorder_offered: bool = strawberry.field(
        description="Whether lines that are not in stock still wait in the queue: they go on the Backorder "
        "when the order is printed with `createBackorder`."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why it was refused; empty when all went well."
    )

    @batched(description="The order as it is now; null when the call was refused.")
    async def order(parents: Parents, info: Info) -> list[Order | None]:
        return await load(
            info, "Order", [payload.printed and payload.printed.order_id for payload in parents]
        )

    @batched(description="The order's open Backorder; null when it has none.")
    async def backorder(parents: Parents, info: Info) -> list[Backorder | None]:
        return await load(
            info, "Backorder", [payload.printed and payload.printed.backorder_id for payload in parents]
        )

    @batched(
        description="The order's sheet, a pick ticket for each dispatch that is not packed yet, and the "
        "sheet of its open Backorder."
    )
    async def prints(parents: Parents, info: Info) -> list[list[Print]]:
        return [
            [
                Print(title=printable.title, path=path_of(printable))
                for printable in await printables_of_order(
                    info.context.database,
                    client_id=info.context.client_id,
                    order_id=payload.printed.order_id,
                )
            ]
            if payload.printed
            else []
            for payload in parents
        ]


@strawberry.type
class PrintMutations:
    """The part of `Mutation` about printing."""

    @strawberry.mutation(
        description="Print an order (E3): its sheets are PDFs to fetch. The answer says whether a Backorder "
        "should be created for lines that are not in stock; with `createBackorder` that is done first."
    )
    async def print_order(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
        create_backorder: Annotated[
            bool | None,
            strawberry.argument(
                description="Whether lines in the queue that are not in stock go on the order's Backorder; "
                "those that are in stock stay where they are."
            ),
        ] = False,
        idempotency_key: IdempotencyKey = None,
    ) -> PrintPayload:
        async def operation(command: Command) -> printing.OrderPrinted:
            return await printing.print_order(
                command,
                order_id=decode_id("Order", order_id, argument="orderId"),
                create_backorder=bool(create_backorder),
            )

        roles = OPERATORS if create_backorder else frozenset(Role)
        outcome = await answered(info, operation, roles=roles, idempotency_key=idempotency_key)
        printed = outcome.result
        return PrintPayload(
            printed=printed,
            backorder_offered=bool(printed and printed.backorder_offered),
            user_errors=outcome.errors,
        )
