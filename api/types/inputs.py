"""Filters of lists, and how the read side takes them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.ids import decode_ids, decode_optional
from domain.rules.vocabulary import (
    BackOrderStatus,
    BackorderStatus,
    DeliveryStatus,
    DispatchKind,
    DispatchStatus,
    OrderCondition,
    OrderStatus,
    QueueStatus,
)
from domain.views import back_order_lines as back_order_views
from domain.views import backlog_skus as backlog_sku_views
from domain.views import backorders as backorder_views
from domain.views import dispatches as dispatch_views
from domain.views import orders as order_views


@strawberry.input(description="Which orders: all conditions hold, and of a list any value.")
class OrderFilter:
    """A filter of orders."""

    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These orders.")
    numbers: list[str] | None = strawberry.field(default=None, description="Orders with these numbers.")
    search: str | None = strawberry.field(
        default=None, description="Orders whose number or marketplace invoice number begins so, in any case."
    )
    invoice_number: str | None = strawberry.field(
        default=None, description="With this marketplace invoice number or invoice code."
    )
    status: list[OrderStatus] | None = strawberry.field(default=None, description="By order status.")
    delivery_status: list[DeliveryStatus] | None = strawberry.field(
        default=None, description="By delivery status."
    )
    queue_status: list[QueueStatus] | None = strawberry.field(default=None, description="By queue status.")
    back_order_status: list[BackOrderStatus] | None = strawberry.field(
        default=None, description="By back order status (D1)."
    )
    condition: list[OrderCondition] | None = strawberry.field(
        default=None, description="By condition on the backlog dashboard (C3)."
    )
    distribution_center: strawberry.ID | None = strawberry.field(
        default=None, description="Of this distribution center."
    )
    store: strawberry.ID | None = strawberry.field(default=None, description="Of this store.")
    locked: bool | None = strawberry.field(default=None, description="With Backlog SKUs, or without.")
    ordered_from: datetime | None = strawberry.field(default=None, description="Ordered then or later.")
    ordered_until: datetime | None = strawberry.field(default=None, description="Ordered before then.")


def order_filter(given: OrderFilter | None) -> order_views.OrderFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return order_views.OrderFilter()
    ids = given.ids
    return order_views.OrderFilter(
        ids=None if ids is None else decode_ids("Order", ids, argument=("filter", "ids")),
        numbers=given.numbers,
        search=given.search,
        invoice_number=given.invoice_number,
        status=given.status,
        delivery_status=given.delivery_status,
        queue_status=given.queue_status,
        back_order_status=given.back_order_status,
        condition=given.condition,
        distribution_center=decode_optional(
            "DistributionCenter", given.distribution_center, argument=("filter", "distributionCenter")
        ),
        store=decode_optional("Store", given.store, argument=("filter", "store")),
        locked=given.locked,
        ordered_from=given.ordered_from,
        ordered_until=given.ordered_until,
    )


@strawberry.input(description="Which back-order lines: all conditions hold.")
class BackOrderLineFilter:
    """A filter of back-order lines."""

    distribution_center: strawberry.ID | None = strawberry.field(
        default=None, description="Waiting for stock of this distribution center."
    )
    sku: strawberry.ID | None = strawberry.field(default=None, description="Of this SKU.")
    short: bool | None = strawberry.field(
        default=None, description="Those of which more is outstanding than available, or the others."
    )
    order: strawberry.ID | None = strawberry.field(default=None, description="Of this order.")
    on_back_order_list: bool | None = strawberry.field(
        default=None,
        description="Of orders on the Back Order List, processed in part (B10), or of the others.",
    )


def back_order_line_filter(given: BackOrderLineFilter | None) -> back_order_views.BackOrderLineFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return back_order_views.BackOrderLineFilter()
    return back_order_views.BackOrderLineFilter(
        distribution_center=decode_optional(
            "DistributionCenter", given.distribution_center, argument=("filter", "distributionCenter")
        ),
        sku=decode_optional("Sku", given.sku, argument=("filter", "sku")),
        short=given.short,
        order=decode_optional("Order", given.order, argument=("filter", "order")),
        on_back_order_list=given.on_back_order_list,
    )


@strawberry.input(description="Which Backlog SKUs: all conditions hold.")
class BacklogSkuFilter:
    """A filter of Backlog SKUs."""

    order: strawberry.ID | None = strawberry.field(default=None, description="Of this order.")
    sku: strawberry.ID | None = strawberry.field(default=None, description="Of this SKU.")
    remaining: bool | None = strawberry.field(
        default=None, description="Those of which something can still be applied, or the others."
    )


def backlog_sku_filter(given: BacklogSkuFilter | None) -> backlog_sku_views.BacklogSkuFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return backlog_sku_views.BacklogSkuFilter()
    return backlog_sku_views.BacklogSkuFilter(
        order=decode_optional("Order", given.order, argument=("filter", "order")),
        sku=decode_optional("Sku", given.sku, argument=("filter", "sku")),
        remaining=given.remaining,
    )


@strawberry.input(description="Which Backorders: all conditions hold, and of a list any value.")
class BackorderFilter:
    """A filter of Backorders."""

    status: list[BackorderStatus] | None = strawberry.field(default=None, description="By status.")
    fulfillable: bool | None = strawberry.field(
        default=None, description="Those of which at least one unit can be filled now, or the others (E4)."
    )
    distribution_center: strawberry.ID | None = strawberry.field(
        default=None, description="Filled by this distribution center."
    )


def backorder_filter(given: BackorderFilter | None) -> backorder_views.BackorderFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return backorder_views.BackorderFilter()
    return backorder_views.BackorderFilter(
        status=given.status,
        fulfillable=given.fulfillable,
        distribution_center=decode_optional(
            "DistributionCenter", given.distribution_center, argument=("filter", "distributionCenter")
        ),
    )


@strawberry.input(description="Which dispatches: all conditions hold, and of a list any value.")
class DispatchFilter:
    """A filter of dispatches."""

    kind: list[DispatchKind] | None = strawberry.field(default=None, description="By what made them.")
    status: list[DispatchStatus] | None = strawberry.field(default=None, description="By status.")
    distribution_center: strawberry.ID | None = strawberry.field(
        default=None, description="Leaving from this distribution center."
    )


def dispatch_filter(given: DispatchFilter | None) -> dispatch_views.DispatchFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return dispatch_views.DispatchFilter()
    return dispatch_views.DispatchFilter(
        kind=given.kind,
        status=given.status,
        distribution_center=decode_optional(
            "DistributionCenter", given.distribution_center, argument=("filter", "distributionCenter")
        ),
    )
