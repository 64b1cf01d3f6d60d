"""Marking lines Warehouse Pick (E2), and what later happens to lines that are on a Backorder."""

from __future__ import annotations

import pytest

from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.dispatches import cancel_dispatch
from domain.operations.edit_orders import cancel_order_line, change_order_line
from domain.operations.mark_warehouse_pick import WarehousePicked, mark_warehouse_pick
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import WarehousePickPolicy
from tests.builders import Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import claimed, process

pytestmark = pytest.mark.rule("E2")

BACKORDERS = "SELECT id, number, status, order_id FROM backorders ORDER BY id"
ITEMS = """
SELECT backorder_id, order_line_id, quantity, filled, cancelled FROM backorder_items ORDER BY id
"""
PICKED = """
SELECT d.id, d.kind, dl.order_line_id, dl.quantity FROM dispatches AS d
JOIN dispatch_lines AS dl ON dl.dispatch_id = d.id ORDER BY dl.id
"""
STATUSES = "SELECT status, queue_status, back_order_status, is_back_order FROM orders ORDER BY id"
LINES = "SELECT route, allocated, cancelled FROM order_lines ORDER BY id"


async def test_what_is_in_stock_is_dispatched_and_the_rest_goes_on_a_backorder(shop: Shop) -> None:
    await shop.stock(TEA=5, CUP=1)
    order = await shop.order("SO-1", TEA=3, CUP=2, POT=1)
    tea, cup, _ = await shop.lines_of(order)
    await clear_records(shop)

    picked = await mark_warehouse_pick(shop.command(), line_ids=[cup, tea])

    assert picked == WarehousePicked(order, dispatch_id=1, backorder_id=1)
    assert await shop.tuples(PICKED) == [(1, "WAREHOUSE_PICK", tea, 3)]
    assert await shop.tuples(BACKORDERS) == [(1, "B1-1", "OPEN", order)]
    assert await shop.tuples(ITEMS) == [(1, cup, 2, 0, 0)]
    assert await shop.tuples(LINES) == [
        ("WAREHOUSE_PICK", 3, 0),
        ("WAREHOUSE_PICK", 0, 0),
        ("PROCESSOR", 0, 0),
    ]
    assert await shop.tuples(STATUSES) == [("COMMIT", "PARTIALLY_PROCESSED", "PARTIAL", True)]
    routes = {str(tea): "PROCESSOR", str(cup): "PROCESSOR"}
    assert await audited(shop) == [
        ("BACKORDER_CREATED", order, None, {"backorder": 1, "status": "OPEN"}),
        (
            "WAREHOUSE_PICK_MARKED",
            order,
            {"lines": routes},
            {"lines": dict.fromkeys(routes, "WAREHOUSE_PICK")},
        ),
        ("DISPATCH_CREATED", order, None, {"dispatch": 1, "kind": "WAREHOUSE_PICK"}),
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "markWarehousePick",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "PARTIAL"},
        )
    ]
    await assert_consistent(shop.database)


async def test_lines_that_are_marked_later_are_added_to_the_open_backorder(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=2)
    tea, cup = await shop.lines_of(order)

    first = await mark_warehouse_pick(shop.command(), line_ids=[tea])
    second = await mark_warehouse_pick(shop.command(), line_ids=[cup])

    assert first == second == WarehousePicked(order, None, 1)
    assert await shop.tuples(ITEMS) == [(1, tea, 3, 0, 0), (1, cup, 2, 0, 0)]
    assert await shop.tuples(STATUSES) == [("CREATE", "NOT_QUEUED", "FULL", False)]
    await assert_consistent(shop.database)


async def test_a_pick_of_what_is_all_there_needs_no_backorder(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)
    (tea,) = await shop.lines_of(order)

    assert await mark_warehouse_pick(shop.command(), line_ids=[tea]) == WarehousePicked(order, 1, None)
    assert await shop.tuples(BACKORDERS) == []
    assert await shop.tuples(STATUSES) == [("COMMIT", "PROCESSED", "NONE", False)]
    await assert_consistent(shop.database)


