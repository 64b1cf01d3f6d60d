"""Changing an order that is on its way: delaying it, and its lines' quantities (D5, D8, F9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from domain.operations.answers import OrderChanged
from domain.operations.checks import check_count, check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.load_sales_orders import SalesOrderLine, checked_lines
from domain.operations.steps.capping import NewDemand, require_within_caps
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.editing import open_line, open_order, require_editable
from domain.operations.steps.eligible import sort_out
from domain.operations.steps.queueing import WantedLine
from domain.operations.steps.settling import settle_orders, tell_of_changes
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BulkAction, EmailEvent, FulfilmentRoute
from domain.store import lines, orders, reference
from domain.store.database import Row


async def delay_order(
    command: Command, *, order_id: int, until: datetime | None, expected_version: int | None = None
) -> OrderChanged:
    """Have the processor pass the order over until then; None takes the delay away (D5).

    Raises INVALID_INPUT for a time that is not to come, NOTHING_TO_DO when the order is delayed so
    already, NOT_FOUND, VERSION_CONFLICT, ORDER_LOCKED and ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> OrderChanged:
        check_until(until, now=work.now)
        order = await open_order(work, order_id=order_id, expected_version=expected_version, path=("id",))
        for refused in (await delay(work, [order], until=until)).values():
            raise refused.at("until" if refused.code is ErrorCode.NOTHING_TO_DO else "id")
        return OrderChanged(order_id)

    return await perform(
        command,
        operation="delayOrder",
        payload=[order_id, until, expected_version],
        answer=OrderChanged,
        body=body,
    )


async def change_order_line(
    command: Command, *, line_id: int, requested: int, expected_version: int | None = None
) -> OrderChanged:
    """Ask for another quantity of a line, in units; what is dispatched or cancelled of it stays (D8).

    Raises INVALID_INPUT for less than that, NOTHING_TO_DO for the quantity it has, INSUFFICIENT_STOCK
    for more than a cap on back orders lets in (F7), NOT_FOUND, VERSION_CONFLICT, ORDER_LOCKED and
    ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> OrderChanged:
        check_quantity(requested, path=("requested",))
        order, line = await open_line(
            work, line_id=line_id, expected_version=expected_version, path=("lineId",)
        )
        least: int = line["requested"] - line["open"]
        if requested < least:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{least} units of the line are allocated, shipped or cancelled, so it can't ask for less; "
                f"the least possible is {least}.",
                path=("requested",),
                details={"least": least},
            )
        if requested == line["requested"]:
            raise Refusal(
                ErrorCode.NOTHING_TO_DO, "The line asks for this quantity already.", path=("requested",)
            )
        added = requested - line["requested"]
        if added > 0 and line["route"] != FulfilmentRoute.DROPSHIP:
            await require_within_caps(work, _demand(order, [(line["sku_id"], added)]), path=[("requested",)])
        change = lines.QuantityChange(line_id, requested=added)
        await _settle(work, order, sku_ids=[line["sku_id"]], quantities=[change])
        work.audit(
            "ORDER_LINE_CHANGED",
            f"Line {line['line_number']} of order {order['number']} asks for {requested} units "
            f"instead of {line['requested']}.",
            order_id=order["id"],
            before={"line": line_id, "requested": line["requested"]},
            after={"line": line_id, "requested": requested},
        )
        return OrderChanged(order["id"])

    return await perform(
        command,
        operation="changeOrderLine",
        payload=[line_id, requested, expected_version],
        answer=OrderChanged,
        body=body,
    )


async def add_order_lines(
    command: Command,
    *,
    order_id: int,
    new_lines: Sequence[SalesOrderLine],
    expected_version: int | None = None,
) -> OrderChanged:
    """Add lines behind the ones there are; the order waits for a run again (D8).

    Raises INVALID_INPUT, NOT_FOUND and, beyond a cap on back orders (F7), INSUFFICIENT_STOCK under the path
    of the line, NOT_FOUND for the order, VERSION_CONFLICT, ORDER_LOCKED and ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> OrderChanged:
        check_count(new_lines, what="lines to add", path=("lines",))
        codes = await reference.resolve(
            work.sql, client_id=work.client_id, skus={line.sku_code for line in new_lines}
        )
        added = checked_lines(new_lines, codes, path=("lines",))
        order = await open_order(
            work, order_id=order_id, expected_version=expected_version, path=("orderId",)
        )
        require_editable(order, path=("orderId",))
        await require_within_caps(
            work,
            _demand(order, [(line.sku_id, line.quantity) for line in added]),
            path=[("lines", str(place), "quantity") for place in range(len(added))],
        )
        await _add(work, order, added)
        return OrderChanged(order_id)

    return await perform(
        command,
        operation="addOrderLines",
        payload=[order_id, new_lines, expected_version],
        answer=OrderChanged,
        body=body,
    )


