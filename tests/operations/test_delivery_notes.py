"""Delivery notes from Backlog SKUs: whole or in part, never more than remains or is available (A8)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.operations.backlog_skus import create_backlog_skus
from domain.operations.confirm_orders import confirm_order
from domain.operations.delivery_notes import DeliveryItem, create_delivery_notes
from domain.operations.dispatches import cancel_dispatch, pack_dispatch, ship_dispatch
from domain.rules.refusals import ErrorCode
from domain.views.backlog_skus import BacklogSkuFilter, backlog_skus_page
from domain.views.orders import PageRequest
from tests.builders import MAIN, Shop
from tests.operations.expecting import refused
from tests.operations.invariants import assert_consistent
from tests.runs import lock_awaited

pytestmark = pytest.mark.rule("A8")


async def set_aside(shop: Shop, number: str = "SO-1", at: str = MAIN, /, **units: Any) -> list[int]:
    """The Backlog SKUs of a new order, in line order."""
    order = await shop.order(number, at, **units)
    await confirm_order(shop.command(), order_id=order)
    await create_backlog_skus(shop.command(), order_id=order)
    return await shop.lines_of(order)


async def deliver(shop: Shop, *items: DeliveryItem) -> list[int]:
    return (await create_delivery_notes(shop.command(), items=items)).dispatch_ids


async def statuses(shop: Shop) -> tuple[Any, ...]:
    row = await shop.row("SELECT status, delivery_status, queue_status FROM orders")
    return tuple(row.values())


async def figures(shop: Shop) -> list[tuple[int, int, int, int]]:
    """Applied, delivered, cancelled and remaining units of each Backlog SKU."""
    columns = ("applied", "delivered", "cancelled", "remaining")
    page = await backlog_skus_page(
        shop.database,
        client_id=shop.client_id,
        sku_filter=BacklogSkuFilter(),
        request=PageRequest(),
        selected=columns,
    )
    return [(row["applied"], row["delivered"], row["cancelled"], row["remaining"]) for row in page.nodes]


@pytest.mark.rule("A1")
async def test_a_backlog_sku_is_delivered_in_parts_and_the_delivery_status_follows(shop: Shop) -> None:
    await shop.stock(TEA=5)
    tea, cup = await set_aside(shop, TEA=3, CUP=1)
    assert await statuses(shop) == ("OC_CONFIRMED", "UNDELIVERED_SKU_CREATED", "NOT_QUEUED")

    (first,) = await deliver(shop, DeliveryItem(tea, 1))
    assert await shop.tuples("SELECT kind, status FROM dispatches") == [("DELIVERY_NOTE", "CREATED")]
    assert await statuses(shop) == ("COMMIT", "DELIVERY_NOTE_CREATED", "PROCESSED")
    assert await figures(shop) == [(1, 0, 0, 2), (0, 0, 0, 1)]

    await ship_dispatch(shop.command(), dispatch_id=first)
    assert await statuses(shop) == ("COMMIT", "PARTIALLY_DELIVERED", "PROCESSED")
    assert await figures(shop) == [(1, 1, 0, 2), (0, 0, 0, 1)]

    await shop.stock(CUP=1)
    (second,) = await deliver(shop, DeliveryItem(tea), DeliveryItem(cup))
    assert await figures(shop) == [(3, 1, 0, 0), (1, 0, 0, 0)]
    await pack_dispatch(shop.command(), dispatch_id=second)
    await ship_dispatch(shop.command(), dispatch_id=second)
    assert await statuses(shop) == ("COMPLETED", "DELIVERED", "PROCESSED")
    assert await figures(shop) == [(3, 3, 0, 0), (1, 1, 0, 0)]
    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels ORDER BY sku_id") == [
        (2, 0),
        (0, 0),
    ]
    await assert_consistent(shop.database)


async def test_each_order_and_distribution_center_gets_one_delivery_note(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await shop.stock(TEA=9, CUP=9)
    await shop.stock("EAST", TEA=9)
    first = await set_aside(shop, "SO-1", TEA=3, CUP=1)
    second = await set_aside(shop, "SO-2", TEA=2)
    east = await set_aside(shop, "SO-3", "EAST", TEA=1)

    notes = await deliver(shop, *(DeliveryItem(item) for item in [*first, *second, *east]))

    assert len(notes) == 3
    assert await shop.tuples(
        """
        SELECT o.number, dc.code, sum(line.quantity)::int
        FROM dispatches AS d JOIN orders AS o ON o.id = d.order_id
        JOIN distribution_centers AS dc ON dc.id = d.distribution_center_id
        JOIN dispatch_lines AS line ON line.dispatch_id = d.id GROUP BY 1, 2 ORDER BY 1
        """
    ) == [("SO-1", "MAIN", 4), ("SO-2", "MAIN", 2), ("SO-3", "EAST", 1)]
    await assert_consistent(shop.database)


async def test_what_is_wanted_of_a_sku_counts_over_all_items_together(shop: Shop) -> None:
    await shop.stock(TEA=4)
    (first,) = await set_aside(shop, "SO-1", TEA=3)
    (second,) = await set_aside(shop, "SO-2", TEA=3)

    async with refused(
        shop,
        ErrorCode.INSUFFICIENT_STOCK,
        "items",
        "0",
        says="6 units of TEA are wanted and 4 are available",
        sku="TEA",
        wanted=6,
        available=4,
    ):
        await deliver(shop, DeliveryItem(first), DeliveryItem(second))


async def test_all_items_are_applied_or_none(shop: Shop) -> None:
    await shop.stock(TEA=4)
    tea, cup = await set_aside(shop, TEA=3, CUP=1)

    async with refused(shop, ErrorCode.INSUFFICIENT_STOCK, "items", "1", sku="CUP", wanted=1, available=0):
        await deliver(shop, DeliveryItem(tea), DeliveryItem(cup))


@pytest.mark.parametrize(
    ("quantity", "code"), [(4, "INVALID_INPUT"), (0, "INVALID_INPUT"), (-1, "INVALID_INPUT")]
)
async def test_no_more_than_remains_can_be_applied(shop: Shop, quantity: int, code: str) -> None:
    await shop.stock(TEA=9)
    (tea,) = await set_aside(shop, TEA=3)

    async with refused(shop, ErrorCode(code), "items", "0", "quantity"):
        await deliver(shop, DeliveryItem(tea, quantity))


async def test_a_backlog_sku_that_is_applied_wholly_has_nothing_left(shop: Shop) -> None:
    await shop.stock(TEA=9)
    (tea,) = await set_aside(shop, TEA=3)
    await deliver(shop, DeliveryItem(tea))

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "items", "0", "backlogSkuId"):
        await deliver(shop, DeliveryItem(tea))


async def test_a_backlog_sku_is_named_once_and_exists(shop: Shop, other: Shop) -> None:
    await shop.stock(TEA=9)
    (tea,) = await set_aside(shop, TEA=3)

    async with refused(shop, ErrorCode.INVALID_INPUT, "items", "1", "backlogSkuId", says="twice"):
        await deliver(shop, DeliveryItem(tea, 1), DeliveryItem(tea, 1))
    async with refused(other, ErrorCode.NOT_FOUND, "items", "0", "backlogSkuId"):
        await deliver(other, DeliveryItem(tea, 1))
    async with refused(shop, ErrorCode.INVALID_INPUT, "items"):
        await deliver(shop)


@pytest.mark.rule("B9")
async def test_a_cancelled_delivery_note_gives_back_what_it_took(shop: Shop) -> None:
    await shop.stock(TEA=3)
    (tea,) = await set_aside(shop, TEA=3)
    (note,) = await deliver(shop, DeliveryItem(tea, 2))

    await cancel_dispatch(shop.command(), dispatch_id=note, reason_code="DAMAGED", requeue=True)

    assert await figures(shop) == [(0, 0, 0, 3)]
    assert await statuses(shop) == ("OC_CONFIRMED", "UNDELIVERED_SKU_CREATED", "NOT_QUEUED")
    await deliver(shop, DeliveryItem(tea))
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
async def test_a_delivery_note_cancelled_without_requeueing_cancels_what_it_took(shop: Shop) -> None:
    await shop.stock(TEA=3)
    (tea,) = await set_aside(shop, TEA=3)
    (note,) = await deliver(shop, DeliveryItem(tea, 2))

    await cancel_dispatch(shop.command(), dispatch_id=note, reason_code="DAMAGED", requeue=False)

    assert await figures(shop) == [(0, 0, 2, 1)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D8")
async def test_a_backlog_sku_that_another_order_has_by_the_time_of_the_lock_is_delivered_to_that_order(
    shop: Shop,
) -> None:
    await shop.stock(TEA=3, CUP=1)
    (tea,) = await set_aside(shop, "SO-1", TEA=3)
    await set_aside(shop, "SO-2", CUP=1)

    async with shop.database.transaction(shop.client_id) as transaction:
        await transaction.sql.execute("UPDATE stock_pools SET generation = generation + 1")
        delivering = asyncio.create_task(deliver(shop, DeliveryItem(tea, 3)))
        await lock_awaited(shop)
        # As if it had been reverted, split off and set aside again.
        other = "(SELECT id FROM orders WHERE number = 'SO-2')"
        for table, key in (("order_lines", "id"), ("pool_demand", "line_id"), ("backlog_skus", "line_id")):
            moved = f"UPDATE {table} SET order_id = {other} WHERE {key} = $1"  # noqa: S608
            await transaction.sql.execute(moved, tea)
    (note,) = await delivering

    assert await shop.tuples(
        "SELECT d.id, o.number FROM dispatches AS d JOIN orders AS o ON o.id = d.order_id"
    ) == [(note, "SO-2")]
