"""Mutations of bulk operations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS
from api.roles import OPERATORS
from api.types.bulk_operations import BulkOperation
from api.types.node import load
from api.types.selections import OrderSelection, chosen_orders
from domain.operations import bulk_operations
from domain.operations.bulk_operations import BulkOperationChanged
from domain.operations.command import Command
from domain.rules.vocabulary import BulkAction


@strawberry.type(description="The answer of a mutation of one bulk operation.")
class BulkOperationPayload:
    """The bulk operation, unless it was refused."""

    bulk_operation_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The bulk operation as it is now; null when the call was refused.")
    async def bulk_operation(parents: Parents, info: Info) -> list[BulkOperation | None]:
        return await load(info, "BulkOperation", [payload.bulk_operation_id for payload in parents])


@strawberry.type
class BulkOperationMutations:
    """The part of `Mutation` about bulk operations."""

    @strawberry.mutation(
        description="Do something to many orders (A4). The selection is evaluated now, over all pages, and "
        "workers go through it. Orders to which it can't be done are skipped and reported, never an error "
        "of the whole."
    )
    async def start_bulk_operation(
        self,
        info: Info,
        action: Annotated[BulkAction, strawberry.argument(description="What to do to each order.")],
        selection: Annotated[OrderSelection, strawberry.argument(description="Which orders.")],
        until: Annotated[
            datetime | None,
            strawberry.argument(description="With DELAY: until when; left out, delays end."),
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> BulkOperationPayload:
        async def operation(command: Command) -> BulkOperationChanged:
            return await bulk_operations.start_bulk_operation(
                command, action=action, selection=chosen_orders(selection), until=until
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Call a bulk operation off: what it has done stays, and it does nothing more."
    )
    async def cancel_bulk_operation(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The bulk operation.")],
        idempotency_key: IdempotencyKey = None,
    ) -> BulkOperationPayload:
        async def operation(command: Command) -> BulkOperationChanged:
            number = decode_id("BulkOperation", id, argument="id")
            return await bulk_operations.cancel_bulk_operation(command, bulk_operation_id=number)

        return await _changed(info, operation, idempotency_key)


async def _changed(
    info: Info,
    operation: Callable[[Command], Awaitable[BulkOperationChanged]],
    idempotency_key: str | None,
) -> BulkOperationPayload:
    outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
    changed = outcome.result
    return BulkOperationPayload(
        bulk_operation_id=changed.bulk_operation_id if changed else None, user_errors=outcome.errors
    )
