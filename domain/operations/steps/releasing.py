"""Allocation: the one way in which stock is reserved, always together with a dispatch.

Runs, delivery notes, warehouse picks and filled backorders all come here, with the pool and the
orders locked and availability checked under that lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.operations.command import Work
from domain.operations.steps.moving import move_stock
from domain.operations.steps.settling import settle_orders
from domain.rules.vocabulary import DispatchKind, QueueStatus
from domain.store import dispatches, lines, stock
from domain.store.database import Row
from domain.store.dispatches import NewLine as Release

__all__ = ["Release", "Released", "release"]


@dataclass(frozen=True, slots=True)
class Released:
    """The dispatch that was made of an order, and where that leaves the order in the queue."""

    dispatch_id: int
    queue_status: QueueStatus


async def release(
    work: Work,
    *,
    kind: DispatchKind,
    distribution_center_id: int,
    releases: Sequence[Release],
    before: Sequence[Row],
    run_id: int | None = None,
) -> dict[int, Released]:
    """Make one dispatch per order for the released units; what became of each order, by its id.

    `before` are the locked rows of at least the orders of `releases`. Coverage is left to the caller,
    who knows when the last of several releases is made.
    """
    if not releases:
        return {}
    made = await dispatches.insert(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        kind=kind,
        run_id=run_id,
        at=work.now,
        lines=releases,
    )
    await move_stock(
        work,
        distribution_center_id=distribution_center_id,
        movements=[
            stock.Movement(
                sku_id=item.sku_id,
                kind="ALLOCATE",
                allocated=item.quantity,
                dispatch_id=made[item.order_id]["id"],
                order_line_id=item.line_id,
            )
            for item in releases
        ],
    )
    for order_id, dispatch in made.items():
        work.audit(
            "DISPATCH_CREATED",
            f"Dispatch {dispatch['number']} was made.",
            order_id=order_id,
            after={"dispatch": dispatch["id"], "kind": kind},
        )
    settled = await settle_orders(
        work,
        before=[order for order in before if order["id"] in made],
        quantities=[lines.QuantityChange(item.line_id, allocated=item.quantity) for item in releases],
    )
    return {
        order_id: Released(dispatch["id"], settled[order_id].queue_status)
        for order_id, dispatch in made.items()
    }
