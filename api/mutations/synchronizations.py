"""Mutations of stores' connections to marketplaces, and synchronizing (C5)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id, decode_ids
from api.mutations.answering import Answered, ExpectedEdit, IdempotencyKey, UserError, answered, user_errors
from api.mutations.payloads import ERRORS
from api.roles import ADMINS, OPERATORS
from api.types.node import load
from api.types.reference import Store
from api.types.synchronizations import StoreConnection, Synchronization
from domain.operations import store_connections, synchronizations
from domain.operations.command import Command
from domain.operations.store_connections import ConnectionChanged
from domain.operations.synchronizations import SynchronizationsRequested
from domain.rules.vocabulary import ConnectorKind


@strawberry.input(description="How to connect a store to its marketplace.")
class StoreConnectionInput:
    """A connection to set."""

    kind: ConnectorKind = strawberry.field(description="How orders and statuses come.")
    address: str | None = strawberry.field(
        default=None,
        description="With HTTP the marketplace's https URL; with FILE_DROP the name of a folder, one of the "
        "client's own on the server; with PUSH nothing.",
    )
    secret: str | None = strawberry.field(
        default=None,
        description="What is shared with the marketplace to sign requests: whsec_ and 24 to 64 random bytes "
        "in base64. Left out, the one there is stays. It is never told again.",
    )
    enabled: bool | None = strawberry.field(default=True, description="Whether it is used; false pauses it.")
    interval_seconds: int | None = strawberry.field(
        default=300, description="Seconds between fetches by timer, from 30 to 604,800."
    )


@strawberry.type(description="The answer of a mutation of a store's connection.")
class StoreConnectionPayload:
    """The store and its connection, unless it was refused."""

    store_id: strawberry.Private[int | None]
    connection_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The store; null when the call was refused.")
    async def store(parents: Parents, info: Info) -> list[Store | None]:
        return await load(info, "Store", [payload.store_id for payload in parents])

    @batched(description="The connection as it is now; null when it was removed or the call was refused.")
    async def connection(parents: Parents, info: Info) -> list[StoreConnection | None]:
        return await load(info, "StoreConnection", [payload.connection_id for payload in parents])


@strawberry.type(description="The answer of a mutation that asks for synchronizations.")
class SynchronizationsPayload:
    """The synchronizations, one per store."""

    synchronization_ids: strawberry.Private[list[int]]
    joined_ids: strawberry.Private[list[int]]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(
        description="Those of them that somebody had asked for before and that have not begun. They serve "
        "this request, too; `requestedBy` tells who was first, and the audit trail who joined."
    )
    async def joined(parents: Parents, info: Info) -> list[list[Synchronization]]:
        return [await load(info, "Synchronization", payload.joined_ids) for payload in parents]

    @batched(description="One per store; a worker takes them up, and each gets a result for each row.")
    async def synchronizations(parents: Parents, info: Info) -> list[list[Synchronization]]:
        return [await load(info, "Synchronization", payload.synchronization_ids) for payload in parents]


@strawberry.type
class SynchronizationMutations:
    """The part of `Mutation` about marketplaces."""

    @strawberry.mutation(
        description="Connect a store to its marketplace, or change how it is; its circuit breaker is closed "
        "again. An enabled one is fetched from at once, then by timer. Takes the role ADMIN."
    )
    async def set_store_connection(
        self,
        info: Info,
        store_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")],
        input: Annotated[StoreConnectionInput, strawberry.argument(description="How to connect it.")],
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> StoreConnectionPayload:
        connection = store_connections.NewConnection(
            kind=input.kind,
            address=input.address,
            secret=input.secret,
            enabled=input.enabled is not False,
            interval_seconds=300 if input.interval_seconds is None else input.interval_seconds,
        )

        async def operation(command: Command) -> ConnectionChanged:
            return await store_connections.set_store_connection(
                command,
                store_id=decode_id("Store", store_id, argument="storeId"),
                connection=connection,
                expected_version=expected_version,
            )

        return _connection(await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key))

    @strawberry.mutation(
        description="Disconnect a store from its marketplace and forget its secret. Takes the role ADMIN."
    )
    async def remove_store_connection(
        self,
        info: Info,
        store_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")],
        expected_version: ExpectedEdit = None,
        idempotency_key: IdempotencyKey = None,
    ) -> StoreConnectionPayload:
        async def operation(command: Command) -> ConnectionChanged:
            return await store_connections.remove_store_connection(
                command,
                store_id=decode_id("Store", store_id, argument="storeId"),
                expected_version=expected_version,
            )

        return _connection(await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key))

    @strawberry.mutation(
        description="Fetch whatever is new from the marketplaces of these stores. Those that can't be asked "
        "are told in `userErrors`, and the others are."
    )
    async def synchronize_stores(
        self,
        info: Info,
        store_ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SynchronizationsPayload:
        async def operation(command: Command) -> SynchronizationsRequested:
            ids = decode_ids("Store", store_ids, argument="storeIds")
            return await synchronizations.synchronize_stores(command, store_ids=ids)

        return await _handed_over(
            info, await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        )

    @strawberry.mutation(
        description="Ask the marketplaces of these orders for their state. Orders for which that can't be "
        "done are told in `userErrors`, and the others are asked for."
    )
    async def synchronize_orders(
        self,
        info: Info,
        order_ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SynchronizationsPayload:
        async def operation(command: Command) -> SynchronizationsRequested:
            ids = decode_ids("Order", order_ids, argument="orderIds")
            return await synchronizations.synchronize_orders(command, order_ids=ids)

        return await _handed_over(
            info, await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        )


def _connection(outcome: Answered[ConnectionChanged]) -> StoreConnectionPayload:
    changed = outcome.result
    return StoreConnectionPayload(
        store_id=changed.store_id if changed else None,
        connection_id=changed.connection_id if changed else None,
        user_errors=outcome.errors,
    )


async def _handed_over(info: Info, outcome: Answered[SynchronizationsRequested]) -> SynchronizationsPayload:
    requested = outcome.result
    if requested is None:
        return SynchronizationsPayload(synchronization_ids=[], joined_ids=[], user_errors=outcome.errors)
    if info.context.jobs is not None:
        for synchronization_id in requested.synchronization_ids:
            await info.context.jobs.synchronize(
                client_id=info.context.client_id, synchronization_id=synchronization_id
            )
    return SynchronizationsPayload(
        synchronization_ids=requested.synchronization_ids,
        joined_ids=requested.joined_ids,
        user_errors=user_errors(requested.errors),
    )
