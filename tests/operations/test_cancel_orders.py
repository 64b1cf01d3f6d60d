"""Load Sales Order Cancel and Cancellations (B9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.cancel_orders import CancelledOrders, cancel_sales_order, cancel_sales_orders
from domain.operations.dispatches import ship_dispatch
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.rule("B9")

STATUSES = """
SELECT status, queue_status, back_order_status, is_back_order, cancelled_by FROM orders ORDER BY id
"""
LINES = "SELECT requested, allocated, shipped, cancelled FROM order_lines ORDER BY id"


async def test_an_order_without_a_dispatch_is_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=4)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    waiting = await shop.order("SO-2", TEA=3)
    _, cup = await shop.lines_of(order)
    (short,) = await shop.lines_of(waiting)
    await clear_records(shop)

    answer = await cancel_sales_order(shop.command(), number="SO-1")

    assert answer == CancelledOrders([order], [])
    assert await shop.tuples(STATUSES) == [
        ("CANCELLED", "NOT_QUEUED", "NONE", False, "CLIENT"),
        ("CREATE", "QUEUED", "NONE", False, None),
    ]
    assert await shop.tuples(LINES) == [(3, 0, 0, 3), (2, 0, 0, 2), (3, 0, 0, 0)]
    assert await audited(shop) == [("ORDER_CANCELLED", order, {"status": "CREATE"}, {"status": "CANCELLED"})]
    assert await told(shop) == [
        (
            "ORDER",
            "loadSalesOrderCancel",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "PARTIAL"},
        ),
        (
            "ORDER",
            "loadSalesOrderCancel",
            waiting,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "PARTIAL"},
        ),
        ("LINE", "loadSalesOrderCancel", cup, {"backOrderedQty": 0, "previousBackOrderedQty": 2}),
        ("LINE", "loadSalesOrderCancel", short, {"backOrderedQty": 0, "previousBackOrderedQty": 2}),
    ]
    await assert_consistent(shop.database)


async def test_what_an_order_was_is_told_although_its_promise_goes_with_it(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await shop.purchase_order("PO-1", expected_at=NOW + timedelta(days=7), TEA=3)
    await clear_records(shop)

    await cancel_sales_order(shop.command(), number="SO-1")

    assert [(topic, subject, data) for topic, _, subject, data in await told(shop) if topic == "ORDER"] == [
        ("ORDER", order, {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"})
    ]


async def test_of_a_back_order_only_the_back_order_lines_are_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    dispatch = await shop.dispatch(order, TEA=3)
    await clear_records(shop)

    answer = await cancel_sales_order(shop.command(), number="SO-1")

    assert answer == CancelledOrders([order], [])
    assert await shop.tuples(STATUSES) == [("PARTIALLY_CANCELLED", "PROCESSED", "NONE", True, None)]
    assert await shop.tuples(LINES) == [(3, 3, 0, 0), (2, 0, 0, 2)]
    assert await audited(shop) == [
        ("BACK_ORDER_LINES_CANCELLED", order, {"status": "COMMIT"}, {"status": "PARTIALLY_CANCELLED"})
    ]
    await assert_consistent(shop.database)

    await ship_dispatch(shop.command(), dispatch_id=dispatch)
    assert await shop.tuples(STATUSES) == [("COMPLETED", "PROCESSED", "NONE", True, None)]


async def test_what_is_wholly_dispatched_is_not_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)
    await shop.dispatch(order, TEA=3)

    async with refused(shop, ErrorCode.DISPATCH_EXISTS, "salesOrderNumber"):
        await cancel_sales_order(shop.command(), number="SO-1")


@pytest.mark.parametrize("status", ["CANCELLED", "COMPLETED"])
async def test_what_is_over_is_not_cancelled(shop: Shop, status: str) -> None:
    await shop.order("SO-1", TEA=3)
    await shop.write("UPDATE orders SET status = $1", status)

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "salesOrderNumber", says=status):
        await cancel_sales_order(shop.command(), number="SO-1")


@pytest.mark.rule("A3")
async def test_a_locked_order_is_not_cancelled(shop: Shop) -> None:
    await shop.order("SO-1", TEA=3)
    await shop.write("UPDATE orders SET locked = true, status = 'OC_CONFIRMED'")

    async with refused(shop, ErrorCode.ORDER_LOCKED, "salesOrderNumber"):
        await cancel_sales_order(shop.command(), number="SO-1")


@pytest.mark.parametrize("number", ["SO-77", "", "S\0", "\ud800"])
async def test_an_order_that_is_not_there_is_not_cancelled(shop: Shop, number: str) -> None:
    async with refused(shop, ErrorCode.NOT_FOUND, "salesOrderNumber"):
        await cancel_sales_order(shop.command(), number=number)


async def test_of_many_orders_each_is_cancelled_or_reported(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await shop.stock(TEA=3)
    await shop.stock("EAST", CUP=1)
    here = await shop.order("SO-1", TEA=1)
    there = await shop.order("SO-2", "EAST", CUP=1)
    await shop.dispatch(await shop.order("SO-3", TEA=2), TEA=2)

    answer = await cancel_sales_orders(
        shop.command(), numbers=["SO-2", "SO-77", "SO-3", "SO-1", "SO-2", "SO-77"]
    )

    assert answer.order_ids == [there, here]
    assert [(error.code, error.path) for error in answer.errors] == [
        (ErrorCode.NOT_FOUND, ("salesOrderNumbers", "1")),
        (ErrorCode.DISPATCH_EXISTS, ("salesOrderNumbers", "2")),
        (ErrorCode.NOT_FOUND, ("salesOrderNumbers", "5")),
    ]
    assert [status for status, *_ in await shop.tuples(STATUSES)] == ["CANCELLED", "CANCELLED", "COMMIT"]
    await assert_consistent(shop.database)


async def test_a_call_cancels_at_least_one_order_and_at_most_ten_thousand(shop: Shop) -> None:
    for numbers in ([], ["SO-1"] * 10_001):
        async with refused(shop, ErrorCode.INVALID_INPUT, "salesOrderNumbers"):
            await cancel_sales_orders(shop.command(), numbers=numbers)


async def test_cancelling_again_reports_and_changes_nothing(shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    await cancel_sales_orders(shop.command(), numbers=["SO-1"])
    before = await everything(shop.database)

    again = await cancel_sales_orders(shop.command(), numbers=["SO-1"])

    assert again.order_ids == []
    assert [error.code for error in again.errors] == [ErrorCode.ORDER_STATUS_NOT_ALLOWED]
    after = await everything(shop.database)
    assert after.pop("stock_pools") != before.pop("stock_pools")
    assert after == before
