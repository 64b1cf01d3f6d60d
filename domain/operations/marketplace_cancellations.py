"""Cancelling what the customer cancelled on the marketplace (C3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from domain.operations.cancel_orders import cancel
from domain.operations.command import Work
from domain.operations.steps.settling import quantities_of
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import CancelledBy
from domain.store import orders
from domain.store.database import Row


class CancelledForCustomers(NamedTuple):
    """The orders that were cancelled, wholly or in part, and by order id why one was not, or not wholly."""

    order_ids: set[int]
    refusals: dict[int, Refusal]


async def cancel_for_customers(work: Work, *, locked: Sequence[Row]) -> CancelledForCustomers:
    """Cancel the orders as far as that goes by itself; they are locked, and the pools of those that can be.

    What is dispatched is left alone: whether the parcel can be stopped is for people to find out. What is
    not is cancelled as B9 says, so that no run sends more to somebody who has cancelled.
    """
    waiting = {order["id"]: order for order in locked}
    quantities = {
        figure["id"]: quantities_of(figure)
        for figure in await orders.figures(work.sql, client_id=work.client_id, order_ids=waiting)
    }
    dispatched = {order_id for order_id, units in quantities.items() if units.dispatched}
    open_still = [
        waiting[order_id]
        for order_id, units in quantities.items()
        if units.open or order_id not in dispatched
    ]
    refusals = await cancel(work, open_still) if open_still else {}
    cancelled = {order["id"] for order in open_still} - refusals.keys()
    if whole := cancelled - dispatched:
        await orders.set_cancelled_by(
            work.sql, client_id=work.client_id, order_ids=whole, by=CancelledBy.CUSTOMER
        )
    refusals |= {
        order_id: Refusal(
            ErrorCode.DISPATCH_EXISTS,
            "What is dispatched of the order was not cancelled here. Cancel its dispatches that are not "
            "shipped, without requeueing their lines; what is shipped has to come back.",
        )
        for order_id in dispatched
    }
    return CancelledForCustomers(cancelled, refusals)
