"""Stores' connections to marketplaces, and synchronizations (C5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected_nodes
from api.types.connections import After, Connection, First, page_request
from api.types.node import Node, follow, node_id
from api.types.reference import Store
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import (
    CircuitState,
    ConnectorKind,
    Outcome,
    SynchronizationStatus,
    SynchronizedRow,
)
from domain.views import synchronizations as views


@strawberry.type(
    description="How a store is connected to its marketplace (C5). Its secret is never told, not even to "
    "those who set it."
)
class StoreConnection(Node):
    """A store's connection."""

    id: strawberry.ID = node_id("StoreConnection")
    kind: ConnectorKind = strawberry.field(description="How orders and statuses come.")
    address: str | None = strawberry.field(description="The marketplace's URL, or the folder's name.")
    enabled: bool = strawberry.field(description="Whether it is used at all; a paused one is kept.")
    interval_seconds: int = strawberry.field(description="Seconds between fetches by timer.")
    version: int = strawberry.field(
        description="Changes with every change; pass it as `expectedVersion` to change what you have seen."
    )
    next_due_at: datetime | None = strawberry.field(
        description="When it is fetched from next; null while it is paused, and for PUSH."
    )
    failures: int = strawberry.field(description="Failures in a row since the last success.")
    retry_at: datetime | None = strawberry.field(
        description="Nothing is asked of the marketplace before then; null when it did not fail."
    )
    last_success_at: datetime | None = strawberry.field(
        description="When the marketplace last answered as agreed, or something it pushed was applied."
    )
    last_error: str | None = strawberry.field(description="How it failed the last time, while it does.")

    @batched(description="The store.", along="id")
    async def store(parents: Parents, info: Info) -> list[Store]:
        return await follow(parents, info, "Store", "store_id")

    @batched(description="The circuit breaker: whether the marketplace is asked at all.")
    def circuit(parents: Parents, info: Info) -> list[CircuitState]:
        now = info.context.now()
        return [
            views.circuit_of(failures=row["failures"], retry_at=row["retry_at"], now=now) for row in parents
        ]


@strawberry.type(description="What became of one row that a marketplace had for us.")
class SynchronizationResult:
    """The result of one row."""

    kind: SynchronizedRow = strawberry.field(description="What the row is about.")
    subject: str = strawberry.field(description="The order's number, or the name of the file or message.")
    outcome: Outcome = strawberry.field(description="What became of it.")
    code: ErrorCode | None = strawberry.field(
        description="Why it was skipped or failed, for programs; null too when it was known already."
    )
    message: str | None = strawberry.field(description="Why it was skipped or failed, for people.")


@strawberry.type(description="One conversation with a store's marketplace, carried out by a worker (C5).")
class Synchronization(Node):
    """A synchronization, waiting, under way or over."""

    id: strawberry.ID = node_id("Synchronization")
    status: SynchronizationStatus = strawberry.field(description="How far it has come.")
    requested_by: str = strawberry.field(
        description="Who asked for it first: a user, the schedule, or a push."
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker took it up first.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    attempts: int = strawberry.field(description="Attempts that failed and after which it waited.")
    succeeded: int = strawberry.field(description="Rows that changed something.")
    skipped: int = strawberry.field(description="Rows that were known already.")
    failed: int = strawberry.field(description="Rows that were refused; nothing of them was changed.")
    failure: str | None = strawberry.field(description="Why its last attempt failed.")

    @batched(description="The store.", along="id")
    async def store(parents: Parents, info: Info) -> list[Store]:
        return await follow(parents, info, "Store", "store_id")

    @batched(description="What became of each row, in the order in which they were applied.")
    async def results(
        parents: Parents, info: Info, first: First = None, after: After = None
    ) -> list[Connection[SynchronizationResult]]:
        pages: list[Any] = await views.rows_of_synchronizations(
            info.context.database,
            client_id=info.context.client_id,
            synchronization_ids=[row["id"] for row in parents],
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return pages


StoreId = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this store.")]
