"""What is wrong with an order on the Backlog Orders dashboard, and what to do about it (C4)."""

from collections.abc import Iterator
from typing import NamedTuple, Self

from domain.rules.described import Described
from domain.rules.vocabulary import MarketplaceStatus, OrderStatus

_READY = (MarketplaceStatus.WAITING_FOR_PICKUP, MarketplaceStatus.SHIPPED, MarketplaceStatus.DELIVERED)
_GONE = (MarketplaceStatus.SHIPPED, MarketplaceStatus.DELIVERED)


class Cause(Described):
    """Something wrong with an order, each with how to put it right."""

    remedy: str

    def __new__(cls, value: str, description: str = "", remedy: str = "") -> Self:
        """A member: what is wrong, and what to do."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        member.remedy = remedy
        return member

    ORDER_NOT_IMPORTED = (
        "ORDER_NOT_IMPORTED",
        "The marketplace has the order ready for pickup, and the sales system has not imported it.",
        "Import the order into the sales system, then synchronize it to get its sales-order code.",
    )
    SALES_ORDER_CODE_MISSING = (
        "SALES_ORDER_CODE_MISSING",
        "The order has an invoice code and no sales-order code.",
        "Look the order up in the sales system and record its sales-order code.",
    )
    INVOICE_NOT_GENERATED = (
        "INVOICE_NOT_GENERATED",
        "The marketplace has the order ready for pickup, and no invoice has been generated.",
        "Generate the invoice in the invoicing system, then synchronize the order to get its code.",
    )
    REJECTION_NOT_RECEIVED = (
        "REJECTION_NOT_RECEIVED",
        "The order is cancelled, and the systems that gave it a code have not rejected it.",
        "Reject the order in the sales and invoicing systems, then clear its codes here: "
        "updateMarketplaceStatus with null for salesOrderCode and invoiceCode.",
    )
    CANCELLATION_NOT_APPLIED = (
        "CANCELLATION_NOT_APPLIED",
        "The order is cancelled on the marketplace and not here.",
        "Revert its Backlog SKUs, if it has some, and cancel it.",
    )
    DISPATCH_NOT_CANCELLED = (
        "DISPATCH_NOT_CANCELLED",
        "The order is cancelled on the marketplace, and a dispatch still holds stock for it.",
        "Cancel the dispatch before it is shipped, without requeueing its lines.",
    )
    SHIPPED_THOUGH_CANCELLED = (
        "SHIPPED_THOUGH_CANCELLED",
        "The order is cancelled on the marketplace, and some of it has been shipped.",
        "Ask the shipping agency to bring the parcel back.",
    )
    MARKETPLACE_NOT_CANCELLED = (
        "MARKETPLACE_NOT_CANCELLED",
        "The order is cancelled here and not on the marketplace.",
        "Cancel the order on the marketplace, then synchronize it.",
    )
    SHIPMENT_NOT_RECORDED = (
        "SHIPMENT_NOT_RECORDED",
        "The marketplace says that the parcel has left, and no dispatch of the order is shipped here.",
        "Find out what was sent, and ship the order's dispatch here.",
    )


class Evidence(NamedTuple):
    """What is known of an order."""

    status: OrderStatus
    marketplace_status: MarketplaceStatus | None = None
    sales_order_code: str | None = None
    invoice_code: str | None = None
    allocated: bool = False
    """Units of it are on dispatches that have not left."""
    shipped: bool = False
    """Units of it have been shipped."""


def investigate(order: Evidence) -> list[Cause]:
    """Everything that is wrong with the order; nothing for one that goes its way."""
    cancelled = order.status == OrderStatus.CANCELLED
    if cancelled or order.marketplace_status == MarketplaceStatus.CANCELLED:
        return list(_of_cancelled(order))
    return list(_of_going_on(order))


def _of_cancelled(order: Evidence) -> Iterator[Cause]:
    has_code = order.sales_order_code is not None or order.invoice_code is not None
    if has_code and order.status != OrderStatus.OC_REJECTED:
        yield Cause.REJECTION_NOT_RECEIVED
    if order.marketplace_status == MarketplaceStatus.CANCELLED:
        if order.shipped:
            yield Cause.SHIPPED_THOUGH_CANCELLED
        if order.allocated:
            yield Cause.DISPATCH_NOT_CANCELLED
        elif order.status not in (OrderStatus.CANCELLED, OrderStatus.OC_REJECTED, OrderStatus.COMPLETED):
            yield Cause.CANCELLATION_NOT_APPLIED
    elif order.marketplace_status is not None:
        yield Cause.MARKETPLACE_NOT_CANCELLED


def _of_going_on(order: Evidence) -> Iterator[Cause]:
    ready = order.marketplace_status in _READY
    if order.sales_order_code is None and order.invoice_code is not None:
        yield Cause.SALES_ORDER_CODE_MISSING
    elif order.sales_order_code is None and ready:
        yield Cause.ORDER_NOT_IMPORTED
    if order.invoice_code is None and ready:
        yield Cause.INVOICE_NOT_GENERATED
    if order.marketplace_status in _GONE and not order.shipped:
        yield Cause.SHIPMENT_NOT_RECORDED
