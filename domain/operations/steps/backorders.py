"""Keeping Backorders in step with the order lines that are on them (E2).

While a line's route is WAREHOUSE_PICK, its open units are open on its order's open Backorder. Whatever
changes a line's quantities settles its order, and settling comes here: cancelled units are cancelled on
the Backorder, units that are open again are put back on it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from domain.operations.command import Work
from domain.rules.picking import backorder_status
from domain.store import backorders
from domain.store.backorders import Fill, ItemChange, NewItem


class PickLine(NamedTuple):
    """An order line on the route WAREHOUSE_PICK and its open units."""

    id: int
    order_id: int
    sku_id: int
    open: int


async def follow_lines(work: Work, *, lines: Sequence[PickLine]) -> dict[int, int]:
    """Have the orders' open Backorders hold exactly what is open of the lines; their ids by order id.

    An order that needs a Backorder and has no open one gets a new one. The orders and their pools are
    locked by the caller.
    """
    holding = await backorders.open_of_orders(
        work.sql, client_id=work.client_id, order_ids={line.order_id for line in lines}
    )
    items = await backorders.items_of_lines(
        work.sql,
        client_id=work.client_id,
        backorder_ids=holding.values(),
        line_ids=[line.id for line in lines],
    )
    missing = {line.id: line.open - (items[line.id]["open"] if line.id in items else 0) for line in lines}
    homeless = {line.order_id for line in lines if missing[line.id]} - set(holding)
    if homeless:
        holding |= await backorders.insert(
            work.sql, client_id=work.client_id, order_ids=sorted(homeless), at=work.now
        )
    changes = [
        ItemChange(item["id"], quantity=max(missing[line_id], 0), cancelled=max(-missing[line_id], 0))
        for line_id, item in items.items()
        if missing[line_id]
    ]
    added = [
        NewItem(holding[line.order_id], line.id, line.sku_id, line.open)
        for line in lines
        if line.id not in items and line.open
    ]
    if changes:
        await backorders.change_items(work.sql, client_id=work.client_id, changes=changes)
    if added:
        await backorders.insert_items(work.sql, client_id=work.client_id, items=added)
    if changes or added:
        await _refresh(work, {holding[line.order_id] for line in lines if missing[line.id]}, created=homeless)
    return holding


async def fill_items(work: Work, *, backorder_id: int, fills: Sequence[Fill]) -> None:
    """Count the units as filled, which the caller releases right after; no more than is open."""
    await backorders.change_items(
        work.sql,
        client_id=work.client_id,
        changes=[ItemChange(fill.item_id, filled=fill.quantity) for fill in fills],
    )
    await _refresh(work, {backorder_id})


async def undo_fills(work: Work, *, order_id: int, dispatch_id: int, requeue: bool) -> None:
    """Take back what a dispatch that is being cancelled had filled, before its order is settled.

    With `requeue` it is open again on the Backorder it was taken from, which is thereby open again.
    Only if the order has another open Backorder by now, it goes on that one, as settling finds it open.
    """
    fills = await backorders.fills_of(work.sql, client_id=work.client_id, dispatch_id=dispatch_id)
    if not fills:
        return
    (filled,) = {fill["backorder_id"] for fill in fills}
    holding = await backorders.open_of_orders(work.sql, client_id=work.client_id, order_ids=[order_id])
    open_again = requeue and holding.get(order_id, filled) == filled
    await backorders.change_items(
        work.sql,
        client_id=work.client_id,
        changes=[
            ItemChange(
                fill["item_id"],
                filled=-fill["quantity"],
                cancelled=0 if open_again else fill["quantity"],
            )
            for fill in fills
        ],
    )
    await _refresh(work, {filled})


async def _refresh(
    work: Work, backorder_ids: Collection[int], *, created: Collection[int] = frozenset()
) -> None:
    """Derive the Backorders' statuses from their items; `created` are the orders that got a new one."""
    changed = []
    for row in await backorders.figures(work.sql, client_id=work.client_id, backorder_ids=backorder_ids):
        new = row["order_id"] in created
        status = backorder_status(open_units=row["open"], filled=row["filled"])
        if new or status != row["status"]:
            changed.append((row["id"], status))
            before: Mapping[str, object] | None = None if new else {"status": row["status"]}
            work.audit(
                "BACKORDER_CREATED" if new else "BACKORDER_CHANGED",
                f"Backorder {row['number']} was created."
                if new
                else f"Backorder {row['number']} is {status} now.",
                order_id=row["order_id"],
                before=before,
                after={"backorder": row["id"], "status": status},
            )
    await backorders.set_statuses(work.sql, client_id=work.client_id, statuses=changed)
