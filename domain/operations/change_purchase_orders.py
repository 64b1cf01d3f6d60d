"""Changing what is on its way: when it comes, how much of it, and for whom (F4, D6)."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.operations.checks import check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.dropship_orders import take_back
from domain.operations.purchase_orders import (
    PurchaseOrderChanged,
    check_link,
    open_purchase_order,
    order_changed,
)
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.moving import levels_changed
from domain.operations.steps.promises import refresh_promises
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import purchase_orders
from domain.store.database import Row
from domain.store.purchase_orders import LineChange


async def reschedule_purchase_order_line(
    command: Command, *, line_id: int, expected_at: datetime | None
) -> PurchaseOrderChanged:
    """Expect what is open of a line at another time; None: nobody knows when (F4).

    Raises NOT_FOUND, and NOTHING_TO_DO when nothing is open or it is expected then already.
    """

    async def body(work: Work) -> PurchaseOrderChanged:
        ordered, line = await _open_line(work, line_id, path=("id",))
        if expected_at == line["expected_at"]:
            raise Refusal(ErrorCode.NOTHING_TO_DO, "The line is expected then already.", path=("expectedAt",))
        await purchase_orders.set_expected(
            work.sql, client_id=work.client_id, line_id=line_id, at=expected_at
        )
        await _peg_again(work, ordered, line)
        when = "no known time" if expected_at is None else f"{expected_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        _audit(work, ordered, line, f"is expected at {when}", "expected_at", expected_at)
        return PurchaseOrderChanged(ordered["id"])

    return await perform(
        command,
        operation="reschedulePurchaseOrderLine",
        payload=[line_id, expected_at],
        answer=PurchaseOrderChanged,
        body=body,
    )


async def change_purchase_order_line(
    command: Command, *, line_id: int, quantity: int
) -> PurchaseOrderChanged:
    """Have another quantity of a line on its way, in units; what is received or cancelled of it stays.

    Raises NOT_FOUND, NOTHING_TO_DO for the quantity it has, and INVALID_INPUT for less than is received or
    cancelled, and for a line that a vendor ships: it follows its order line.
    """

    async def body(work: Work) -> PurchaseOrderChanged:
        check_quantity(quantity, path=("quantity",))
        ordered, line = await _find_line(work, line_id, path=("id",))
        _refuse_dropship(ordered, "its quantity is that of the order line; change that one", path=("id",))
        least: int = line["received"] + line["cancelled"]
        if quantity < least:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{least} units of the line are received or cancelled; the least possible is {least}.",
                path=("quantity",),
                details={"least": least},
            )
        if quantity == line["quantity"]:
            raise Refusal(ErrorCode.NOTHING_TO_DO, "The line has this quantity already.", path=("quantity",))
        await purchase_orders.change_lines(
            work.sql,
            client_id=work.client_id,
            changes=[LineChange(line_id, quantity=quantity - line["quantity"])],
        )
        await _peg_again(work, ordered, line)
        _incoming_changed(work, ordered, line)
        _audit(work, ordered, line, f"is about {quantity} units", "quantity", quantity)
        return PurchaseOrderChanged(ordered["id"])

    return await perform(
        command,
        operation="changePurchaseOrderLine",
        payload=[line_id, quantity],
        answer=PurchaseOrderChanged,
        body=body,
    )


async def cancel_purchase_order_line(command: Command, *, line_id: int) -> PurchaseOrderChanged:
    """Expect nothing more of a line; an order line that its vendor was to ship waits for a run again (D5).

    Raises NOT_FOUND, and NOTHING_TO_DO when nothing is open.
    """

    async def body(work: Work) -> PurchaseOrderChanged:
        ordered, line = await _open_line(work, line_id, path=("id",))
        await purchase_orders.change_lines(
            work.sql, client_id=work.client_id, changes=[LineChange(line_id, cancelled=line["open"])]
        )
        if ordered["dropship_order_id"] is None:
            await _peg_again(work, ordered, line)
            _incoming_changed(work, ordered, line)
        else:
            await take_back(work, order_id=ordered["dropship_order_id"], line_ids=[line["order_line_id"]])
        cancelled = line["cancelled"] + line["open"]
        _audit(work, ordered, line, "was cancelled as far as it is open", "cancelled", cancelled)
        return PurchaseOrderChanged(ordered["id"])

    return await perform(
        command,
        operation="cancelPurchaseOrderLine",
        payload=line_id,
        answer=PurchaseOrderChanged,
        body=body,
    )


async def link_purchase_order_line(
    command: Command, *, line_id: int, order_line_id: int | None
) -> PurchaseOrderChanged:
    """Have what is still to come of a line serve an order line first (D6), or nobody in particular.

    What was received while it was linked elsewhere stays with that order. Raises NOT_FOUND, NOTHING_TO_DO
    when nothing is open or it is linked so already, and INVALID_INPUT for an order line that it can't
    serve, and for a line that a vendor ships.
    """

    async def body(work: Work) -> PurchaseOrderChanged:
        ordered, line = await _open_line(work, line_id, path=("id",))
        _refuse_dropship(ordered, "it is for that order and no other", path=("id",))
        if order_line_id == line["order_line_id"]:
            raise Refusal(ErrorCode.NOTHING_TO_DO, "The line is linked so already.", path=("orderLineId",))
        if order_line_id is not None:
            await check_link(
                work,
                order_line_id=order_line_id,
                sku_id=line["sku_id"],
                distribution_center_id=ordered["distribution_center_id"],
                path=("orderLineId",),
            )
        await purchase_orders.set_link(
            work.sql, client_id=work.client_id, line_id=line_id, order_line_id=order_line_id
        )
        await _peg_again(work, ordered, line)
        what = "is for everybody" if order_line_id is None else "was linked to an order line"
        _audit(work, ordered, line, what, "order_line_id", order_line_id)
        return PurchaseOrderChanged(ordered["id"])

    return await perform(
        command,
        operation="linkPurchaseOrderLine",
        payload=[line_id, order_line_id],
        answer=PurchaseOrderChanged,
        body=body,
    )


async def _find_line(work: Work, line_id: int, *, path: tuple[str, ...]) -> tuple[Row, Row]:
    """The line's purchase order and the line, locked as `open_purchase_order` does."""
    found = await purchase_orders.of_line(work.sql, client_id=work.client_id, line_id=line_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such purchase-order line.", path=path)
    ordered, present = await open_purchase_order(work, found["id"], path=path)
    return ordered, present[line_id]


async def _open_line(work: Work, line_id: int, *, path: tuple[str, ...]) -> tuple[Row, Row]:
    ordered, line = await _find_line(work, line_id, path=path)
    if not line["open"]:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "Nothing of the line is open.", path=path)
    return ordered, line


