"""Moving stock: the ledger's entries, the levels that follow, and who is told of it (F5, F8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.operations.command import Work
from domain.store import stock
from domain.store.events import Topic


async def move_stock(work: Work, *, distribution_center_id: int, movements: Sequence[stock.Movement]) -> None:
    """Post the movements to the ledger of the pool, which the caller has locked."""
    await stock.move(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        at=work.now,
        happened_at=work.happened_at,
        movements=movements,
    )
    levels_changed(
        work,
        distribution_center_id=distribution_center_id,
        sku_ids=(movement.sku_id for movement in movements),
    )


def levels_changed(work: Work, *, distribution_center_id: int, sku_ids: Iterable[int]) -> None:
    """Record that stock levels of the pool changed; several changes of one level become one event."""
    for sku_id in dict.fromkeys(sku_ids):
        work.changed(Topic.STOCK, sku_id, distribution_center_id=distribution_center_id, sku_id=sku_id)
