"""Which steps dispatches and orders may take, and what an order's status follows from (A3, A9, B4, B6, B9).

Steps that a scanner or a job may repeat answer the state that is already reached, without change;
steps that can no longer be taken are refused with what to do instead.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import DeliveryStatus, DispatchStatus, OrderStatus, QueueStatus

_Steps = Mapping[DispatchStatus, DispatchStatus]

# Shipping what is not packed packs it on the way; a shipped dispatch has been packed.
PACKING: _Steps = MappingProxyType(
    {
        DispatchStatus.CREATED: DispatchStatus.PACKED,
        DispatchStatus.PACKED: DispatchStatus.PACKED,
        DispatchStatus.SHIPPED: DispatchStatus.SHIPPED,
    }
)
SHIPPING: _Steps = MappingProxyType(
    {
        DispatchStatus.CREATED: DispatchStatus.SHIPPED,
        DispatchStatus.PACKED: DispatchStatus.SHIPPED,
        DispatchStatus.SHIPPED: DispatchStatus.SHIPPED,
    }
)
CANCELLING: _Steps = MappingProxyType(
    {
        DispatchStatus.CREATED: DispatchStatus.CANCELLED,
        DispatchStatus.PACKED: DispatchStatus.CANCELLED,
        DispatchStatus.CANCELLED: DispatchStatus.CANCELLED,
    }
)

CONFIRMABLE = frozenset({OrderStatus.CREATE})
ANSWERED = frozenset({OrderStatus.OC_CONFIRMED, OrderStatus.OC_REJECTED})
EDITABLE = frozenset({OrderStatus.CREATE, OrderStatus.OC_CONFIRMED, OrderStatus.COMMIT})
CANCELLABLE = EDITABLE | {OrderStatus.OC_REJECTED, OrderStatus.PARTIALLY_CANCELLED}

# A dispatch is cancelled once: one whose lines were cancelled with it counts as created for good (A2).
DISPATCH_MADE = (
    "A dispatch has been created from the order; cancel it with its lines requeued first. If it is shipped, "
    "or cancelled without, cancel what is open of the order and load that as a new order."
)


class Quantities(NamedTuple):
    """The units of an order, summed over its lines."""

    requested: int
    allocated: int
    shipped: int
    cancelled: int

    @property
    def open(self) -> int:
        """What is neither allocated nor shipped nor cancelled."""
        return self.requested - self.allocated - self.shipped - self.cancelled

    @property
    def dispatched(self) -> int:
        """What is on a dispatch that nobody cancelled."""
        return self.allocated + self.shipped


def pack(*, status: DispatchStatus) -> DispatchStatus:
    """The status after packing. Refuses a cancelled dispatch: ORDER_STATUS_NOT_ALLOWED."""
    return _step(PACKING, status)


def ship(*, status: DispatchStatus) -> DispatchStatus:
    """The status after shipping. Refuses a cancelled dispatch: ORDER_STATUS_NOT_ALLOWED."""
    return _step(SHIPPING, status)


def cancel(*, status: DispatchStatus) -> DispatchStatus:
    """The status after cancelling. Refuses a shipped dispatch: DISPATCH_ALREADY_SHIPPED (B9)."""
    return _step(CANCELLING, status)


def confirm_order(*, status: OrderStatus, locked: bool, awaited: bool) -> OrderStatus:
    """The status after confirming (A9). Refuses: ORDER_LOCKED, NOTHING_TO_DO, ORDER_STATUS_NOT_ALLOWED.

    `awaited` says that the processor passes the order over until it is confirmed. One of which something was
    dispatched before anybody answered, by hand or before the client's setting, keeps its status: else the
    rest of it could never leave the queue.
    """
    if status == OrderStatus.OC_CONFIRMED and not locked:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "The order is confirmed already.")
    if status == OrderStatus.COMMIT and awaited and not locked:
        return status
    _require(CONFIRMABLE, "confirmed", status=status, locked=locked)
    return OrderStatus.OC_CONFIRMED


def reject_order(*, status: OrderStatus, locked: bool, elsewhere: bool) -> OrderStatus:
    """The status after rejecting (A9). Refuses: ORDER_LOCKED, NOTHING_TO_DO, ORDER_STATUS_NOT_ALLOWED.

    `elsewhere` says that a vendor or the warehouse has been asked for lines of the order.
    """
    if status == OrderStatus.OC_REJECTED:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "The order is rejected already.")
    _require(CONFIRMABLE, "rejected", status=status, locked=locked)
    if elsewhere:
        raise Refusal(
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            "Lines of the order are left to a vendor or are on a Backorder; cancel these first, or cancel "
            "the order instead of rejecting it.",
        )
    return OrderStatus.OC_REJECTED


def unconfirm_order(*, status: OrderStatus, locked: bool, dispatch_made: bool) -> OrderStatus:
    """The status after taking a confirmation or rejection back (A9), while A2's conditions still hold.

    `dispatch_made` says that a dispatch was created from the order: A2. Refuses with ORDER_LOCKED,
    NOTHING_TO_DO, DISPATCH_EXISTS and ORDER_STATUS_NOT_ALLOWED.
    """
    if status == OrderStatus.CREATE and not locked:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "The order is neither confirmed nor rejected.")
    if dispatch_made and not locked:
        raise Refusal(ErrorCode.DISPATCH_EXISTS, DISPATCH_MADE)
    _require(ANSWERED, "unconfirmed", status=status, locked=locked)
    return OrderStatus.CREATE


def require_editable(*, status: OrderStatus, locked: bool) -> None:
    """Refuse changes of an order's details (A3): ORDER_LOCKED, ORDER_STATUS_NOT_ALLOWED."""
    _require(EDITABLE, "edited", status=status, locked=locked)


