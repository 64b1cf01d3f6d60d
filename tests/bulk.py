"""Bulk operations in the hands of a test, and what became of their orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.operations.bulk_operations import start_bulk_operation
from domain.operations.bulk_processing import BulkHandle, claim_bulk, process_next_chunk
from domain.operations.load_sales_orders import SalesOrder, load_sales_orders
from domain.rules.vocabulary import BulkAction
from domain.store.reads.eligibility import Selection
from domain.store.reads.orders import OrderFilter
from tests.builders import NOW, Shop, sales_order

EVERYTHING = Selection(order_filter=OrderFilter())


def these(*order_ids: int) -> Selection:
    """A selection by ids."""
    return Selection(ids=order_ids)


async def load(shop: Shop, orders: Sequence[SalesOrder]) -> list[int]:
    """Load orders whose SKUs exist; their ids."""
    return (await load_sales_orders(shop.command(), sales_orders=orders)).order_ids


async def confirmed(shop: Shop, count: int) -> list[int]:
    """Confirmed orders of one TEA each, by rank."""
    await shop.sku("TEA")
    orders = await load(shop, [sales_order(f"SO-{number}", TEA=1) for number in range(count)])
    await shop.write("UPDATE orders SET status = 'OC_CONFIRMED', confirmed_at = $1", NOW)
    return orders


async def started(
    shop: Shop,
    action: BulkAction,
    selection: Selection = EVERYTHING,
    *,
    until: datetime | None = None,
    holder: str = "first",
) -> BulkHandle:
    """A new bulk operation, in nobody's hands yet."""
    bulk = await start_bulk_operation(shop.command(), action=action, selection=selection, until=until)
    return BulkHandle(
        database=shop.database,
        client_id=shop.client_id,
        bulk_operation_id=bulk.bulk_operation_id,
        holder=holder,
    )


async def finish(bulk: BulkHandle, *, now: datetime = NOW, size: int = 1_000) -> None:
    """Claim the bulk operation and process it to its end."""
    assert await claim_bulk(bulk, now=now)
    while await process_next_chunk(bulk, now=now, size=size):
        pass


async def done(
    shop: Shop,
    action: BulkAction,
    selection: Selection = EVERYTHING,
    *,
    until: datetime | None = None,
    size: int = 1_000,
) -> list[tuple[int, str, str | None]]:
    """Do the action to the selection; order, outcome and code of each target, by rank."""
    bulk = await started(shop, action, selection, until=until)
    await finish(bulk, size=size)
    return await results(shop, bulk)


async def results(shop: Shop, bulk: BulkHandle) -> list[tuple[int, str, str | None]]:
    """Order, outcome and code of each target, by rank."""
    rows = await shop.rows(
        "SELECT order_id, outcome, code FROM bulk_targets WHERE bulk_operation_id = $1 ORDER BY position",
        bulk.bulk_operation_id,
    )
    return [(row["order_id"], row["outcome"], row["code"]) for row in rows]


async def figures(shop: Shop, bulk: BulkHandle) -> dict[str, Any]:
    """Status and figures of the bulk operation."""
    return await shop.row(
        "SELECT status, total, processed, succeeded, skipped, failed FROM bulk_operations WHERE id = $1",
        bulk.bulk_operation_id,
    )
