"""What follows for an order once quantities of its lines have changed: its statuses, and who is told."""

from __future__ import annotations

from collections.abc import Sequence

from domain.operations.command import Work
from domain.rules import lifecycle
from domain.rules.vocabulary import OrderStatus, QueueStatus
from domain.store import orders
from domain.store.database import Row


def quantities_of(figures: Row) -> lifecycle.Quantities:
    """The summed units of a row of `store.orders.figures`."""
    return lifecycle.Quantities(
        requested=figures["requested"],
        allocated=figures["allocated"],
        shipped=figures["shipped"],
        cancelled=figures["cancelled"],
    )


async def settle_orders(
    work: Work, *, before: Sequence[Row], decided: dict[int, OrderStatus] | None = None
) -> None:
    """Derive each order's statuses from its lines' quantities and record the change.

    `before` are the orders' rows as they were locked. `decided` overrides the status where the
    operation itself sets it, such as a cancellation (B9).
    """
    rows = {order["id"]: order for order in before}
    figures = await orders.figures(work.sql, client_id=work.client_id, order_ids=rows)
    changes = []
    for figure in figures:
        order = rows[figure["id"]]
        quantities = quantities_of(figure)
        status = (decided or {}).get(order["id"]) or lifecycle.order_status(
            current=OrderStatus(order["status"]),
            confirmed=order["confirmed_at"] is not None,
            quantities=quantities,
        )
        queue_status = lifecycle.queue_status(
            status=status,
            open_on_processor=figure["open_on_processor"],
            dispatched=quantities.dispatched,
        )
        changes.append(
            orders.StatusChange(
                order_id=order["id"],
                status=status,
                delivery_status=lifecycle.delivery_status(
                    has_backlog_skus=order["locked"], quantities=quantities
                ),
                queue_status=queue_status,
                # An order none of which is dispatched any more is an ordinary queued order again.
                is_back_order=order["is_back_order"] and queue_status is not QueueStatus.QUEUED,
                packed=figure["packed"],
            )
        )
        work.order_changed(
            order_id=order["id"],
            distribution_center_id=order["distribution_center_id"],
            previous_status=order["status"],
            previous_back_order_status=order["back_order_status"],
        )
    await orders.change_status(work.sql, client_id=work.client_id, changes=changes)
