"""purchaseOrderChanged: purchase orders as they are created, changed and received."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id
from api.subscriptions.arguments import After, CenterId, stream
from api.subscriptions.events import SubjectEvent
from api.types.node import load
from api.types.purchase_orders import PurchaseOrder
from domain.store.events import Topic

PurchaseOrderId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only changes of this purchase order.")
]


@strawberry.type(description="A purchase order was created, changed, linked, received or cancelled.")
class PurchaseOrderEvent(SubjectEvent):
    """One event of `purchaseOrderChanged`."""

    @batched(description="The purchase order, as it is when the event is delivered.")
    async def purchase_order(parents: Parents, info: Info) -> list[PurchaseOrder]:
        return await load(info, "PurchaseOrder", [event.subject_id for event in parents])


@strawberry.type
class PurchaseOrderSubscriptions:
    """The part of `Subscription` about purchase orders."""

    @strawberry.subscription(
        description="Purchase orders that changed: every change at least once, those of a purchase order in "
        "their order."
    )
    async def purchase_order_changed(
        self,
        info: Info,
        id: PurchaseOrderId = None,
        distribution_center: CenterId = None,
        after: After = None,
    ) -> AsyncIterator[PurchaseOrderEvent]:
        return await stream(
            info,
            topic=Topic.PURCHASE_ORDER,
            root=PurchaseOrderEvent.of,
            after=after,
            subject_ids=None if id is None else frozenset({decode_id("PurchaseOrder", id, argument="id")}),
            distribution_center=distribution_center,
        )