async def cancel_order_line(
    command: Command, *, line_id: int, quantity: int, expected_version: int | None = None
) -> OrderChanged:
    """Cancel some or all of a line's open units (F9); with the last units of all lines goes the order.

    Raises INVALID_INPUT for more than is open, NOT_FOUND, VERSION_CONFLICT, ORDER_LOCKED and
    ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> OrderChanged:
        check_quantity(quantity, path=("quantity",))
        order, line = await open_line(
            work, line_id=line_id, expected_version=expected_version, path=("lineId",)
        )
        if quantity > line["open"]:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{line['open']} units of the line are open, so {quantity} can't be cancelled; "
                "what is on a dispatch is cancelled with it.",
                path=("quantity",),
                details={"open": line["open"]},
            )
        change = lines.QuantityChange(line_id, cancelled=quantity)
        await _settle(work, order, sku_ids=[line["sku_id"]], quantities=[change])
        work.audit(
            "ORDER_LINE_CANCELLED",
            f"{quantity} units of line {line['line_number']} of order {order['number']} were cancelled.",
            order_id=order["id"],
            before={"line": line_id, "cancelled": line["cancelled"]},
            after={"line": line_id, "cancelled": line["cancelled"] + quantity},
        )
        return OrderChanged(order["id"])

    return await perform(
        command,
        operation="cancelOrderLine",
        payload=[line_id, quantity, expected_version],
        answer=OrderChanged,
        body=body,
    )


def check_until(until: datetime | None, *, now: datetime) -> None:
    """A delay ends in a time to come. Raises INVALID_INPUT."""
    if until is not None and until <= now:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "An order can only be delayed to a time that is to come; leave it out to end the delay.",
            path=("until",),
        )


async def delay(work: Work, locked: Sequence[Row], *, until: datetime | None) -> dict[int, Refusal]:
    """Delay the locked orders, or end their delay (D5); why not, by order id, where that can't be."""
    eligible, refusals = await sort_out(work, BulkAction.DELAY, locked, until=until)
    ids = [order["id"] for order in eligible]
    await orders.set_delay(work.sql, client_id=work.client_id, order_ids=ids, until=until)
    tell_of_changes(work, eligible)
    for order in eligible:
        if until is not None:
            work.tell_customer(EmailEvent.DELAYED, order_id=order["id"])
        work.audit(
            "ORDER_DELAYED",
            f"Order {order['number']} was delayed until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
            if until is not None
            else f"The delay of order {order['number']} was ended.",
            order_id=order["id"],
            before={"delayed_until": order["delayed_until"]},
            after={"delayed_until": until},
        )
    return refusals


async def _add(work: Work, order: Row, added: Sequence[WantedLine]) -> None:
    present = await lines.of_orders(work.sql, client_id=work.client_id, order_ids=[order["id"]])
    numbers = range(present[-1]["line_number"] + 1, present[-1]["line_number"] + 1 + len(added))
    await lines.insert(
        work.sql,
        client_id=work.client_id,
        at=work.now,
        lines=[
            lines.NewLine(order["id"], number, line.sku_id, line.quantity)
            for number, line in zip(numbers, added, strict=True)
        ],
        orders=[
            lines.Queued(order["id"], order["distribution_center_id"], order["priority"], order["ordered_at"])
        ],
    )
    await _settle(work, order, sku_ids={line.sku_id for line in added})
    work.audit(
        "ORDER_LINES_ADDED",
        f"{len(added)} {'line was' if len(added) == 1 else 'lines were'} added to order {order['number']}.",
        order_id=order["id"],
        before={"lines": len(present)},
        after={"lines": len(present) + len(added)},
    )


def _demand(order: Row, added: Sequence[tuple[int, int]]) -> NewDemand:
    return NewDemand(
        distribution_center_id=order["distribution_center_id"], store_id=order["store_id"], lines=added
    )


async def _settle(
    work: Work,
    order: Row,
    *,
    sku_ids: Collection[int],
    quantities: Sequence[lines.QuantityChange] = (),
) -> None:
    await settle_orders(work, before=[order], quantities=quantities)
    await refresh_coverage(work, distribution_center_id=order["distribution_center_id"], sku_ids=sku_ids)
