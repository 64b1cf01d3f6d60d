"""Changing quantities of orders' lines, and what follows from it: their statuses, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.operations.command import Work
from domain.operations.steps.backorders import PickLine, follow_lines
from domain.operations.steps.dropships import follow_dropships
from domain.operations.steps.promises import refresh_promises
from domain.rules import lifecycle
from domain.rules.vocabulary import CancelledBy, FulfilmentRoute, OrderStatus, QueueStatus
from domain.store import demand, lines, orders
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
    work: Work,
    *,
    before: Sequence[Row],
    quantities: Sequence[lines.QuantityChange] = (),
    decided: Mapping[int, OrderStatus] | None = None,
    lock: bool | None = None,
) -> dict[int, orders.StatusChange]:
    """Change quantities of the orders' lines, then derive their statuses from them; by order id.

    `before` are the orders' rows as they were locked, with their pools. `decided` overrides the status
    where the operation itself sets it, such as a cancellation (B9). `lock` says that the orders have
    just got Backlog SKUs, or lost them (A3); None: that is as it was.
    """
    rows = {order["id"]: order for order in before}
    await _change_quantities(work, rows, quantities)
    figures = await orders.figures(work.sql, client_id=work.client_id, order_ids=rows)
    changes = statuses_of(before, figures, decided=decided, lock=lock)
    # First: of several changes the first one says what the order was, and a promise that goes is another one.
    tell_of_changes(work, before)
    await apply_statuses(work, before=before, figures=figures, changes=changes, lock=lock)
    return changes


def statuses_of(
    before: Sequence[Row],
    figures: Sequence[Row],
    *,
    decided: Mapping[int, OrderStatus] | None = None,
    lock: bool | None = None,
) -> dict[int, orders.StatusChange]:
    """The statuses that follow from the orders' figures, by order id; the rest as in `settle_orders`."""
    rows = {order["id"]: order for order in before}
    return {
        figure["id"]: _change(rows[figure["id"]], figure, (decided or {}).get(figure["id"]), lock)
        for figure in figures
    }


def tell_of_changes(work: Work, before: Sequence[Row]) -> None:
    """Record for each of the orders, as they were before, that it changed."""
    for order in before:
        work.order_changed(
            order_id=order["id"],
            distribution_center_id=order["distribution_center_id"],
            previous_status=order["status"],
            previous_back_order_status=order["back_order_status"],
        )


async def apply_statuses(
    work: Work,
    *,
    before: Sequence[Row],
    figures: Sequence[Row],
    changes: Mapping[int, orders.StatusChange],
    lock: bool | None,
) -> None:
    """Write the statuses, and what follows from them; that the orders changed is recorded already."""
    rows = {order["id"]: order for order in before}
    # Backlog SKUs change no units, and so neither what is short nor a promise.
    units_changed = lock is None
    await orders.change_status(
        work.sql, client_id=work.client_id, changes=list(changes.values()), units_changed=units_changed
    )
    cancelled = [order_id for order_id, change in changes.items() if change.status is OrderStatus.CANCELLED]
    if cancelled:
        await orders.set_cancelled_by(
            work.sql, client_id=work.client_id, order_ids=cancelled, by=CancelledBy.CLIENT
        )
    await demand.refresh_since(
        work.sql,
        client_id=work.client_id,
        order_ids=[
            order_id for order_id, change in changes.items() if _is_or_was_back_order(rows[order_id], change)
        ],
        at=work.now,
    )
    if units_changed:
        await refresh_promises(
            work,
            order_ids=[
                figure["id"]
                for figure in figures
                if quantities_of(figure).open or rows[figure["id"]]["promised_at"] is not None
            ],
        )


async def _change_quantities(
    work: Work, rows: Mapping[int, Row], quantities: Sequence[lines.QuantityChange]
) -> None:
    if not quantities:
        return
    changed = await lines.change_quantities(work.sql, client_id=work.client_id, changes=quantities)
    picked = [
        PickLine(line["id"], line["order_id"], line["sku_id"], line["open"])
        for line in changed
        if line["route"] == FulfilmentRoute.WAREHOUSE_PICK
    ]
    if picked:
        await follow_lines(work, lines=picked)
    await follow_dropships(work, [line for line in changed if line["route"] == FulfilmentRoute.DROPSHIP])
    for line in changed:
        # Coverage only walks what is open, so a line that is closed says here that it is not short any more.
        if line["back_ordered"] != line["previously_back_ordered"]:
            work.line_changed(
                line_id=line["id"],
                distribution_center_id=rows[line["order_id"]]["distribution_center_id"],
                sku_id=line["sku_id"],
                back_ordered=line["back_ordered"],
                previous_back_ordered=line["previously_back_ordered"],
            )


def _change(order: Row, figure: Row, decided: OrderStatus | None, lock: bool | None) -> orders.StatusChange:
    quantities = quantities_of(figure)
    status = decided or lifecycle.order_status(
        current=OrderStatus(order["status"]),
        confirmed=order["confirmed_at"] is not None,
        quantities=quantities,
    )
    queue_status = lifecycle.queue_status(
        status=status,
        # What waits on the processor's route is what Backlog SKUs are made of.
        open_on_processor=0 if lock else figure["open_on_processor"],
        dispatched=quantities.dispatched,
    )
    locked = bool(order["locked"]) if lock is None else lock
    return orders.StatusChange(
        order_id=order["id"],
        status=status,
        delivery_status=lifecycle.delivery_status(has_backlog_skus=locked, quantities=quantities),
        queue_status=queue_status,
        # B6: partly processed is what makes a back order. It stays one until it is fulfilled, unless
        # nothing of it is dispatched any more: then it is an ordinary queued order again.
        is_back_order=queue_status is QueueStatus.PARTIALLY_PROCESSED
        or (order["is_back_order"] and queue_status is not QueueStatus.QUEUED),
        packed=figure["packed"],
        locked=locked,
    )


def _is_or_was_back_order(order: Row, change: orders.StatusChange) -> bool:
    return bool(order["is_back_order"]) or change.is_back_order
