"""Splitting an order: some of its lines go on as an order of their own (D8)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.operations.checks import check_count, check_text
from domain.operations.command import Command, Work, perform
from domain.operations.coverage import refresh_coverage, refresh_statuses
from domain.operations.editing import open_order, require_editable
from domain.operations.promises import refresh_promises
from domain.operations.settling import settle_orders
from domain.rules import lifecycle
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import FulfilmentRoute, OrderStatus
from domain.store import lines, orders
from domain.store.database import Row


class OrderSplit(msgspec.Struct, frozen=True):
    """The order that was split, and the new one with the lines that were moved."""

    order_id: int
    new_order_id: int


async def split_order(
    command: Command,
    *,
    order_id: int,
    line_ids: Sequence[int],
    new_number: str,
    expected_version: int | None = None,
) -> OrderSplit:
    """Move whole lines to a new order, which is otherwise a copy; the hold time goes on (D8).

    Both have the same priority and order time, so the new order is served right behind the old one
    but for others of that very moment: the last part of the rank key is the id. Only lines on the
    route PROCESSOR of which nothing is dispatched and something is open can move. Raises
    INVALID_INPUT and NOT_FOUND under the path of the line, DISPATCH_EXISTS, NOTHING_TO_DO when no line
    would stay, DUPLICATE for a number that is taken, NOT_FOUND for the order, VERSION_CONFLICT,
    ORDER_LOCKED and ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> OrderSplit:
        check_count(line_ids, what="lines to move", path=("lineIds",))
        check_text(new_number, what="order number", path=("newNumber",))
        order = await open_order(
            work, order_id=order_id, expected_version=expected_version, path=("orderId",)
        )
        require_editable(order, path=("orderId",))
        return OrderSplit(order_id, await _split(work, order, line_ids, new_number))

    return await perform(
        command,
        operation="splitOrder",
        payload=[order_id, line_ids, new_number, expected_version],
        answer=OrderSplit,
        body=body,
    )


async def _split(work: Work, order: Row, line_ids: Sequence[int], new_number: str) -> int:
    present = await lines.of_orders(work.sql, client_id=work.client_id, order_ids=[order["id"]])
    moving = _chosen(present, line_ids)
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
        work.sql, client_id=work.client_id, line_ids=[line["id"] for line in moving], order_id=new_id
    )
    pool: int = order["distribution_center_id"]
    work.order_changed(order_id=new_id, distribution_center_id=pool)
    await settle_orders(work, before=[order])
    await refresh_coverage(work, distribution_center_id=pool, sku_ids={line["sku_id"] for line in moving})
    await refresh_statuses(work, {new_id})
    await refresh_promises(work, order_ids=[new_id], created_order_ids={new_id})
    _audit(work, order, present, moving, new_id, new_number)
    return new_id


def _chosen(present: Sequence[Row], line_ids: Sequence[int]) -> list[Row]:
    """The lines to move, in the order they have, if all of them can move and others stay."""
    by_id = {line["id"]: line for line in present}
    seen: set[int] = set()
    for index, line_id in enumerate(line_ids):
        _check_line(by_id.get(line_id), seen, path=("lineIds", str(index)))
        seen.add(line_id)
    if not any(line["id"] not in seen and line["cancelled"] < line["requested"] for line in present):
        raise Refusal(
            ErrorCode.NOTHING_TO_DO,
            "These are all lines of the order that are not cancelled; leave at least one behind.",
            path=("lineIds",),
        )
    return [line for line in present if line["id"] in seen]


def _check_line(line: Row | None, seen: set[int], *, path: tuple[str, ...]) -> None:
    if line is None:
        raise Refusal(ErrorCode.NOT_FOUND, "The order has no such line.", path=path)
    name = f"Line {line['line_number']}"
    if line["id"] in seen:
        raise Refusal(ErrorCode.INVALID_INPUT, f"{name} is there twice; send it once.", path=path)
    if line["route"] != FulfilmentRoute.PROCESSOR:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{name} is on the route {line['route']}; only lines in the processor's queue can move.",
            path=path,
        )
    if line["allocated"] or line["shipped"]:
        raise Refusal(
            ErrorCode.DISPATCH_EXISTS,
            f"Units of {name.lower()} are dispatched; only lines without a dispatch can move.",
            path=path,
        )
    if not line["open"]:
        raise Refusal(
            ErrorCode.INVALID_INPUT, f"All of {name.lower()} is cancelled; leave it where it is.", path=path
        )


def _status_without_dispatch(order: Row, moving: Sequence[Row]) -> OrderStatus:
    return lifecycle.order_status(
        current=OrderStatus(order["status"]),
        confirmed=order["confirmed_at"] is not None,
        quantities=lifecycle.Quantities(
            requested=sum(line["requested"] for line in moving),
            allocated=0,
            shipped=0,
            cancelled=sum(line["cancelled"] for line in moving),
        ),
    )


def _audit(
    work: Work, order: Row, present: Sequence[Row], moving: Sequence[Row], new_id: int, new_number: str
) -> None:
    moved = [line["id"] for line in moving]
    work.audit(
        "ORDER_SPLIT",
        f"{len(moved)} {'line' if len(moved) == 1 else 'lines'} of order {order['number']} "
        f"went to order {new_number}.",
        order_id=order["id"],
        before={"lines": [line["id"] for line in present]},
        after={"lines": [line["id"] for line in present if line["id"] not in moved]},
    )
    work.audit(
        "ORDER_SPLIT_OFF",
        f"Order {new_number} was split off order {order['number']}.",
        order_id=new_id,
        after={"lines": moved},
    )
