"""Bulk operations: their progress, their results, and what one would do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected_nodes
from api.types.connections import After, Connection, First, page_request
from api.types.node import Node, follow, load, node_id
from api.types.orders import Order
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import BulkAction, BulkStatus, Outcome
from domain.views import bulk_operations as views


@strawberry.type(description="What became of one order of a bulk operation.")
class BulkResult:
    """The result of one order."""

    outcome: Outcome = strawberry.field(description="What became of it.")
    code: ErrorCode | None = strawberry.field(description="Why it was skipped, for programs.")
    message: str | None = strawberry.field(description="Why it was skipped or failed, for people.")

    @batched(description="The order as it is now.", along="id")
    async def order(parents: Parents, info: Info) -> list[Order]:
        return await follow(parents, info, "Order", "order_id")


@strawberry.type(description="One action on many orders (A4), carried out by workers.")
class BulkOperation(Node):
    """A bulk operation, waiting, under way or over."""

    id: strawberry.ID = node_id("BulkOperation")
    action: BulkAction = strawberry.field(description="What is done to each order.")
    status: BulkStatus = strawberry.field(description="How far it has come.")
    until: datetime | None = strawberry.field(description="With DELAY: until when.")
    total: int = strawberry.field(description="Orders that were selected.")
    processed: int = strawberry.field(description="Orders that have a result.")
    succeeded: int = strawberry.field(description="Orders to which it was done.")
    skipped: int = strawberry.field(description="Orders to which it could not be done.")
    failed: int = strawberry.field(description="Orders that broke; nothing of them was changed.")
    requested_by: str = strawberry.field(description="Who started it.")
    created_at: datetime = strawberry.field(description="When it was started and its orders were selected.")
    started_at: datetime | None = strawberry.field(description="When a worker took it up.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    failure: str | None = strawberry.field(description="Why it failed as a whole.")

    @batched(description="What became of the orders gone through so far, by rank.")
    async def results(
        parents: Parents,
        info: Info,
        outcome: Annotated[
            Outcome | None, strawberry.argument(description="Only results of this outcome.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> list[Connection[BulkResult]]:
        pages: list[Any] = await views.result_pages(
            info.context.database,
            client_id=info.context.client_id,
            bulk_operation_ids=[row["id"] for row in parents],
            outcome=outcome,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return pages


@strawberry.type(description="An order a bulk operation would go to.")
class BulkTarget:
    """A target, before anything is done."""

    order_id: strawberry.Private[int]
    eligible: bool = strawberry.field(description="Whether it can be done to the order.")
    code: ErrorCode | None = strawberry.field(description="Why not.")

    @batched(description="The order.")
    async def order(parents: Parents, info: Info) -> list[Order]:
        return await load(info, "Order", [target.order_id for target in parents])


@strawberry.type(description="What a bulk operation would do now (A5); nothing is changed.")
class BulkPreview:
    """A preview; its parent is a `domain.views.bulk_operations.Preview`."""

    total: int = strawberry.field(description="Orders that are selected.")
    eligible: int = strawberry.field(description="Orders to which it can be done.")
    ineligible: int = strawberry.field(description="Orders that would be skipped.")

    @batched(description="The orders in the order in which they would be gone through.")
    async def targets(
        parents: Parents,
        info: Info,
        eligible: Annotated[
            bool | None, strawberry.argument(description="Only eligible ones, or only the others.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> list[Connection[BulkTarget]]:
        pages: list[Any] = [
            await views.preview_page(
                info.context.database,
                client_id=info.context.client_id,
                of=preview,
                eligible=eligible,
                request=page_request(first, after),
            )
            for preview in parents
        ]
        return pages