def cancel_order(*, status: OrderStatus, locked: bool, quantities: Quantities) -> OrderStatus:
    """The status after cancelling an order whose units were `quantities` before (B9).

    Without a dispatch all of it is cancelled. With one, what is still open is, and the order is
    PARTIALLY_CANCELLED, even when the dispatch has already been shipped. Refuses with ORDER_LOCKED,
    ORDER_STATUS_NOT_ALLOWED, and DISPATCH_EXISTS when all that isn't cancelled is dispatched.
    """
    _require(CANCELLABLE, "cancelled", status=status, locked=locked)
    if quantities.dispatched == 0:
        return OrderStatus.CANCELLED
    if quantities.open == 0:
        raise Refusal(
            ErrorCode.DISPATCH_EXISTS,
            "Everything left of the order is dispatched; cancel its dispatches that are not shipped instead.",
        )
    return OrderStatus.PARTIALLY_CANCELLED


def order_status(*, current: OrderStatus, confirmed: bool, quantities: Quantities) -> OrderStatus:
    """The status that follows from `quantities` after they changed.

    `confirmed` says whether the order had been confirmed before its first dispatch: an order whose
    dispatches were all cancelled and requeued goes back to where it was.
    """
    if quantities.open == 0 and quantities.allocated == 0:
        return OrderStatus.COMPLETED if quantities.shipped else OrderStatus.CANCELLED
    if current == OrderStatus.PARTIALLY_CANCELLED:
        return current
    if quantities.dispatched:
        return OrderStatus.COMMIT
    if current == OrderStatus.COMMIT:
        return OrderStatus.OC_CONFIRMED if confirmed else OrderStatus.CREATE
    return current


def delivery_status(*, has_backlog_skus: bool, quantities: Quantities) -> DeliveryStatus:
    """How far the order is delivered (A8): shipped is delivered."""
    if quantities.shipped:
        on_the_way = quantities.open or quantities.allocated
        return DeliveryStatus.PARTIALLY_DELIVERED if on_the_way else DeliveryStatus.DELIVERED
    if not has_backlog_skus:
        return DeliveryStatus.NOT_DELIVERED
    if quantities.allocated:
        return DeliveryStatus.DELIVERY_NOTE_CREATED
    return DeliveryStatus.UNDELIVERED_SKU_CREATED


def queue_status(*, status: OrderStatus, open_on_processor: int, dispatched: int) -> QueueStatus:
    """Where the order stands in the processor's queue, from its units (B6, B10).

    `open_on_processor` are the open units of lines on the route PROCESSOR, `dispatched` the units
    on dispatches that nobody cancelled.
    """
    if open_on_processor and status != OrderStatus.OC_REJECTED:
        return QueueStatus.PARTIALLY_PROCESSED if dispatched else QueueStatus.QUEUED
    return QueueStatus.PROCESSED if dispatched else QueueStatus.NOT_QUEUED


def _step(steps: _Steps, status: DispatchStatus) -> DispatchStatus:
    if status in steps:
        return steps[status]
    if status == DispatchStatus.SHIPPED:
        raise Refusal(
            ErrorCode.DISPATCH_ALREADY_SHIPPED,
            "The dispatch has been shipped; only a dispatch that is still here can be cancelled.",
        )
    raise Refusal(
        ErrorCode.ORDER_STATUS_NOT_ALLOWED,
        "The dispatch is cancelled; what was requeued comes with a new dispatch of the order.",
    )


def _require(allowed: frozenset[OrderStatus], participle: str, *, status: OrderStatus, locked: bool) -> None:
    if locked:
        raise Refusal(
            ErrorCode.ORDER_LOCKED,
            f"The order has Backlog SKUs and can't be {participle}; revert its Backlog SKUs first. Once one "
            "of them is on a delivery note that is shipped, the rest can only be delivered.",
        )
    if status not in allowed:
        raise Refusal(
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            f"An order with status {status} can't be {participle}; "
            f"that takes {', '.join(s for s in OrderStatus if s in allowed)}.",
        )
