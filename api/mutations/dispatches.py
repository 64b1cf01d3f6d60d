"""Mutations of dispatches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import IdempotencyKey, answered
from api.mutations.payloads import DispatchPayload
from api.roles import OPERATORS, SERVICES
from domain.operations import dispatches
from domain.operations.command import Command
from domain.rules.vocabulary import Role

DispatchId = Annotated[strawberry.ID, strawberry.argument(description="The dispatch.")]


@strawberry.type
class DispatchMutations:
    """The part of `Mutation` about dispatches."""

    @strawberry.mutation(
        description="Cancel a dispatch (B9); its stock is returned, once. A shipped one can't be cancelled."
    )
    async def load_dispatch_cancellation(
        self,
        info: Info,
        dispatch_id: DispatchId,
        reason_code: Annotated[str, strawberry.argument(description="Why, as a code of your own.")],
        requeue: Annotated[
            bool | None,
            strawberry.argument(description="Whether its lines wait for a run again, or are cancelled."),
        ] = False,
        idempotency_key: IdempotencyKey = None,
    ) -> DispatchPayload:
        async def operation(command: Command) -> dispatches.DispatchChanged:
            return await dispatches.cancel_dispatch(
                command,
                dispatch_id=decode_id("Dispatch", dispatch_id, argument="dispatchId"),
                reason_code=reason_code,
                requeue=bool(requeue),
            )

        return await _changed(info, operation, SERVICES, idempotency_key)

    @strawberry.mutation(description="Mark a dispatch packed; packing again changes nothing.")
    async def pack_dispatch(
        self, info: Info, id: DispatchId, idempotency_key: IdempotencyKey = None
    ) -> DispatchPayload:
        async def operation(command: Command) -> dispatches.DispatchChanged:
            dispatch_id = decode_id("Dispatch", id, argument="id")
            return await dispatches.pack_dispatch(command, dispatch_id=dispatch_id)

        return await _changed(info, operation, OPERATORS, idempotency_key)

    @strawberry.mutation(
        description="Ship a dispatch: its units leave stock. Shipping again changes nothing."
    )
    async def ship_dispatch(
        self, info: Info, id: DispatchId, idempotency_key: IdempotencyKey = None
    ) -> DispatchPayload:
        async def operation(command: Command) -> dispatches.DispatchChanged:
            dispatch_id = decode_id("Dispatch", id, argument="id")
            return await dispatches.ship_dispatch(command, dispatch_id=dispatch_id)

        return await _changed(info, operation, OPERATORS, idempotency_key)


async def _changed(
    info: Info,
    operation: Callable[[Command], Awaitable[dispatches.DispatchChanged]],
    roles: frozenset[Role],
    idempotency_key: str | None,
) -> DispatchPayload:
    outcome = await answered(info, operation, roles=roles, idempotency_key=idempotency_key)
    changed = outcome.result
    return DispatchPayload(dispatch_id=changed.dispatch_id if changed else None, user_errors=outcome.errors)
