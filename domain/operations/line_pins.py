"""Pinning order lines: no reallocation takes anything from them (F3)."""

from __future__ import annotations

from domain.operations.answers import OrderChanged
from domain.operations.checks import check_text
from domain.operations.command import Command, Work, perform
from domain.operations.steps.editing import open_order_of_line
from domain.operations.steps.settling import tell_of_changes
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import OrderStatus
from domain.store import line_pins
from domain.store.database import Row

_OVER = (OrderStatus.CANCELLED, OrderStatus.COMPLETED)


async def pin_order_line(
    command: Command, *, line_id: int, reason: str, expected_version: int | None = None
) -> OrderChanged:
    """Pin the line, or change why it is pinned.

    It keeps what is set aside for it now and later, and may gain. Raises INVALID_INPUT for a reason that is
    none, NOTHING_TO_DO when it is pinned for this reason already, ORDER_STATUS_NOT_ALLOWED when its order
    is over, NOT_FOUND and VERSION_CONFLICT.
    """

    async def body(work: Work) -> OrderChanged:
        check_text(reason, what="reason", path=("reason",), longest=255)
        order = await open_order_of_line(
            work, line_id=line_id, expected_version=expected_version, path=("lineId",)
        )
        if order["status"] in _OVER:
            raise Refusal(
                ErrorCode.ORDER_STATUS_NOT_ALLOWED,
                f"Of an order with status {order['status']} nothing is set aside that could be taken.",
                path=("lineId",),
            )
        before = await line_pins.get(work.sql, client_id=work.client_id, line_id=line_id)
        if before is not None and before["reason"] == reason:
            raise Refusal(
                ErrorCode.NOTHING_TO_DO, "The line is pinned for this reason already.", path=("reason",)
            )
        await line_pins.put(
            work.sql,
            client_id=work.client_id,
            order_id=order["id"],
            line_id=line_id,
            reason=reason,
            pinned_by=work.authority.actor,
            at=work.now,
        )
        _tell(work, order, line_id, "ORDER_LINE_PINNED", before=before, reason=reason)
        return OrderChanged(order["id"])

    return await perform(
        command,
        operation="pinOrderLine",
        payload=[line_id, reason, expected_version],
        answer=OrderChanged,
        body=body,
    )


async def unpin_order_line(
    command: Command, *, line_id: int, expected_version: int | None = None
) -> OrderChanged:
    """Take the line's pin away. Raises NOTHING_TO_DO when it has none, NOT_FOUND and VERSION_CONFLICT."""

    async def body(work: Work) -> OrderChanged:
        order = await open_order_of_line(
            work, line_id=line_id, expected_version=expected_version, path=("lineId",)
        )
        before = await line_pins.get(work.sql, client_id=work.client_id, line_id=line_id)
        if before is None:
            raise Refusal(ErrorCode.NOTHING_TO_DO, "The line is not pinned.", path=("lineId",))
        await line_pins.remove(work.sql, client_id=work.client_id, order_id=order["id"], line_id=line_id)
        _tell(work, order, line_id, "ORDER_LINE_UNPINNED", before=before, reason=None)
        return OrderChanged(order["id"])

    return await perform(
        command,
        operation="unpinOrderLine",
        payload=[line_id, expected_version],
        answer=OrderChanged,
        body=body,
    )


def _tell(
    work: Work, order: Row, line_id: int, action: str, *, before: Row | None, reason: str | None
) -> None:
    tell_of_changes(work, [order])
    work.audit(
        action,
        f"A line of order {order['number']} was {'unpinned' if reason is None else 'pinned'}.",
        order_id=order["id"],
        before={"line": line_id, "pin": None if before is None else before["reason"]},
        after={"line": line_id, "pin": reason},
    )
