"""Splitting an order: some of its lines, or some units of them, go on as an order of their own (D8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from domain.operations.checks import check_count, check_quantity, check_text
from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_coverage, refresh_statuses
from domain.operations.steps.editing import open_order, require_editable, require_in_queue
from domain.operations.steps.promises import refresh_promises
from domain.operations.steps.settling import settle_orders
from domain.rules import lifecycle
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import OrderStatus
from domain.store import lines, orders
from domain.store.database import Row


class OrderSplit(msgspec.Struct, frozen=True):
    """The order that was split, and the new one with the lines that were moved."""

    order_id: int
    new_order_id: int


class Part(msgspec.Struct, frozen=True):
    """Open units of a line that move; what is dispatched or cancelled of the line stays."""

    line_id: int
    quantity: int


class _Moving(NamedTuple):
    """What goes to the new order."""

    lines: Sequence[Row]
    """Whole lines."""
    parts: Sequence[tuple[Row, int]]
    """Lines that stay, with the units of them that go."""


async def split_order(
    command: Command,
    *,
    order_id: int,
    line_ids: Sequence[int],
    parts: Sequence[Part] = (),
    new_number: str,
    expected_version: int | None = None,
) -> OrderSplit:
    """Move whole lines and parts of lines to a new order, otherwise a copy; the hold time goes on (D8).

    Both have the same priority and order time, so the new order is served right behind the old one
    but for others of that very moment: the last part of the rank key is the id. Only lines on the
    route PROCESSOR with open units can move, and as a whole only those of which nothing is dispatched.
    What was ordered or received for a line (D6) stays with the line. Raises INVALID_INPUT and NOT_FOUND
    under the path of the line, DISPATCH_EXISTS, NOTHING_TO_DO when no line would stay, DUPLICATE for a
    number that is taken, NOT_FOUND for the order, VERSION_CONFLICT, ORDER_LOCKED and
    ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> OrderSplit:
        if line_ids or not parts:
            check_count(line_ids, what="lines to move", path=("lineIds",))
        if parts:
            check_count(parts, what="parts to move", path=("parts",))
        check_text(new_number, what="order number", path=("newNumber",))
        order = await open_order(
            work, order_id=order_id, expected_version=expected_version, path=("orderId",)
        )
        require_editable(order, path=("orderId",))
        return OrderSplit(order_id, await _split(work, order, line_ids, parts, new_number))

    return await perform(
        command,
        operation="splitOrder",
        payload=[order_id, line_ids, parts, new_number, expected_version],
        answer=OrderSplit,
        body=body,
    )


async def _split(
    work: Work, order: Row, line_ids: Sequence[int], parts: Sequence[Part], new_number: str
) -> int:
    present = await lines.of_orders(work.sql, client_id=work.client_id, order_ids=[order["id"]])
    moving = _chosen(present, line_ids, parts)
    new_id = await orders.split_off(
        work.sql,
        client_id=work.client_id,
        order_id=order["id"],
        number=new_number,
        status=_status_without_dispatch(order, moving),
    )
    if new_id is None:
        raise Refusal(
            ErrorCode.DUPLICATE,
            f"Order {new_number} exists already; give the new order another number.",
            path=("newNumber",),
        )
    await lines.move_to_order(
        work.sql, client_id=work.client_id, line_ids=[line["id"] for line in moving.lines], order_id=new_id
    )
    pool: int = order["distribution_center_id"]
    await _insert_parts(work, order, moving, new_id)
    work.order_changed(order_id=new_id, distribution_center_id=pool)
    less = [lines.QuantityChange(line["id"], requested=-units) for line, units in moving.parts]
    await settle_orders(work, before=[order], quantities=less)
    sku_ids = {line["sku_id"] for line in (*moving.lines, *(line for line, _ in moving.parts))}
    await refresh_coverage(work, distribution_center_id=pool, sku_ids=sku_ids)
    await refresh_statuses(work, {new_id})
    await refresh_promises(work, order_ids=[new_id], created_order_ids={new_id})
    _audit(work, order, present, moving, new_id, new_number)
    return new_id


