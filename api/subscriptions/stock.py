"""stockLevelChanged: stock as it is counted, received, reserved, shipped and protected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.realtime import cursor
from api.subscriptions.arguments import After, CenterId, stream
from api.types.reference import StockLevel
from domain.store.events import LoggedEvent, Topic
from domain.views.stock import levels_in_pools

SkuId = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this SKU.")]


@strawberry.type(description="Of a SKU in a distribution center other units are on hand, held or protected.")
class StockLevelEvent:
    """One event of `stockLevelChanged`."""

    place: strawberry.Private[tuple[int, int]]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed it: the name of a mutation or job.")

    @batched(description="The level, as it is when the event is delivered.")
    async def level(parents: Parents, info: Info) -> list[StockLevel]:
        levels: list[Any] = await levels_in_pools(
            info.context.database,
            client_id=info.context.client_id,
            places=[event.place for event in parents],
        )
        return levels


def stock_level_event(event: LoggedEvent) -> StockLevelEvent:
    """The GraphQL object of an event about a stock level."""
    return StockLevelEvent(
        place=(event.distribution_center_id or 0, event.subject_id),
        cursor=cursor.encode(event.seq),
        at=event.at,
        cause=event.cause,
    )


@strawberry.type
class StockSubscriptions:
    """The part of `Subscription` about stock."""

    @strawberry.subscription(
        description="Stock levels that changed: every change at least once, those of a level in their order; "
        "several changes by one transaction are one."
    )
    async def stock_level_changed(
        self, info: Info, distribution_center: CenterId = None, sku: SkuId = None, after: After = None
    ) -> AsyncIterator[StockLevelEvent]:
        return await stream(
            info,
            topic=Topic.STOCK,
            root=stock_level_event,
            after=after,
            distribution_center=distribution_center,
            sku=sku,
        )
