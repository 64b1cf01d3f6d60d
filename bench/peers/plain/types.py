"""The types of the plain server."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, TypeVar

import strawberry

T = TypeVar("T")


@strawberry.type
class PageInfo:
    """Where a page stands."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Connection(Generic[T]):
    """A page."""

    nodes: list[T]
    page_info: PageInfo


@strawberry.type
class Nodes(Generic[T]):
    """A list that is not paged."""

    nodes: list[T]


@strawberry.type
class DistributionCenter:
    """A distribution center."""

    code: str


@strawberry.type
class Store:
    """A store."""

    code: str


@strawberry.type
class Sku:
    """A SKU."""

    code: str
    name: str


@strawberry.type
class OrderLine:
    """An order line."""

    requested: int
    allocated: int
    shipped: int
    cancelled: int
    sku: Sku


@strawberry.type
class Order:
    """An order."""

    number: str
    status: str
    queue_status: str
    back_order_status: str
    condition: str
    ordered_at: datetime
    marketplace_status: str | None
    marketplace_invoice_number: str | None
    sales_order_code: str | None
    invoice_code: str | None
    shipping_agency: str | None
    store: Store | None

    @strawberry.field
    def lines(root: strawberry.Parent[Any]) -> Nodes[OrderLine]:  # noqa: N805 - Strawberry gives it the row
        """Its lines, which were prefetched."""
        return Nodes(nodes=list(root.lines))


@strawberry.type
class BackOrderLine:
    """A line that waits for stock."""

    requested: int
    fulfilled: int
    outstanding: int
    available: int
    short: bool
    back_ordered_qty: int
    since: datetime
    order: Order
    sku: Sku
    distribution_center: DistributionCenter


@strawberry.type
class ConditionCount:
    """How many orders have a condition."""

    condition: str
    count: int


@strawberry.type
class BacklogOrders:
    """The dashboard."""

    orders: Connection[Order]
    counts: list[ConditionCount]


@strawberry.type
class BackOrderDay:
    """A row of the report."""

    day: date
    back_ordered: int = strawberry.field(name="backOrderedQty")
    orders: int
    lines: int
    demanded: int
    filled_at_once: int
    incoming: int
    sku: Sku
    distribution_center: DistributionCenter


@strawberry.type
class OrderEvent:
    """An order was changed."""

    cause: str
    previous_status: str | None
    order: Order
