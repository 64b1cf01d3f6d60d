"""Load Sales Order Cancel and Cancellations (B9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from domain.operations.answers import UserError
from domain.operations.checks import check_count
from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.settling import quantities_of, settle_orders
from domain.rules import lifecycle
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import OrderStatus
from domain.store import lines, locks, orders
from domain.store.database import Row


class CancelledOrders(msgspec.Struct, frozen=True):
    """The orders that were cancelled, wholly or in part, and why others were not."""

    order_ids: list[int]
    errors: list[UserError]


async def cancel_sales_order(command: Command, *, number: str) -> CancelledOrders:
    """Cancel one order by its number.

    Without a dispatch it becomes CANCELLED; with back-order lines it becomes PARTIALLY_CANCELLED and
    they are no longer processed. Raises NOT_FOUND, ORDER_LOCKED, ORDER_STATUS_NOT_ALLOWED and
    DISPATCH_EXISTS.
    """

    async def body(work: Work) -> CancelledOrders:
        cancelled, refusals = await _cancel(work, [number])
        for refusal in refusals.values():
            raise refusal.at("salesOrderNumber")
        return CancelledOrders(cancelled, [])

    return await perform(
        command, operation="loadSalesOrderCancel", payload=[number], answer=CancelledOrders, body=body
    )


async def cancel_sales_orders(command: Command, *, numbers: Sequence[str]) -> CancelledOrders:
    """Cancel many orders by number; each that can't be is reported and the others are cancelled."""

    async def body(work: Work) -> CancelledOrders:
        check_count(numbers, what="sales order numbers", path=("salesOrderNumbers",))
        cancelled, refusals = await _cancel(work, numbers)
        return CancelledOrders(cancelled, UserError.of_each(numbers, refusals, path="salesOrderNumbers"))

    return await perform(
        command,
        operation="loadSalesOrderCancellations",
        payload=numbers,
        answer=CancelledOrders,
        body=body,
    )


async def _cancel(work: Work, numbers: Sequence[str]) -> tuple[list[int], dict[str, Refusal]]:
    ids = await orders.existing_numbers(work.sql, client_id=work.client_id, numbers=set(numbers))
    refusals = {
        number: Refusal(ErrorCode.NOT_FOUND, f"There is no sales order with the number {number!r}.")
        for number in numbers
        if number not in ids
    }
    locked = await locks.lock_orders_and_pools(work.sql, client_id=work.client_id, order_ids=ids.values())
    refused = await cancel(work, locked)
    refusals |= {order["number"]: refused[order["id"]] for order in locked if order["id"] in refused}
    return [ids[number] for number in dict.fromkeys(numbers) if number not in refusals], refusals


async def cancel(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Cancel the locked orders as far as B9 goes; why not, by order id, where that can't be."""
    decided, refusals = await decide_cancellations(work, locked)
    await cancel_open_lines(work, [order for order in locked if order["id"] in decided], decided)
    return refusals


async def decide_cancellations(
    work: Work, rows: Sequence[Row]
) -> tuple[dict[int, OrderStatus], dict[int, Refusal]]:
    """What cancelling would make of the orders, and why others can't be cancelled; both by order id."""
    decided: dict[int, OrderStatus] = {}
    refusals: dict[int, Refusal] = {}
    order_of = {order["id"]: order for order in rows}
    for figures in await orders.figures(work.sql, client_id=work.client_id, order_ids=order_of):
        order = order_of[figures["id"]]
        try:
            decided[order["id"]] = lifecycle.cancel_order(
                status=OrderStatus(order["status"]),
                locked=order["locked"],
                quantities=quantities_of(figures),
            )
        except Refusal as refusal:
            refusals[order["id"]] = refusal
    return decided, refusals


async def cancel_open_lines(work: Work, cancelled: Sequence[Row], decided: dict[int, OrderStatus]) -> None:
    """Cancel all open quantity of the orders, whose rows and pools are locked, and settle them."""
    open_lines = [
        line
        for line in await lines.of_orders(work.sql, client_id=work.client_id, order_ids=list(decided))
        if line["open"]
    ]
    await settle_orders(
        work,
        before=cancelled,
        quantities=[lines.QuantityChange(line["id"], cancelled=line["open"]) for line in open_lines],
        decided=decided,
    )
    pool_of = {order["id"]: order["distribution_center_id"] for order in cancelled}
    freed: defaultdict[int, set[int]] = defaultdict(set)
    for line in open_lines:
        freed[pool_of[line["order_id"]]].add(line["sku_id"])
    for order in cancelled:
        whole = decided[order["id"]] is OrderStatus.CANCELLED
        work.audit(
            "ORDER_CANCELLED" if whole else "BACK_ORDER_LINES_CANCELLED",
            f"Order {order['number']} was cancelled."
            if whole
            else f"The back-order lines of order {order['number']} were cancelled.",
            order_id=order["id"],
            before={"status": order["status"]},
            after={"status": decided[order["id"]]},
        )
    for pool, sku_ids in sorted(freed.items()):
        await refresh_coverage(work, distribution_center_id=pool, sku_ids=sku_ids)
