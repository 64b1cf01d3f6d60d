"""Packing, shipping and cancelling dispatches (B9), and what they do to stock (F8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.dispatches import DispatchChanged, cancel_dispatch, pack_dispatch, ship_dispatch
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.rule("B9")

LATER = NOW + timedelta(hours=2)

DISPATCH = "SELECT status, packed_at, shipped_at, cancelled_at, cancel_reason, requeued FROM dispatches"
LINES = "SELECT requested, allocated, shipped, cancelled FROM order_lines ORDER BY id"
LEVELS = "SELECT on_hand, allocated FROM stock_levels ORDER BY sku_id"
MOVED = """
SELECT kind, sku_id, on_hand_change, allocated_change, dispatch_id, order_line_id, at
FROM stock_movements WHERE kind <> 'COUNT' ORDER BY id
"""
STATUSES = "SELECT status, delivery_status, queue_status, is_back_order, packed FROM orders"


@pytest.mark.rule("F8")
async def test_a_dispatch_allocates_what_it_takes(shop: Shop) -> None:
    await shop.stock(TEA=5, CUP=2)
    order = await shop.order("SO-1", TEA=3, CUP=2, POT=1)
    tea, cup, _ = await shop.lines_of(order)
    await clear_records(shop)

    dispatch = await shop.dispatch(order, TEA=3, CUP=2)

    assert await shop.row("SELECT * FROM dispatches") == {
        "client_id": shop.client_id,
        "id": dispatch,
        "number": "D1-1",
        "kind": "PROCESSOR",
        "status": "CREATED",
        "order_id": order,
        "distribution_center_id": 1,
        "run_id": None,
        "created_at": NOW,
        "packed_at": None,
        "shipped_at": None,
        "cancelled_at": None,
        "cancel_reason": None,
        "requeued": False,
    }
    assert await shop.tuples("SELECT order_line_id, sku_id, quantity FROM dispatch_lines ORDER BY id") == [
        (tea, 1, 3),
        (cup, 2, 2),
    ]
    assert await shop.tuples(LEVELS) == [(5, 3), (2, 2)]
    assert await shop.tuples(MOVED) == [
        ("ALLOCATE", 1, 0, 3, dispatch, tea, NOW),
        ("ALLOCATE", 2, 0, 2, dispatch, cup, NOW),
    ]
    assert await shop.tuples(LINES) == [(3, 3, 0, 0), (2, 2, 0, 0), (1, 0, 0, 0)]
    assert await shop.tuples(STATUSES) == [("COMMIT", "NOT_DELIVERED", "PARTIALLY_PROCESSED", True, False)]
    assert await audited(shop) == [("DISPATCH_CREATED", order, None, {"dispatch": 1, "kind": "PROCESSOR"})]
    assert await told(shop) == [
        (
            "ORDER",
            "orderProcessor",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "PARTIAL"},
        )
    ]
    await assert_consistent(shop.database)


async def test_a_dispatch_is_packed_and_the_order_with_its_last_one(shop: Shop) -> None:
    await shop.stock(TEA=5, CUP=2)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    first = await shop.dispatch(order, TEA=3)
    second = await shop.dispatch(order, CUP=2)
    await clear_records(shop)

    answer = await pack_dispatch(shop.command(now=LATER), dispatch_id=first)

    assert answer == DispatchChanged(first)
    assert await shop.tuples(f"{DISPATCH} WHERE id = {first}") == [("PACKED", LATER, None, None, None, False)]
    assert await shop.value("SELECT packed FROM orders") is False
    assert await audited(shop) == [
        ("DISPATCH_PACKED", order, {"dispatch": first, "status": "CREATED"}, {"status": "PACKED"})
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "packDispatch",
            order,
            {"previousStatus": "COMMIT", "previousBackOrderStatus": "NONE"},
        )
    ]

    await pack_dispatch(shop.command(now=LATER), dispatch_id=second)
    assert await shop.value("SELECT packed FROM orders") is True
    assert await shop.tuples(LEVELS) == [(5, 3), (2, 2)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F8")
async def test_shipping_takes_the_units_out_of_stock(shop: Shop) -> None:
    await shop.stock(TEA=5)
    order = await shop.order("SO-1", TEA=3)
    (tea,) = await shop.lines_of(order)
    dispatch = await shop.dispatch(order, TEA=3)
    await clear_records(shop)

    answer = await ship_dispatch(shop.command(now=LATER), dispatch_id=dispatch)

    assert answer == DispatchChanged(dispatch)
    assert await shop.tuples(DISPATCH) == [("SHIPPED", LATER, LATER, None, None, False)]
    assert await shop.tuples(LEVELS) == [(2, 0)]
    assert await shop.tuples(MOVED) == [
        ("ALLOCATE", 1, 0, 3, dispatch, tea, NOW),
        ("SHIP", 1, -3, -3, dispatch, tea, LATER),
    ]
    assert await shop.tuples(LINES) == [(3, 0, 3, 0)]
    assert await shop.tuples(STATUSES) == [("COMPLETED", "DELIVERED", "PROCESSED", False, True)]
    assert await audited(shop) == [
        ("DISPATCH_SHIPPED", order, {"dispatch": dispatch, "status": "CREATED"}, {"status": "SHIPPED"})
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "shipDispatch",
            order,
            {"previousStatus": "COMMIT", "previousBackOrderStatus": "NONE"},
        )
    ]
    await assert_consistent(shop.database)


async def test_what_was_packed_keeps_its_time_when_it_is_shipped(shop: Shop) -> None:
    await shop.stock(TEA=5)
    dispatch = await shop.dispatch(await shop.order("SO-1", TEA=3, CUP=1), TEA=3)
    await pack_dispatch(shop.command(), dispatch_id=dispatch)

    await ship_dispatch(shop.command(now=LATER), dispatch_id=dispatch)

    assert await shop.tuples(DISPATCH) == [("SHIPPED", NOW, LATER, None, None, False)]
    assert await shop.tuples(STATUSES) == [
        ("COMMIT", "PARTIALLY_DELIVERED", "PARTIALLY_PROCESSED", True, True)
    ]


@pytest.mark.rule("F8")
async def test_a_cancelled_dispatch_returns_its_stock_and_cancels_its_lines(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=1)
    waiting = await shop.order("SO-2", TEA=2)
    tea, _ = await shop.lines_of(order)
    (short,) = await shop.lines_of(waiting)
    dispatch = await shop.dispatch(order, TEA=3)
    await clear_records(shop)

    answer = await cancel_dispatch(
        shop.command(now=LATER), dispatch_id=dispatch, reason_code="DAMAGED", requeue=False
    )

    assert answer == DispatchChanged(dispatch)
    assert await shop.tuples(DISPATCH) == [("CANCELLED", None, None, LATER, "DAMAGED", False)]
    assert await shop.tuples(LEVELS) == [(3, 0)]
    assert await shop.tuples(MOVED) == [
        ("ALLOCATE", 1, 0, 3, dispatch, tea, NOW),
        ("RELEASE", 1, 0, -3, dispatch, tea, LATER),
    ]
    assert await shop.tuples(LINES) == [(3, 0, 0, 3), (1, 0, 0, 0), (2, 0, 0, 0)]
    assert await shop.tuples(f"{STATUSES} WHERE id = {order}") == [
        ("CREATE", "NOT_DELIVERED", "QUEUED", False, False)
    ]
    assert await audited(shop) == [
        (
            "DISPATCH_CANCELLED",
            order,
            {"dispatch": dispatch, "status": "CREATED"},
            {"status": "CANCELLED", "reason": "DAMAGED", "requeued": False},
        )
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "loadDispatchCancellation",
            order,
            {"previousStatus": "COMMIT", "previousBackOrderStatus": "FULL"},
        ),
        (
            "ORDER",
            "loadDispatchCancellation",
            waiting,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"},
        ),
        ("LINE", "loadDispatchCancellation", short, {"backOrderedQty": 0, "previousBackOrderedQty": 2}),
    ]
    await assert_consistent(shop.database)


async def test_a_dispatch_that_was_all_of_its_order_takes_the_order_with_it(shop: Shop) -> None:
    await shop.stock(TEA=3)
    dispatch = await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)

    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="DAMAGED", requeue=False)

    assert await shop.tuples("SELECT status, queue_status, cancelled_by FROM orders") == [
        ("CANCELLED", "NOT_QUEUED", "CLIENT")
    ]
    await assert_consistent(shop.database)


async def test_requeued_lines_wait_for_a_run_again_at_their_old_rank(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)
    await shop.order("SO-2", TEA=3)
    dispatch = await shop.dispatch(order, TEA=3)
    await pack_dispatch(shop.command(), dispatch_id=dispatch)

    await cancel_dispatch(shop.command(now=LATER), dispatch_id=dispatch, reason_code="LOST", requeue=True)

    assert await shop.tuples(DISPATCH) == [("CANCELLED", NOW, None, LATER, "LOST", True)]
    assert await shop.tuples(LINES) == [(3, 0, 0, 0), (3, 0, 0, 0)]
    assert await shop.tuples(f"{STATUSES} WHERE id = {order}") == [
        ("CREATE", "NOT_DELIVERED", "QUEUED", False, False)
    ]
    assert await shop.tuples("SELECT order_id, open, back_ordered FROM pool_demand ORDER BY line_id") == [
        (order, 3, 0),
        (order + 1, 3, 3),
    ]
    await assert_consistent(shop.database)


async def test_lines_of_a_cancelled_order_can_not_go_back_to_the_queue(shop: Shop) -> None:
    await shop.stock(TEA=3)
    dispatch = await shop.dispatch(await shop.order("SO-1", TEA=3, CUP=1), TEA=3)
    await cancel_sales_order(shop.command(), number="SO-1")

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "requeue", says="cancel without requeue"):
        await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="LOST", requeue=True)
    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="LOST", requeue=False)

    assert await shop.value("SELECT status FROM orders") == "CANCELLED"


async def test_a_shipped_dispatch_is_not_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=3)
    dispatch = await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    await ship_dispatch(shop.command(), dispatch_id=dispatch)

    async with refused(shop, ErrorCode.DISPATCH_ALREADY_SHIPPED, "dispatchId"):
        await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="LOST", requeue=True)


async def test_a_cancelled_dispatch_is_neither_packed_nor_shipped(shop: Shop) -> None:
    await shop.stock(TEA=3)
    dispatch = await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="LOST", requeue=True)

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "id"):
        await pack_dispatch(shop.command(), dispatch_id=dispatch)
    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "id"):
        await ship_dispatch(shop.command(), dispatch_id=dispatch)


@pytest.mark.rule("F8")
@pytest.mark.rule("F10")
async def test_a_scanner_may_repeat_itself(shop: Shop) -> None:
    await shop.stock(TEA=6)
    shipped = await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    cancelled = await shop.dispatch(await shop.order("SO-2", TEA=3), TEA=3)
    await pack_dispatch(shop.command(), dispatch_id=shipped)
    await ship_dispatch(shop.command(), dispatch_id=shipped)
    await cancel_dispatch(shop.command(), dispatch_id=cancelled, reason_code="LOST", requeue=True)
    before = await everything(shop.database)

    await pack_dispatch(shop.command(now=LATER), dispatch_id=shipped)
    await ship_dispatch(shop.command(now=LATER), dispatch_id=shipped)
    await cancel_dispatch(shop.command(), dispatch_id=cancelled, reason_code="OTHER", requeue=False)

    after = await everything(shop.database)
    assert after.pop("stock_pools") != before.pop("stock_pools")
    assert after == before


@pytest.mark.parametrize("reason", ["", " ", " LOST", "LO\0ST", "L" * 65])
async def test_a_reason_code_is_visible_text(shop: Shop, reason: str) -> None:
    await shop.stock(TEA=3)
    dispatch = await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)

    async with refused(shop, ErrorCode.INVALID_INPUT, "reasonCode"):
        await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code=reason, requeue=True)


async def test_a_dispatch_that_is_not_there_can_not_be_moved(shop: Shop) -> None:
    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await pack_dispatch(shop.command(), dispatch_id=77)
    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await ship_dispatch(shop.command(), dispatch_id=77)
    async with refused(shop, ErrorCode.NOT_FOUND, "dispatchId"):
        await cancel_dispatch(shop.command(), dispatch_id=77, reason_code="LOST", requeue=True)
