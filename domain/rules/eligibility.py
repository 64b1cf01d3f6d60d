"""Whether something can be done to an order, from facts about it (A2, A5, A7, A9, D5).

The same rule decides for one order and for half a million: under the order's lock from the facts as
they are then, and in a preview for every combination of facts that a selection has, of which there
are few however many orders it has.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from domain.rules import lifecycle
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BulkAction, OrderStatus


class Facts(NamedTuple):
    """What the rule looks at. A fact that an action does not look at may be anything."""

    status: OrderStatus
    locked: bool = False
    """The order has Backlog SKUs (A3)."""
    awaits_confirmation: bool = False
    """Lines of the order are queued, and the processor passes them over until it is confirmed (A9)."""
    dispatch_made: bool = False
    """A dispatch of any kind exists that is not cancelled, or whose lines were not requeued (A2)."""
    on_delivery_note: bool = False
    """Such a dispatch of the kind DELIVERY_NOTE exists (A7)."""
    dispatched: bool = False
    """Units of the order are on a dispatch that was not cancelled."""
    open: bool = False
    """Units of the order are open, on whatever route."""
    open_on_processor: bool = False
    """Units of lines on the route PROCESSOR are open."""
    back_ordered: bool = False
    """Units of these lines are back-ordered (D1)."""
    elsewhere: bool = False
    """Units of lines that a vendor ships, or that are on a Backorder, are open."""
    remaining: bool = False
    """Units of Backlog SKUs are open: not applied to a delivery note yet."""
    deliverable: bool = False
    """Some of the remaining units are available, after all orders before this one had theirs."""
    askable: bool = False
    """The order came from a store whose marketplace can be asked (C5)."""
    delayed_alike: bool = False
    """The order is delayed until the very time that is asked for, or not delayed and none is."""
    revert_allowed: bool = False
    """The client's setting allowBacklogSkuRevert (A7)."""


def refusal(action: BulkAction, facts: Facts) -> Refusal | None:
    """Why the action can't be done to an order, or None when it can."""
    try:
        _REQUIRE[action](facts)
    except Refusal as found:
        return found
    return None


def _create_backlog_skus(facts: Facts) -> None:
    # What says most comes first: an order with a dispatch also has the wrong status, but that is why.
    if facts.locked:
        raise Refusal(
            ErrorCode.BACKLOG_SKUS_ALREADY_CREATED,
            "The order has Backlog SKUs already; apply them to delivery notes.",
        )
    if facts.dispatch_made:
        raise Refusal(ErrorCode.DISPATCH_EXISTS, lifecycle.DISPATCH_MADE)
    if facts.status != OrderStatus.OC_CONFIRMED:
        raise Refusal(
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            f"Backlog SKUs are created of orders with status {OrderStatus.OC_CONFIRMED}, and this one "
            f"has {facts.status}.",
        )
    if not facts.open_on_processor:
        raise Refusal(
            ErrorCode.NOTHING_TO_DO,
            "No line of the order waits in the processor's queue: others own what is open of it.",
        )


def _revert_backlog_skus(facts: Facts) -> None:
    if not facts.revert_allowed:
        raise Refusal(
            ErrorCode.FEATURE_DISABLED,
            "Reverting Backlog SKUs is switched off; an admin can set allowBacklogSkuRevert.",
        )
    if not facts.locked:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "The order has no Backlog SKUs.")
    if facts.on_delivery_note:
        raise Refusal(
            ErrorCode.BACKLOG_SKU_ON_DELIVERY_NOTE,
            "A Backlog SKU of the order has been applied to a delivery note; cancel the note with its "
            "lines requeued first. If it is shipped, or cancelled without, deliver what remains instead.",
        )


def _create_delivery_notes(facts: Facts) -> None:
    if not facts.locked:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "The order has no Backlog SKUs.")
    if not facts.remaining:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "All Backlog SKUs of the order are on delivery notes.")
    if not facts.deliverable:
        raise Refusal(
            ErrorCode.INSUFFICIENT_STOCK, "Nothing that remains of the order's Backlog SKUs is available."
        )


def _confirm(facts: Facts) -> None:
    lifecycle.confirm_order(status=facts.status, locked=facts.locked, awaited=facts.awaits_confirmation)


def _reject(facts: Facts) -> None:
    lifecycle.reject_order(status=facts.status, locked=facts.locked, elsewhere=facts.elsewhere)


def _unconfirm(facts: Facts) -> None:
    lifecycle.unconfirm_order(status=facts.status, locked=facts.locked, dispatch_made=facts.dispatch_made)


def _cancel(facts: Facts) -> None:
    # The rule asks only whether there are such units, not how many.
    allocated = int(facts.dispatched)
    units = lifecycle.Quantities(allocated + int(facts.open), allocated, shipped=0, cancelled=0)
    lifecycle.cancel_order(status=facts.status, locked=facts.locked, quantities=units)


def _delay(facts: Facts) -> None:
    lifecycle.require_editable(status=facts.status, locked=facts.locked)
    if facts.delayed_alike:
        raise Refusal(
            ErrorCode.NOTHING_TO_DO,
            "The order is delayed until then already, or it is not delayed and no time was given.",
        )


def _dropship(facts: Facts) -> None:
    lifecycle.require_editable(status=facts.status, locked=facts.locked)
    if not facts.back_ordered:
        raise Refusal(
            ErrorCode.NOTHING_TO_DO, "No line of the order in the processor's queue is back-ordered."
        )


def _synchronize(facts: Facts) -> None:
    if not facts.askable:
        raise Refusal(
            ErrorCode.FEATURE_DISABLED,
            "The order came from no store that could be asked; connect the store to its marketplace.",
        )


_REQUIRE: Mapping[BulkAction, Callable[[Facts], None]] = MappingProxyType(
    {
        BulkAction.CREATE_BACKLOG_SKUS: _create_backlog_skus,
        BulkAction.REVERT_BACKLOG_SKUS: _revert_backlog_skus,
        BulkAction.CREATE_DELIVERY_NOTES: _create_delivery_notes,
        BulkAction.CONFIRM: _confirm,
        BulkAction.REJECT: _reject,
        BulkAction.UNCONFIRM: _unconfirm,
        BulkAction.CANCEL: _cancel,
        BulkAction.DELAY: _delay,
        BulkAction.DROPSHIP: _dropship,
        BulkAction.SYNCHRONIZE: _synchronize,
    }
)

LOOKS_AT: Mapping[BulkAction, tuple[str, ...]] = MappingProxyType(
    {
        BulkAction.CREATE_BACKLOG_SKUS: ("status", "locked", "dispatch_made", "open_on_processor"),
        BulkAction.REVERT_BACKLOG_SKUS: ("status", "locked", "on_delivery_note", "revert_allowed"),
        BulkAction.CREATE_DELIVERY_NOTES: ("status", "locked", "remaining", "deliverable"),
        BulkAction.CONFIRM: ("status", "locked", "awaits_confirmation"),
        BulkAction.REJECT: ("status", "locked", "elsewhere"),
        BulkAction.UNCONFIRM: ("status", "locked", "dispatch_made"),
        BulkAction.CANCEL: ("status", "locked", "dispatched", "open"),
        BulkAction.DELAY: ("status", "locked", "delayed_alike"),
        BulkAction.DROPSHIP: ("status", "locked", "back_ordered"),
        BulkAction.SYNCHRONIZE: ("status", "askable"),
    }
)
"""The facts that each action is decided from, the status first."""
