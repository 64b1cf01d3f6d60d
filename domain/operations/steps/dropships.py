"""Keeping vendors' purchase orders in step with the order lines that the vendors ship (D5).

While a line's route is DROPSHIP, its open units are open on the purchase order it was left to a vendor
with. Whatever changes a line's quantities settles its order, and settling comes here.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.operations.command import Work
from domain.store import purchase_orders
from domain.store.database import Row
from domain.store.purchase_orders import LineChange


async def follow_dropships(work: Work, changed: Sequence[Row]) -> None:
    """Have the vendors' orders hold exactly what is open of the lines (rows with id and open)."""
    if not changed:
        return
    ordered = await purchase_orders.dropships_of(
        work.sql, client_id=work.client_id, line_ids=[line["id"] for line in changed]
    )
    changes = []
    for line in changed:
        wanted = line["open"] - ordered[line["id"]]["open"]
        if wanted:
            changes.append(
                LineChange(ordered[line["id"]]["id"], quantity=max(wanted, 0), cancelled=max(-wanted, 0))
            )
    if changes:
        await purchase_orders.change_lines(work.sql, client_id=work.client_id, changes=changes)
