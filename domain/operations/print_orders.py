"""Printing an order, which offers to put what is not in stock on its Backorder (E3)."""

from __future__ import annotations

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.mark_warehouse_pick import mark_lines, pickable
from domain.operations.steps.editing import open_order, require_editable
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import FulfilmentRoute, WarehousePickPolicy
from domain.store import backorders, lines, locks
from domain.store.database import Row


class OrderPrinted(msgspec.Struct, frozen=True):
    """The order and its open Backorder, if it has one; `backorder_offered` if lines should still go on it."""

    order_id: int
    backorder_id: int | None
    backorder_offered: bool


async def print_order(command: Command, *, order_id: int, create_backorder: bool) -> OrderPrinted:
    """Have an order printed; with `create_backorder` its lines that are not in stock are marked before.

    Lines in stock stay in the processor's queue. However lines were marked, and however often the order
    is printed, they are on one Backorder. Raises NOT_FOUND, and for a Backorder that is to be created
    ORDER_LOCKED and ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> OrderPrinted:
        if create_backorder:
            order = await open_order(work, order_id=order_id, expected_version=None, path=("orderId",))
            require_editable(order, path=("orderId",))
        else:
            order = await _order(work, order_id)
        short = await _short_in_queue(work, order)
        if create_backorder and short:
            await mark_lines(work, order, short, dict.fromkeys((line["id"] for line in short), 0))
        holding = await backorders.open_of_orders(work.sql, client_id=work.client_id, order_ids=[order_id])
        work.audit(
            "ORDER_PRINTED",
            f"Order {order['number']} was printed.",
            order_id=order_id,
            after={"backorder": holding.get(order_id)},
        )
        return OrderPrinted(order_id, holding.get(order_id), bool(short) and not create_backorder)

    return await perform(
        command,
        operation="printOrder",
        payload=[order_id, create_backorder],
        answer=OrderPrinted,
        body=body,
    )


async def _order(work: Work, order_id: int) -> Row:
    # Without the pool's lock: paper changes no quantity, and outdates no plan (F2).
    locked = await locks.lock_orders(work.sql, client_id=work.client_id, order_ids=[order_id])
    if not locked:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such order.", path=("orderId",))
    return locked[0]


async def _short_in_queue(work: Work, order: Row) -> list[Row]:
    """The lines in the processor's queue that could not be picked whole, each after those before it."""
    waiting = [
        line
        for line in await lines.of_orders(work.sql, client_id=work.client_id, order_ids=[order["id"]])
        if line["open"] and line["route"] == FulfilmentRoute.PROCESSOR
    ]
    there = await pickable(work, order, waiting, WarehousePickPolicy.WHOLE_LINE)
    return [line for line in waiting if not there[line["id"]]]
