"""The condition of an order on the Backlog Orders dashboard (C3).

PostgreSQL derives it in the generated column `orders.condition`; this is the same rule in Python,
for values that have no row yet and as the statement that column is tested against.
"""

from collections.abc import Mapping
from types import MappingProxyType

from domain.rules.vocabulary import CancelledBy, MarketplaceStatus, OrderCondition, OrderStatus

DISPLAY_NAMES: Mapping[OrderCondition, str] = MappingProxyType(
    {
        OrderCondition.NOT_YET_PROCESSED: "Order Not Yet Processed",
        OrderCondition.CANCELLED_BY_CUSTOMER: "Cancelled by Customer",
        OrderCondition.DONE_NOT_INVOICED: "Status Done, B-Gen Not Yet Processed",
        OrderCondition.CANCELLED_CHECK_REJECTION: "Order Cancelled, Please Check Rejection",
        OrderCondition.NOT_YET_PACKED: "Backlog Orders (Not Yet Packed)",
        OrderCondition.WAITING_FOR_PICKUP: "Backlog Orders (Waiting For Pickup)",
    }
)


def condition(
    *,
    status: OrderStatus,
    marketplace_status: MarketplaceStatus | None,
    sales_order_code: str | None,
    invoice_code: str | None,
    cancelled_by: CancelledBy | None,
    packed: bool,
) -> OrderCondition:
    """The first condition of C3 that holds.

    An order is cancelled when it is here or on its marketplace; the marketplace's cancellation
    is the customer's.
    """
    cancelled_on_marketplace = marketplace_status == MarketplaceStatus.CANCELLED
    has_sales_order, has_invoice = sales_order_code is not None, invoice_code is not None
    if status == OrderStatus.CANCELLED or cancelled_on_marketplace:
        if has_sales_order or has_invoice:
            return OrderCondition.CANCELLED_CHECK_REJECTION
        if cancelled_on_marketplace or cancelled_by == CancelledBy.CUSTOMER:
            return OrderCondition.CANCELLED_BY_CUSTOMER
        return OrderCondition.NOT_YET_PROCESSED
    if has_sales_order and has_invoice:
        return OrderCondition.WAITING_FOR_PICKUP if packed else OrderCondition.NOT_YET_PACKED
    if marketplace_status == MarketplaceStatus.WAITING_FOR_PICKUP and not (has_sales_order or has_invoice):
        return OrderCondition.DONE_NOT_INVOICED
    return OrderCondition.NOT_YET_PROCESSED
