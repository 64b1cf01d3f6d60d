"""backOrderLineChanged: what of an order line is back-ordered, whenever that changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.realtime import cursor
from api.subscriptions.arguments import After, CenterId, stream
from api.types.node import load
from api.types.orders import OrderLine
from domain.store.events import LoggedEvent, Topic

SkuId = Annotated[strawberry.ID | None, strawberry.argument(description="Only order lines of this SKU.")]


@strawberry.type(description="The back-ordered quantity of an order line changed.")
class BackOrderLineEvent:
    """One event of `backOrderLineChanged`."""

    line_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed the line: the name of a mutation or job.")
    back_ordered_qty: int = strawberry.field(description="How much was back-ordered after the change.")
    previous_back_ordered_qty: int = strawberry.field(description="How much was back-ordered before.")

    @batched(description="The order line, as it is when the event is delivered.")
    async def line(parents: Parents, info: Info) -> list[OrderLine]:
        return await load(info, "OrderLine", [event.line_id for event in parents])


def back_order_line_event(event: LoggedEvent) -> BackOrderLineEvent:
    """The GraphQL object of an event about an order line."""
    return BackOrderLineEvent(
        line_id=event.subject_id,
        cursor=cursor.encode(event.seq),
        at=event.at,
        cause=event.cause,
        back_ordered_qty=int(event.data["backOrderedQty"] or 0),
        previous_back_ordered_qty=int(event.data["previousBackOrderedQty"] or 0),
    )


@strawberry.type
class BackOrderLineSubscriptions:
    """The part of `Subscription` about back-ordered lines."""

    @strawberry.subscription(
        description="Order lines whose back-ordered quantity changed: every change at least once, those of "
        "an order in their order."
    )
    async def back_order_line_changed(
        self, info: Info, distribution_center: CenterId = None, sku: SkuId = None, after: After = None
    ) -> AsyncIterator[BackOrderLineEvent]:
        return await stream(
            info,
            topic=Topic.LINE,
            root=back_order_line_event,
            after=after,
            distribution_center=distribution_center,
            sku=sku,
        )
