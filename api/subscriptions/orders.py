"""orderChanged: every change of an order, as it happens or from a cursor on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_ids
from api.realtime import cursor
from api.subscriptions.arguments import After, CenterId, stream
from api.types.node import load
from api.types.orders import Order
from domain.rules.vocabulary import BackOrderStatus, OrderStatus
from domain.store.events import LoggedEvent, Topic

OrderIds = Annotated[
    list[strawberry.ID] | None, strawberry.argument(description="Only changes of these orders.")
]


@strawberry.type(description="An order was created or changed.")
class OrderEvent:
    """One event of `orderChanged`."""

    order_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed the order: the name of a mutation or job.")
    previous_status: OrderStatus | None = strawberry.field(
        description="The order's status before, if it changed."
    )
    previous_back_order_status: BackOrderStatus | None = strawberry.field(
        description="The order's back order status before, if it changed."
    )

    @batched(description="The order, as it is when the event is delivered.")
    async def order(parents: Parents, info: Info) -> list[Order]:
        return await load(info, "Order", [event.order_id for event in parents])


def order_event(event: LoggedEvent) -> OrderEvent:
    """The GraphQL object of an event about an order."""
    status = event.data.get("previousStatus")
    back_order_status = event.data.get("previousBackOrderStatus")
    return OrderEvent(
        order_id=event.subject_id,
        cursor=cursor.encode(event.seq),
        at=event.at,
        cause=event.cause,
        previous_status=OrderStatus[str(status)] if status else None,
        previous_back_order_status=BackOrderStatus[str(back_order_status)] if back_order_status else None,
    )


def chosen_orders(order_ids: list[strawberry.ID] | None) -> frozenset[int] | None:
    """The orders that are followed; None: all. Raises INVALID_INPUT for an id of another kind."""
    return None if order_ids is None else frozenset(decode_ids("Order", order_ids, argument="orderIds"))


@strawberry.type
class OrderSubscriptions:
    """The part of `Subscription` about orders."""

    @strawberry.subscription(
        description="Orders that were created or changed: every change at least once, those of an order in "
        "their order."
    )
    async def order_changed(
        self,
        info: Info,
        order_ids: OrderIds = None,
        distribution_center: CenterId = None,
        after: After = None,
    ) -> AsyncIterator[OrderEvent]:
        return await stream(
            info,
            topic=Topic.ORDER,
            root=order_event,
            after=after,
            subject_ids=chosen_orders(order_ids),
            distribution_center=distribution_center,
        )
