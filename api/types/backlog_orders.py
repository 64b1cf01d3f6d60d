"""The Backlog Orders dashboard (C1-C4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected_nodes
from api.ids import decode_optional
from api.types.connections import Connection
from api.types.orders import Order
from domain.rules.vocabulary import OrderCondition
from domain.store.reads.paging import Page, PageRequest
from domain.views import backlog_orders as views


@strawberry.input(description="Which orders of the dashboard: all conditions hold, and of a list any value.")
class BacklogOrderFilter:
    """A filter of the dashboard."""

    from_: datetime | None = strawberry.field(
        name="from",
        default=None,
        description="Ordered then or later; at most a month before `until`. If not given, the start of the "
        "day four days before the last one, in the client's time zone.",
    )
    until: datetime | None = strawberry.field(
        default=None,
        description="Ordered before then; if not given, before today ends in the client's time zone.",
    )
    invoice_number: str | None = strawberry.field(
        default=None, description="With this marketplace invoice number or invoice code."
    )
    condition: list[OrderCondition] | None = strawberry.field(default=None, description="By condition (C3).")
    distribution_center: strawberry.ID | None = strawberry.field(
        default=None, description="Of this distribution center."
    )
    store: strawberry.ID | None = strawberry.field(default=None, description="Of this store.")


def backlog_order_filter(given: BacklogOrderFilter | None) -> views.BacklogOrderFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return views.BacklogOrderFilter()
    return views.BacklogOrderFilter(
        ordered_from=given.from_,
        ordered_until=given.until,
        invoice_number=given.invoice_number,
        condition=given.condition,
        distribution_center=decode_optional(
            "DistributionCenter", given.distribution_center, argument=("filter", "distributionCenter")
        ),
        store=decode_optional("Store", given.store, argument=("filter", "store")),
    )


@strawberry.type(description="How many orders of the dashboard have a condition.")
class ConditionCount:
    """A condition and its count."""

    condition: OrderCondition = strawberry.field(description="The condition.")
    count: int = strawberry.field(
        description="How many orders have it, under all of the filter but its conditions."
    )


@strawberry.type(
    description="The Backlog Orders dashboard: orders that were accepted and are not finished. Rejected and "
    "completed ones are not on it; cancelled ones are, because somebody may still have to act on them."
)
class BacklogOrders:
    """A dashboard that was asked for."""

    dashboard: strawberry.Private[views.Dashboard]
    sort: strawberry.Private[views.BacklogOrderSort]
    descending: strawberry.Private[bool]
    request: strawberry.Private[PageRequest]
    read: strawberry.Private[tuple[Page[Any], dict[OrderCondition, int]] | None]
    """Its page and its counts, where they were read together."""
    from_: datetime = strawberry.field(
        name="from", description="The start of the order times it shows, included."
    )
    until: datetime = strawberry.field(description="The end of the order times it shows, not included.")

    @batched(description="A page of the orders.")
    async def orders(parents: Parents, info: Info) -> list[Connection[Order]]:
        pages: list[Any] = [
            asked.read[0]
            if asked.read
            else await views.page_of(
                asked.dashboard,
                info.context.database,
                sort=asked.sort,
                descending=asked.descending,
                request=asked.request,
                selected=selected_nodes(info),
            )
            for asked in parents
        ]
        return pages

    @batched(description="How many orders have each condition: every condition, also those no order has.")
    async def counts(parents: Parents, info: Info) -> list[list[ConditionCount]]:
        counts = [
            asked.read[1] if asked.read else await views.counts_of(asked.dashboard, info.context.database)
            for asked in parents
        ]
        return [
            [ConditionCount(condition=condition, count=count) for condition, count in each.items()]
            for each in counts
        ]


@strawberry.type(description="Something that is wrong with an order, and what to do about it (C4).")
class Finding:
    """A cause that an investigation found."""

    code: str = strawberry.field(description="What is wrong, for programs, such as ORDER_NOT_IMPORTED.")
    message: str = strawberry.field(description="What is wrong, for people.")
    remedy: str = strawberry.field(description="What to do about it.")
