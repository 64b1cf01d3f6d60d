"""Packing, shipping and cancelling dispatches (B9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from domain.operations.checks import check_text, refusals_at
from domain.operations.command import Command, Work, perform
from domain.operations.steps.backorders import undo_fills
from domain.operations.steps.counting import leave_out_what_was_counted
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.moving import move_stock
from domain.operations.steps.settling import settle_orders
from domain.rules import lifecycle
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import DispatchStatus, EmailEvent, OrderStatus
from domain.store import dispatches, lines, locks, stock
from domain.store.database import Row


class DispatchChanged(msgspec.Struct, frozen=True):
    """The dispatch as it was asked for; it may have been in that state already."""

    dispatch_id: int


class Step(NamedTuple):
    """A step of a dispatch of the order: the status before it, and after it; they may be the same."""

    order_id: int
    before: DispatchStatus
    after: DispatchStatus


@dataclass(frozen=True, slots=True)
class _Locked:
    """A dispatch with its order, both locked under the pool's lock."""

    dispatch: Row
    order: Row

    @property
    def status(self) -> DispatchStatus:
        return DispatchStatus(self.dispatch["status"])


async def pack_dispatch(command: Command, *, dispatch_id: int) -> DispatchChanged:
    """Mark a dispatch packed. Packing again changes nothing; a cancelled one is refused."""

    async def body(work: Work) -> DispatchChanged:
        await pack(work, dispatch_id=dispatch_id, path=("id",))
        return DispatchChanged(dispatch_id)

    return await perform(
        command, operation="packDispatch", payload=dispatch_id, answer=DispatchChanged, body=body
    )


async def ship_dispatch(command: Command, *, dispatch_id: int) -> DispatchChanged:
    """Ship a dispatch: its units leave stock. Shipping again changes nothing; a cancelled one is refused."""

    async def body(work: Work) -> DispatchChanged:
        await ship(work, dispatch_id=dispatch_id, path=("id",))
        return DispatchChanged(dispatch_id)

    return await perform(
        command, operation="shipDispatch", payload=dispatch_id, answer=DispatchChanged, body=body
    )


async def cancel_dispatch(
    command: Command, *, dispatch_id: int, reason_code: str, requeue: bool
) -> DispatchChanged:
    """Load Dispatch Cancellation (B9): the stock is returned, once, however often this is sent.

    With `requeue` the lines wait for a run again, else they are cancelled. Raises
    DISPATCH_ALREADY_SHIPPED, and ORDER_STATUS_NOT_ALLOWED for requeueing lines of a cancelled order.
    """

    async def body(work: Work) -> DispatchChanged:
        check_text(reason_code, what="reason code", path=("reasonCode",), longest=64)
        locked = await _lock(work, dispatch_id, path=("dispatchId",))
        with refusals_at("dispatchId"):
            status = lifecycle.cancel(status=locked.status)
        if status is not locked.status:
            await _cancel(work, locked, reason_code, requeue=requeue)
        return DispatchChanged(dispatch_id)

    return await perform(
        command,
        operation="loadDispatchCancellation",
        payload=[dispatch_id, reason_code, requeue],
        answer=DispatchChanged,
        body=body,
    )


async def pack(work: Work, *, dispatch_id: int, path: tuple[str, ...]) -> Step:
    """Pack the dispatch, unless it is packed already. Raises NOT_FOUND and ORDER_STATUS_NOT_ALLOWED."""
    locked = await _lock(work, dispatch_id, path=path)
    with refusals_at(*path):
        status = lifecycle.pack(status=locked.status)
    if status is not locked.status:
        await dispatches.set_packed(work.sql, client_id=work.client_id, dispatch_id=dispatch_id, at=work.now)
        await settle_orders(work, before=[locked.order])
        _audit(work, locked, "DISPATCH_PACKED", "was packed", after={"status": status})
    return Step(locked.order["id"], locked.status, status)


async def ship(work: Work, *, dispatch_id: int, path: tuple[str, ...]) -> Step:
    """Ship the dispatch, unless it is shipped already. Raises NOT_FOUND and ORDER_STATUS_NOT_ALLOWED."""
    locked = await _lock(work, dispatch_id, path=path)
    with refusals_at(*path):
        status = lifecycle.ship(status=locked.status)
    if status is not locked.status:
        await _ship(work, locked)
    return Step(locked.order["id"], locked.status, status)