async def _insert_parts(work: Work, order: Row, moving: _Moving, new_id: int) -> None:
    """The parts as lines of the new order, behind the whole ones."""
    if not moving.parts:
        return
    pool: int = order["distribution_center_id"]
    await lines.insert(
        work.sql,
        client_id=work.client_id,
        at=work.now,
        lines=[
            lines.NewLine(new_id, number, line["sku_id"], units)
            for number, (line, units) in enumerate(moving.parts, start=len(moving.lines) + 1)
        ],
        orders=[lines.Queued(new_id, pool, order["priority"], order["ordered_at"])],
    )


def _chosen(present: Sequence[Row], line_ids: Sequence[int], parts: Sequence[Part]) -> _Moving:
    """What is to move, in the order the lines have, if all of it can move and something else stays."""
    by_id = {line["id"]: line for line in present}
    whole: set[int] = set()
    for index, line_id in enumerate(line_ids):
        line = _movable(by_id.get(line_id), whole, path=("lineIds", str(index)))
        _require_undispatched(line, path=("lineIds", str(index)))
        whole.add(line_id)
    units: dict[int, int] = {}
    for index, part in enumerate(parts):
        path = ("parts", str(index))
        line = _movable(by_id.get(part.line_id), {*whole, *units}, path=(*path, "lineId"))
        check_quantity(part.quantity, path=(*path, "quantity"))
        if part.quantity > line["open"]:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{line['open']} units of line {line['line_number']} are open, so "
                f"{part.quantity} can't move.",
                path=(*path, "quantity"),
                details={"open": line["open"]},
            )
        if part.quantity == line["requested"]:
            # It would leave a line of nothing.
            whole.add(part.line_id)
        else:
            units[part.line_id] = part.quantity
    if not any(
        line["id"] not in whole and line["cancelled"] < line["requested"] - units.get(line["id"], 0)
        for line in present
    ):
        raise Refusal(
            ErrorCode.NOTHING_TO_DO,
            "This is all of the order that is not cancelled; leave something behind.",
            path=("lineIds",) if line_ids else ("parts",),
        )
    return _Moving(
        [line for line in present if line["id"] in whole],
        [(line, units[line["id"]]) for line in present if line["id"] in units],
    )


def _movable(line: Row | None, seen: set[int], *, path: tuple[str, ...]) -> Row:
    if line is None:
        raise Refusal(ErrorCode.NOT_FOUND, "The order has no such line.", path=path)
    require_in_queue(line, seen, can="move", path=path)
    if not line["open"] and not line["allocated"] and not line["shipped"]:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"All of line {line['line_number']} is cancelled; leave it where it is.",
            path=path,
        )
    return line


def _require_undispatched(line: Row, *, path: tuple[str, ...]) -> None:
    if line["allocated"] or line["shipped"]:
        raise Refusal(
            ErrorCode.DISPATCH_EXISTS,
            f"Units of line {line['line_number']} are dispatched; only its open units can move: name them "
            "in parts.",
            path=path,
        )


def _status_without_dispatch(order: Row, moving: _Moving) -> OrderStatus:
    requested = [*(line["requested"] for line in moving.lines), *(units for _, units in moving.parts)]
    return lifecycle.order_status(
        current=OrderStatus(order["status"]),
        confirmed=order["confirmed_at"] is not None,
        quantities=lifecycle.Quantities(
            requested=sum(requested),
            allocated=0,
            shipped=0,
            cancelled=sum(line["cancelled"] for line in moving.lines),
        ),
    )


def _audit(
    work: Work, order: Row, present: Sequence[Row], moving: _Moving, new_id: int, new_number: str
) -> None:
    moved = [line["id"] for line in moving.lines]
    parts = {str(line["id"]): units for line, units in moving.parts}
    went = f"{len(moved)} {'line' if len(moved) == 1 else 'lines'}"
    if parts:
        went += f" and parts of {len(parts)}"
    work.audit(
        "ORDER_SPLIT",
        f"{went} of order {order['number']} went to order {new_number}.",
        order_id=order["id"],
        before={"lines": [line["id"] for line in present]},
        after={"lines": [line["id"] for line in present if line["id"] not in moved]}
        | ({"moved_units": parts} if parts else {}),
    )
    work.audit(
        "ORDER_SPLIT_OFF",
        f"Order {new_number} was split off order {order['number']}.",
        order_id=new_id,
        after={"lines": moved} | ({"units_of": parts} if parts else {}),
    )
