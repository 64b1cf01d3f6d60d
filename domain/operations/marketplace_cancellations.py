"""Cancelling what the customer cancelled on the marketplace (C3)."""

from __future__ import annotations

from collections.abc import Sequence

from domain.operations.cancel_orders import cancel
from domain.operations.command import Work
from domain.operations.settling import quantities_of
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import CancelledBy
from domain.store import orders
from domain.store.database import Row


async def cancel_for_customers(work: Work, *, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Cancel the orders, whose rows and pools are locked; by order id, why one could not be.

    An order of which something is dispatched is left alone: whether the parcel can be stopped is for
    people to find out.
    """
    waiting = {order["id"]: order for order in locked}
    figures = await orders.figures(work.sql, client_id=work.client_id, order_ids=waiting)
    refusals = {
        figure["id"]: Refusal(
            ErrorCode.DISPATCH_EXISTS,
            "The order was not cancelled here: something of it is dispatched. Cancel what is not shipped, "
            "with its lines requeued, and then the order; what is shipped has to come back.",
        )
        for figure in figures
        if quantities_of(figure).dispatched
    }
    untouched = [order for order_id, order in waiting.items() if order_id not in refusals]
    if not untouched:
        return refusals
    refusals |= await cancel(work, untouched)
    await orders.set_cancelled_by(
        work.sql,
        client_id=work.client_id,
        order_ids=[order["id"] for order in untouched if order["id"] not in refusals],
        by=CancelledBy.CUSTOMER,
    )
    return refusals
