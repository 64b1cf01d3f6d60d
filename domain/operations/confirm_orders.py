"""Order confirmation (A9): CREATE becomes OC_CONFIRMED."""

from __future__ import annotations

from domain.operations.checks import refusals_at
from domain.operations.command import Command, Work, perform
from domain.operations.editing import OrderChanged, open_order
from domain.rules import lifecycle
from domain.rules.vocabulary import OrderStatus
from domain.store import orders
from domain.store.database import Row


async def confirm_order(
    command: Command, *, order_id: int, expected_version: int | None = None
) -> OrderChanged:
    """Confirm one order; it stays in the queue (A9).

    Raises NOT_FOUND, VERSION_CONFLICT, ORDER_LOCKED, ORDER_STATUS_NOT_ALLOWED, and NOTHING_TO_DO when
    it is confirmed already.
    """

    async def body(work: Work) -> OrderChanged:
        order = await open_order(work, order_id=order_id, expected_version=expected_version, path=("id",))
        await _confirm(work, order)
        return OrderChanged(order_id)

    return await perform(
        command,
        operation="confirmOrder",
        payload=[order_id, expected_version],
        answer=OrderChanged,
        body=body,
    )


async def _confirm(work: Work, order: Row) -> None:
    before = OrderStatus(order["status"])
    with refusals_at("id"):
        after = lifecycle.confirm_order(status=before, locked=order["locked"])
    await orders.set_confirmed(work.sql, client_id=work.client_id, order_ids=[order["id"]], at=work.now)
    work.order_changed(
        order_id=order["id"],
        distribution_center_id=order["distribution_center_id"],
        previous_status=before,
        previous_back_order_status=order["back_order_status"],
    )
    work.audit(
        "ORDER_CONFIRMED",
        f"Order {order['number']} was confirmed.",
        order_id=order["id"],
        before={"status": before},
        after={"status": after},
    )
