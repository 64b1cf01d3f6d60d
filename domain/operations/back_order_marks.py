"""Marking orders as back orders, or as none, by hand (D9)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.operations.answers import UserError
from domain.operations.checks import check_count
from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_statuses
from domain.operations.steps.settling import tell_of_changes
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BackOrderMark, OrderStatus
from domain.store import locks, orders
from domain.store.database import Row

_OVER = (OrderStatus.CANCELLED, OrderStatus.COMPLETED)


class OrdersMarked(msgspec.Struct, frozen=True):
    """The orders that are now as they were asked to be, and why others are not."""

    order_ids: list[int]
    errors: list[UserError]


async def set_back_order_mark(
    command: Command, *, order_ids: Sequence[int], mark: BackOrderMark | None
) -> OrdersMarked:
    """Mark the orders, or with None take their marks away.

    A mark decides backOrderStatus while anything is open, however often coverage is recomputed; what
    the lines lack is computed as ever. An order that isn't there (NOT_FOUND) or is over
    (ORDER_STATUS_NOT_ALLOWED) is reported and the others are marked. Raises INVALID_INPUT for an empty call
    or one of more than 10,000 orders.
    """

    async def body(work: Work) -> OrdersMarked:
        check_count(order_ids, what="orders", path=("orderIds",))
        locked = await locks.lock_orders_and_pools(
            work.sql, client_id=work.client_id, order_ids=set(order_ids)
        )
        found = {order["id"]: order for order in locked}
        refusals: dict[int, Refusal] = {}
        for order_id in order_ids:
            refusal = _refusal(found.get(order_id), mark)
            if refusal is not None:
                refusals[order_id] = refusal
        await _mark(
            work,
            [order for order in locked if order["id"] not in refusals and order["back_order_mark"] != mark],
            mark,
        )
        return OrdersMarked(
            [order_id for order_id in dict.fromkeys(order_ids) if order_id not in refusals],
            UserError.of_each(order_ids, refusals, path="orderIds"),
        )

    return await perform(
        command,
        operation="setBackOrderMark",
        payload=[order_ids, mark],
        answer=OrdersMarked,
        body=body,
    )


def _refusal(order: Row | None, mark: BackOrderMark | None) -> Refusal | None:
    if order is None:
        return Refusal(ErrorCode.NOT_FOUND, "There is no such order.")
    if mark is not None and order["status"] in _OVER:
        return Refusal(
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            f"An order with status {order['status']} waits for nothing and can't be marked.",
        )
    return None


async def _mark(work: Work, changed: Sequence[Row], mark: BackOrderMark | None) -> None:
    ids = {order["id"] for order in changed}
    await orders.set_back_order_mark(work.sql, client_id=work.client_id, order_ids=ids, mark=mark)
    await refresh_statuses(work, ids)
    tell_of_changes(work, changed)
    for order in changed:
        work.audit(
            "BACK_ORDER_MARKED" if mark else "BACK_ORDER_MARK_REMOVED",
            f"Order {order['number']} was marked {mark.replace('_', ' ').lower()}."
            if mark
            else f"The back order mark of order {order['number']} was removed.",
            order_id=order["id"],
            before={"backOrderMark": order["back_order_mark"]},
            after={"backOrderMark": mark},
        )
