"""Filling Backorders (E5)."""

from __future__ import annotations

import asyncio

import pytest

from domain.operations.dispatches import cancel_dispatch, ship_dispatch
from domain.operations.fill_backorders import BackorderFilled, ItemFill, fill_backorder
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.rules.refusals import ErrorCode, Refusal
from tests.builders import Shop
from tests.operations.expecting import audited, clear_records, refused
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.rule("E5")

ITEMS = "SELECT quantity, filled, cancelled FROM backorder_items ORDER BY id"
STATUS = "SELECT status FROM backorders WHERE id = $1"
LEVELS = "SELECT on_hand, allocated FROM stock_levels ORDER BY sku_id"
PICKED = """
SELECT d.kind, dl.order_line_id, dl.quantity FROM dispatches AS d
JOIN dispatch_lines AS dl ON dl.dispatch_id = d.id WHERE d.id = $1 ORDER BY dl.id
"""


async def backordered(shop: Shop, order: int) -> int:
    """The Backorder of an order nothing of which is in stock."""
    picked = await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(order))
    assert picked.backorder_id is not None
    assert picked.dispatch_id is None
    return picked.backorder_id


async def items_of(shop: Shop, backorder: int) -> list[int]:
    rows = await shop.rows("SELECT id FROM backorder_items WHERE backorder_id = $1 ORDER BY id", backorder)
    return [row["id"] for row in rows]


async def test_a_backorder_is_completed_at_once(shop: Shop) -> None:
    backorder = await backordered(shop, await shop.order("SO-1", TEA=3, CUP=2))
    await shop.stock(TEA=5, CUP=2)
    await clear_records(shop)

    filled = await fill_backorder(shop.command(), backorder_id=backorder)

    assert filled == BackorderFilled(backorder, 1)
    assert await shop.tuples(PICKED, 1) == [("WAREHOUSE_PICK", 1, 3), ("WAREHOUSE_PICK", 2, 2)]
    assert await shop.value(STATUS, backorder) == "COMPLETED"
    assert await shop.tuples(ITEMS) == [(3, 3, 0), (2, 2, 0)]
    assert await shop.tuples(LEVELS) == [(5, 3), (2, 2)]
    assert await audited(shop) == [
        ("BACKORDER_CHANGED", 1, {"status": "OPEN"}, {"backorder": backorder, "status": "COMPLETED"}),
        ("DISPATCH_CREATED", 1, None, {"dispatch": 1, "kind": "WAREHOUSE_PICK"}),
        ("BACKORDER_FILLED", 1, None, {"backorder": backorder, "dispatch": 1}),
    ]
    await assert_consistent(shop.database)
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id", says="Nothing of Backorder B1-1 is open"):
        await fill_backorder(shop.command(), backorder_id=backorder)


async def test_items_are_filled_by_quantity_or_all_of_them(shop: Shop) -> None:
    backorder = await backordered(shop, await shop.order("SO-1", TEA=3, CUP=2, POT=1))
    tea, cup, _ = await items_of(shop, backorder)
    await shop.stock(TEA=9, CUP=9)

    await fill_backorder(
        shop.command(), backorder_id=backorder, fills=[ItemFill(tea, 1), ItemFill(cup, None)]
    )

    assert await shop.tuples(ITEMS) == [(3, 1, 0), (2, 2, 0), (1, 0, 0)]
    assert await shop.value(STATUS, backorder) == "PARTIALLY_FILLED"
    await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(tea)])
    assert await shop.tuples(ITEMS) == [(3, 3, 0), (2, 2, 0), (1, 0, 0)]
    assert await shop.tuples(PICKED, 2) == [("WAREHOUSE_PICK", 1, 2)]
    await assert_consistent(shop.database)


async def test_more_than_is_available_of_a_sku_over_all_items_is_not_filled(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=2)
    await shop.write("UPDATE order_lines SET sku_id = 1 WHERE order_id = $1", order)
    await shop.write("UPDATE pool_demand SET sku_id = 1 WHERE order_id = $1", order)
    picked = await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(order))
    assert picked.backorder_id is not None
    first, second = await items_of(shop, picked.backorder_id)
    await shop.stock(TEA=4)

    async with refused(
        shop,
        ErrorCode.INSUFFICIENT_STOCK,
        "id",
        says="5 units of SKU TEA are wanted and 4 are available",
        sku="TEA",
        wanted=5,
        available=4,
    ):
        await fill_backorder(shop.command(), backorder_id=picked.backorder_id)
    async with refused(shop, ErrorCode.INSUFFICIENT_STOCK, "items", "1", "quantity"):
        await fill_backorder(
            shop.command(),
            backorder_id=picked.backorder_id,
            fills=[ItemFill(second, 2), ItemFill(first, 3)],
        )
    await fill_backorder(
        shop.command(), backorder_id=picked.backorder_id, fills=[ItemFill(first, 2), ItemFill(second, 2)]
    )
    assert await shop.tuples(LEVELS) == [(4, 4)]
    await assert_consistent(shop.database)


