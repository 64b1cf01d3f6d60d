"""bulkOperationChanged: bulk operations as they start, progress and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id
from api.realtime import cursor
from api.subscriptions.arguments import After, stream
from api.types.bulk_operations import BulkOperation
from api.types.node import load
from domain.store.events import LoggedEvent, Topic

BulkOperationId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only changes of this bulk operation.")
]


@strawberry.type(description="A bulk operation was started, progressed or ended.")
class BulkOperationEvent:
    """One event of `bulkOperationChanged`."""

    bulk_operation_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")

    @batched(description="The bulk operation, as it is when the event is delivered.")
    async def bulk_operation(parents: Parents, info: Info) -> list[BulkOperation]:
        return await load(info, "BulkOperation", [event.bulk_operation_id for event in parents])


def bulk_operation_event(event: LoggedEvent) -> BulkOperationEvent:
    """The GraphQL object of an event about a bulk operation."""
    return BulkOperationEvent(
        bulk_operation_id=event.subject_id, cursor=cursor.encode(event.seq), at=event.at
    )


@strawberry.type
class BulkOperationSubscriptions:
    """The part of `Subscription` about bulk operations."""

    @strawberry.subscription(
        description="Bulk operations whose status or progress changed: every change at least once, those of "
        "an operation in their order."
    )
    async def bulk_operation_changed(
        self, info: Info, id: BulkOperationId = None, after: After = None
    ) -> AsyncIterator[BulkOperationEvent]:
        return await stream(
            info,
            topic=Topic.BULK,
            root=bulk_operation_event,
            after=after,
            subject_ids=None if id is None else frozenset({decode_id("BulkOperation", id, argument="id")}),
        )