async def _peg_again(work: Work, ordered: Row, line: Row) -> None:
    if ordered["dropship_order_id"] is None:
        await refresh_coverage(
            work, distribution_center_id=ordered["distribution_center_id"], sku_ids=[line["sku_id"]]
        )
    else:
        await refresh_promises(work, order_ids=[ordered["dropship_order_id"]])


def _incoming_changed(work: Work, ordered: Row, line: Row) -> None:
    """What is on its way is part of the level, but for what a vendor ships."""
    levels_changed(work, distribution_center_id=ordered["distribution_center_id"], sku_ids=[line["sku_id"]])


def _refuse_dropship(ordered: Row, why: str, *, path: tuple[str, ...]) -> None:
    if ordered["dropship_order_id"] is not None:
        raise Refusal(ErrorCode.INVALID_INPUT, f"The vendor ships the line for an order: {why}.", path=path)


def _audit(work: Work, ordered: Row, line: Row, what: str, column: str, now: object) -> None:
    order_changed(work, ordered)
    work.audit(
        "PURCHASE_ORDER_CHANGED",
        f"Line {line['line_number']} of purchase order {ordered['number']} {what}.",
        order_id=ordered["dropship_order_id"],
        before={"line": line["id"], column: line[column]},
        after={"line": line["id"], column: now},
    )