async def test_an_item_is_filled_with_no_more_than_is_open_and_no_less_than_one(shop: Shop) -> None:
    backorder = await backordered(shop, await shop.order("SO-1", TEA=3, CUP=2))
    tea, cup = await items_of(shop, backorder)
    (foreign,) = await items_of(shop, await backordered(shop, await shop.order("SO-2", POT=1)))
    await shop.stock(TEA=9, CUP=9)
    await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(cup)])

    async with refused(shop, ErrorCode.INVALID_INPUT, "items", "0", "quantity", says="3 units", open=3):
        await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(tea, 4)])
    for quantity in (0, -1):
        async with refused(shop, ErrorCode.INVALID_INPUT, "items", "0", "quantity"):
            await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(tea, quantity)])
    async with refused(shop, ErrorCode.INVALID_INPUT, "items"):
        await fill_backorder(shop.command(), backorder_id=backorder, fills=[])
    async with refused(shop, ErrorCode.INVALID_INPUT, "items", "1", "itemId", says="twice"):
        await fill_backorder(
            shop.command(), backorder_id=backorder, fills=[ItemFill(tea, 1), ItemFill(tea, 1)]
        )
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "items", "0", "itemId"):
        await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(cup)])
    async with refused(shop, ErrorCode.NOT_FOUND, "items", "0", "itemId"):
        await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(foreign)])


async def test_nobody_fills_another_clients_backorder(shop: Shop, other: Shop) -> None:
    backorder = await backordered(other, await other.order("SO-1", TEA=3))
    await other.stock(TEA=3)

    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await fill_backorder(shop.command(), backorder_id=backorder)


async def test_two_who_fill_at_once_never_take_the_same_units(shop: Shop) -> None:
    backorders = [await backordered(shop, await shop.order(f"SO-{number}", TEA=2)) for number in range(4)]
    await shop.stock(TEA=5)

    answers = await asyncio.gather(
        *(fill_backorder(shop.command(), backorder_id=backorder) for backorder in backorders),
        return_exceptions=True,
    )

    refusals = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert refusals == [ErrorCode.INSUFFICIENT_STOCK] * 2
    assert await shop.tuples(LEVELS) == [(5, 4)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
async def test_a_completed_backorder_is_open_again_when_its_pick_is_cancelled_and_requeued(
    shop: Shop,
) -> None:
    backorder = await backordered(shop, await shop.order("SO-1", TEA=3))
    await shop.stock(TEA=3)
    filled = await fill_backorder(shop.command(), backorder_id=backorder)

    await cancel_dispatch(shop.command(), dispatch_id=filled.dispatch_id, reason_code="BROKEN", requeue=True)

    assert await shop.tuples(ITEMS) == [(3, 0, 0)]
    assert await shop.value(STATUS, backorder) == "OPEN"
    assert await shop.tuples(LEVELS) == [(3, 0)]
    await assert_consistent(shop.database)
    await ship_dispatch(
        shop.command(),
        dispatch_id=(await fill_backorder(shop.command(), backorder_id=backorder)).dispatch_id,
    )
    assert await shop.value(STATUS, backorder) == "COMPLETED"
    assert await shop.tuples(LEVELS) == [(0, 0)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
async def test_what_was_filled_is_cancelled_with_its_pick(shop: Shop) -> None:
    backorder = await backordered(shop, await shop.order("SO-1", TEA=3))
    await shop.stock(TEA=3)
    (item,) = await items_of(shop, backorder)
    first = await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(item, 1)])
    second = await fill_backorder(shop.command(), backorder_id=backorder, fills=[ItemFill(item, 2)])

    for filled, status in ((first, "COMPLETED"), (second, "CANCELLED")):
        await cancel_dispatch(
            shop.command(), dispatch_id=filled.dispatch_id, reason_code="BROKEN", requeue=False
        )
        assert await shop.value(STATUS, backorder) == status
        await assert_consistent(shop.database)
    assert await shop.tuples(ITEMS) == [(3, 0, 3)]
    assert await shop.value("SELECT status FROM orders") == "CANCELLED"


@pytest.mark.rule("B9")
async def test_units_of_an_older_backorder_come_back_on_the_one_that_is_open(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=2)
    tea, cup = await shop.lines_of(order)
    older = (await mark_warehouse_pick(shop.command(), line_ids=[tea])).backorder_id
    assert older is not None
    await shop.stock(TEA=3)
    filled = await fill_backorder(shop.command(), backorder_id=older)
    newer = (await mark_warehouse_pick(shop.command(), line_ids=[cup])).backorder_id

    await cancel_dispatch(shop.command(), dispatch_id=filled.dispatch_id, reason_code="BROKEN", requeue=True)

    assert await shop.tuples(
        "SELECT backorder_id, order_line_id, quantity, filled, cancelled FROM backorder_items ORDER BY id"
    ) == [(older, tea, 3, 0, 3), (newer, cup, 2, 0, 0), (newer, tea, 3, 0, 0)]
    assert [await shop.value(STATUS, number) for number in (older, newer)] == ["CANCELLED", "OPEN"]
    await assert_consistent(shop.database)