async def _ship(work: Work, locked: _Locked) -> None:
    dispatch_id: int = locked.dispatch["id"]
    pool: int = locked.dispatch["distribution_center_id"]
    taken = await dispatches.lines_of(work.sql, client_id=work.client_id, dispatch_id=dispatch_id)
    await dispatches.set_shipped(work.sql, client_id=work.client_id, dispatch_id=dispatch_id, at=work.now)
    await move_stock(
        work,
        distribution_center_id=pool,
        movements=[
            stock.Movement(
                sku_id=line["sku_id"],
                kind="SHIP",
                on_hand=-line["quantity"],
                allocated=-line["quantity"],
                dispatch_id=dispatch_id,
                order_line_id=line["order_line_id"],
            )
            for line in taken
        ],
    )
    await settle_orders(
        work,
        before=[locked.order],
        quantities=[
            lines.QuantityChange(line_id, allocated=-quantity, shipped=quantity)
            for line_id, quantity in _per_line(taken).items()
        ],
    )
    left: Counter[int] = Counter()
    for line in taken:
        left[line["sku_id"]] -= line["quantity"]
    # Shipping changes nothing of what is available, unless the units had left it when they were counted.
    if found := await leave_out_what_was_counted(work, distribution_center_id=pool, moved=left):
        await refresh_coverage(work, distribution_center_id=pool, sku_ids=found)
    work.tell_customer(EmailEvent.SHIPPED, order_id=locked.order["id"], dispatch_id=dispatch_id)
    _audit(work, locked, "DISPATCH_SHIPPED", "was shipped", after={"status": DispatchStatus.SHIPPED})


async def _cancel(work: Work, locked: _Locked, reason_code: str, *, requeue: bool) -> None:
    if requeue and locked.order["status"] in (OrderStatus.CANCELLED, OrderStatus.PARTIALLY_CANCELLED):
        raise Refusal(
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            "The order was cancelled, so its lines can't go back to the queue; cancel without requeue.",
            path=("requeue",),
        )
    dispatch_id: int = locked.dispatch["id"]
    pool: int = locked.dispatch["distribution_center_id"]
    taken = await dispatches.lines_of(work.sql, client_id=work.client_id, dispatch_id=dispatch_id)
    await dispatches.set_cancelled(
        work.sql,
        client_id=work.client_id,
        dispatch_id=dispatch_id,
        reason=reason_code,
        requeued=requeue,
        at=work.now,
    )
    await move_stock(
        work,
        distribution_center_id=pool,
        movements=[
            stock.Movement(
                sku_id=line["sku_id"],
                kind="RELEASE",
                allocated=-line["quantity"],
                dispatch_id=dispatch_id,
                order_line_id=line["order_line_id"],
            )
            for line in taken
        ],
    )
    await undo_fills(work, order_id=locked.order["id"], dispatch_id=dispatch_id, requeue=requeue)
    await settle_orders(
        work,
        before=[locked.order],
        quantities=[
            lines.QuantityChange(line_id, allocated=-quantity, cancelled=0 if requeue else quantity)
            for line_id, quantity in _per_line(taken).items()
        ],
    )
    await refresh_coverage(
        work,
        distribution_center_id=pool,
        sku_ids={line["sku_id"] for line in taken},
    )
    ending = "its lines are queued again" if requeue else "its lines are cancelled"
    _audit(
        work,
        locked,
        "DISPATCH_CANCELLED",
        f"was cancelled ({reason_code}); {ending}",
        after={"status": DispatchStatus.CANCELLED, "reason": reason_code, "requeued": requeue},
    )


async def _lock(work: Work, dispatch_id: int, *, path: tuple[str, ...]) -> _Locked:
    found = await dispatches.order_of(work.sql, client_id=work.client_id, dispatch_id=dispatch_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such dispatch.", path=path)
    (order,) = await locks.lock_orders_and_pools(
        work.sql, client_id=work.client_id, order_ids=[found["order_id"]]
    )
    dispatch = await dispatches.lock(work.sql, client_id=work.client_id, dispatch_id=dispatch_id)
    if dispatch is None:
        raise AssertionError("dispatches are never deleted")
    return _Locked(dispatch, order)


def _per_line(taken: list[Row]) -> Counter[int]:
    quantities: Counter[int] = Counter()
    for line in taken:
        quantities[line["order_line_id"]] += line["quantity"]
    return quantities


def _audit(work: Work, locked: _Locked, action: str, what: str, *, after: Mapping[str, object]) -> None:
    work.audit(
        action,
        f"Dispatch {locked.dispatch['number']} {what}.",
        order_id=locked.order["id"],
        before={"dispatch": locked.dispatch["id"], "status": locked.status},
        after=after,
    )