async def test_a_line_is_divided_only_when_told_to_fill_what_is_there(shop: Shop) -> None:
    await shop.stock(TEA=2)
    whole = await shop.order("SO-1", TEA=3)
    divided = await shop.order("SO-2", TEA=3)
    (tea,) = await shop.lines_of(divided)

    await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(whole))
    assert await shop.tuples(PICKED) == []
    await mark_warehouse_pick(shop.command(), line_ids=[tea], policy=WarehousePickPolicy.FILL_WHAT_IS_THERE)

    assert await shop.tuples(PICKED) == [(1, "WAREHOUSE_PICK", tea, 2)]
    assert await shop.tuples(ITEMS) == [(1, 1, 3, 0, 0), (2, tea, 1, 0, 0)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B4")
async def test_the_processor_leaves_marked_lines_to_the_warehouse(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=2)
    tea, cup = await shop.lines_of(order)
    await mark_warehouse_pick(shop.command(), line_ids=[tea])
    await shop.stock(TEA=3, CUP=2)

    await process(await claimed(shop))

    assert await shop.tuples(PICKED) == [(1, "PROCESSOR", cup, 2)]
    assert await shop.tuples(STATUSES) == [("COMMIT", "PROCESSED", "NONE", False)]
    assert await shop.tuples(BACKORDERS) == [(1, "B1-1", "OPEN", order)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
async def test_cancelling_units_takes_them_off_the_backorder_and_the_last_ones_cancel_it(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=2)
    tea, cup = await shop.lines_of(order)
    await mark_warehouse_pick(shop.command(), line_ids=[tea])

    await cancel_order_line(shop.command(), line_id=tea, quantity=1)
    assert await shop.tuples(ITEMS) == [(1, tea, 3, 0, 1)]
    await change_order_line(shop.command(), line_id=tea, requested=7)
    assert await shop.tuples(ITEMS) == [(1, tea, 7, 0, 1)]
    await change_order_line(shop.command(), line_id=tea, requested=4)
    assert await shop.tuples(ITEMS) == [(1, tea, 7, 0, 4)]
    await assert_consistent(shop.database)
    await cancel_order_line(shop.command(), line_id=tea, quantity=3)

    assert await shop.tuples(BACKORDERS) == [(1, "B1-1", "CANCELLED", order)]
    await assert_consistent(shop.database)
    # A Backorder that is over is not taken up again.
    assert (await mark_warehouse_pick(shop.command(), line_ids=[cup])).backorder_id == 2
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
async def test_cancelling_the_order_cancels_its_backorder(shop: Shop) -> None:
    await shop.stock(TEA=1)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(order))

    await cancel_sales_order(shop.command(), number="SO-1")

    assert await shop.tuples(BACKORDERS) == [(1, "B1-1", "CANCELLED", order)]
    assert [(row["quantity"], row["cancelled"]) for row in await shop.rows(ITEMS)] == [(3, 3), (2, 2)]
    assert await shop.tuples(STATUSES) == [("CANCELLED", "NOT_QUEUED", "NONE", False)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
async def test_a_cancelled_pick_that_is_requeued_goes_on_the_backorder_and_not_to_the_processor(
    shop: Shop,
) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    tea, cup = await shop.lines_of(order)
    picked = await mark_warehouse_pick(shop.command(), line_ids=[tea, cup])
    assert picked.dispatch_id is not None

    await cancel_dispatch(shop.command(), dispatch_id=picked.dispatch_id, reason_code="BROKEN", requeue=True)

    assert await shop.tuples(ITEMS) == [(1, cup, 2, 0, 0), (1, tea, 3, 0, 0)]
    assert await shop.tuples(BACKORDERS) == [(1, "B1-1", "OPEN", order)]
    assert await shop.tuples(LINES) == [("WAREHOUSE_PICK", 0, 0), ("WAREHOUSE_PICK", 0, 0)]
    assert await shop.tuples(STATUSES) == [("CREATE", "NOT_QUEUED", "PARTIAL", False)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
async def test_a_cancelled_pick_that_is_not_requeued_is_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    tea, cup = await shop.lines_of(order)
    picked = await mark_warehouse_pick(shop.command(), line_ids=[tea, cup])
    assert picked.dispatch_id is not None

    await cancel_dispatch(shop.command(), dispatch_id=picked.dispatch_id, reason_code="BROKEN", requeue=False)

    assert await shop.tuples(ITEMS) == [(1, cup, 2, 0, 0)]
    assert await shop.tuples(LINES) == [("WAREHOUSE_PICK", 0, 3), ("WAREHOUSE_PICK", 0, 0)]
    await assert_consistent(shop.database)


async def test_only_open_lines_of_one_order_in_the_queue_can_be_marked(shop: Shop, other: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2, POT=1)
    tea, cup, pot = await shop.lines_of(order)
    (elsewhere,) = await shop.lines_of(await shop.order("SO-2", TEA=1))
    (foreign,) = await other.lines_of(await other.order("SO-1", TEA=1))
    await shop.dispatch(order, TEA=3)
    await mark_warehouse_pick(shop.command(), line_ids=[pot])

    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds"):
        await mark_warehouse_pick(shop.command(), line_ids=[])
    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", "1", says="Nothing of line 1 is open"):
        await mark_warehouse_pick(shop.command(), line_ids=[cup, tea])
    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", "1", says="route WAREHOUSE_PICK"):
        await mark_warehouse_pick(shop.command(), line_ids=[cup, pot])
    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", "1", says="Line 2 is there twice"):
        await mark_warehouse_pick(shop.command(), line_ids=[cup, cup])
    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", "1", says="not of order SO-1"):
        await mark_warehouse_pick(shop.command(), line_ids=[cup, elsewhere])
    for line_ids, place in (([cup, foreign], "1"), ([foreign], "0"), ([cup, 77], "1")):
        async with refused(shop, ErrorCode.NOT_FOUND, "lineIds", place):
            await mark_warehouse_pick(shop.command(), line_ids=line_ids)


@pytest.mark.rule("A3")
async def test_no_line_of_a_locked_or_cancelled_order_can_be_marked(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    line_ids = await shop.lines_of(order)
    await shop.write("UPDATE orders SET locked = true, status = 'OC_CONFIRMED'")
    async with refused(shop, ErrorCode.ORDER_LOCKED, "lineIds"):
        await mark_warehouse_pick(shop.command(), line_ids=line_ids)

    await shop.write("UPDATE orders SET locked = false, status = 'CANCELLED'")
    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "lineIds"):
        await mark_warehouse_pick(shop.command(), line_ids=line_ids)
