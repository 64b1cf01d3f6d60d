"""promiseChanged: orders that are promised another date (F4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.realtime import cursor
from api.subscriptions.arguments import After, CenterId, stream
from api.subscriptions.orders import OrderIds, chosen_orders
from api.types.node import load
from api.types.orders import Order
from domain.store.events import LoggedEvent, Topic


@strawberry.type(description="PROMISE_CHANGED: an order with something open is promised another date.")
class PromiseEvent:
    """One event of `promiseChanged`."""

    order_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed the promise: the name of a mutation or job.")
    promised_at: datetime | None = strawberry.field(
        description="The date it was promised then; null when a back-ordered line has none, or nothing is "
        "back-ordered any more."
    )
    previously_promised_at: datetime | None = strawberry.field(description="The date it was promised before.")

    @batched(description="The order, as it is when the event is delivered.")
    async def order(parents: Parents, info: Info) -> list[Order]:
        return await load(info, "Order", [event.order_id for event in parents])


def promise_event(event: LoggedEvent) -> PromiseEvent:
    """The GraphQL object of an event about an order's promise."""
    return PromiseEvent(
        order_id=event.subject_id,
        cursor=cursor.encode(event.seq),
        at=event.at,
        cause=event.cause,
        promised_at=_date(event, "promisedAt"),
        previously_promised_at=_date(event, "previouslyPromisedAt"),
    )


@strawberry.type
class PromiseSubscriptions:
    """The part of `Subscription` about promise dates."""

    @strawberry.subscription(
        description="Orders that are promised another date: every change at least once, those of an order in "
        "their order."
    )
    async def promise_changed(
        self,
        info: Info,
        order_ids: OrderIds = None,
        distribution_center: CenterId = None,
        after: After = None,
    ) -> AsyncIterator[PromiseEvent]:
        return await stream(
            info,
            topic=Topic.PROMISE,
            root=promise_event,
            after=after,
            subject_ids=chosen_orders(order_ids),
            distribution_center=distribution_center,
        )


def _date(event: LoggedEvent, name: str) -> datetime | None:
    value = event.data[name]
    return None if value is None else datetime.fromisoformat(str(value))
