"""Delaying orders and changing their lines (D5, D8, F9)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.operations.answers import OrderChanged
from domain.operations.checks import MAX_QUANTITY
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.edit_orders import add_order_lines, cancel_order_line, change_order_line, delay_order
from domain.operations.load_sales_orders import SalesOrderLine
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent

TOMORROW = NOW + timedelta(days=1)
TEA = SalesOrderLine(sku_code="TEA", quantity=1)

LINES = "SELECT line_number, requested, allocated, shipped, cancelled FROM order_lines ORDER BY id"
STATUSES = "SELECT status, queue_status, back_order_status, is_back_order FROM orders ORDER BY id"


@pytest.mark.rule("D5")
async def test_an_order_is_delayed_and_the_delay_taken_away(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await clear_records(shop)

    answer = await delay_order(shop.command(), order_id=order, until=TOMORROW, expected_version=1)

    assert answer == OrderChanged(order)
    assert await shop.row("SELECT delayed_until, version, status, queue_status FROM orders") == {
        "delayed_until": TOMORROW,
        "version": 2,
        "status": "CREATE",
        "queue_status": "QUEUED",
    }
    await delay_order(shop.command(), order_id=order, until=None, expected_version=2)

    assert await shop.value("SELECT delayed_until FROM orders") is None
    until = "2026-03-03T08:00:00+00:00"
    assert await audited(shop) == [
        ("ORDER_DELAYED", order, {"delayed_until": None}, {"delayed_until": until}),
        ("ORDER_DELAYED", order, {"delayed_until": until}, {"delayed_until": None}),
    ]
    assert await shop.tuples("SELECT summary FROM audit_entries ORDER BY id") == [
        ("Order SO-1 was delayed until 2026-03-03 08:00 UTC.",),
        ("The delay of order SO-1 was ended.",),
    ]
    assert (
        await told(shop)
        == [("ORDER", "delayOrder", order, {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"})]
        * 2
    )


@pytest.mark.rule("D5")
@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1)], ids=["now", "past"])
async def test_an_order_is_only_delayed_to_a_time_that_is_to_come(shop: Shop, until: datetime) -> None:
    order = await shop.order("SO-1", TEA=3)

    async with refused(shop, ErrorCode.INVALID_INPUT, "until"):
        await delay_order(shop.command(), order_id=order, until=until)


@pytest.mark.rule("D5")
async def test_a_delay_that_changes_nothing_is_refused(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "until", says="is not delayed"):
        await delay_order(shop.command(), order_id=order, until=None)
    await delay_order(shop.command(), order_id=order, until=TOMORROW)
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "until", says="delayed until then already"):
        await delay_order(shop.command(), order_id=order, until=TOMORROW)


@pytest.mark.rule("D8")
async def test_a_line_asks_for_more_and_coverage_follows(shop: Shop) -> None:
    await shop.stock(TEA=4)
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    await clear_records(shop)

    answer = await change_order_line(shop.command(), line_id=line, requested=10, expected_version=1)

    assert answer == OrderChanged(order)
    assert await shop.tuples(LINES) == [(1, 10, 0, 0, 0)]
    assert await shop.tuples("SELECT open, back_ordered, back_ordered_since FROM pool_demand") == [
        (10, 6, NOW)
    ]
    assert await shop.tuples(STATUSES) == [("CREATE", "QUEUED", "PARTIAL", False)]
    assert await shop.value("SELECT version FROM orders") == 2
    assert await audited(shop) == [
        (
            "ORDER_LINE_CHANGED",
            order,
            {"line": line, "requested": 3},
            {"line": line, "requested": 10},
        )
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "changeOrderLine",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "NONE"},
        ),
        ("LINE", "changeOrderLine", line, {"backOrderedQty": 6, "previousBackOrderedQty": 0}),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("D3")
async def test_what_a_line_no_longer_asks_for_covers_the_next_order(shop: Shop) -> None:
    await shop.stock(TEA=4)
    first = await shop.order("SO-1", TEA=4)
    second = await shop.order("SO-2", TEA=2)
    assert await shop.value("SELECT back_order_status FROM orders WHERE id = $1", second) == "FULL"

    (line,) = await shop.lines_of(first)
    await change_order_line(shop.command(), line_id=line, requested=2)

    assert await shop.value("SELECT back_order_status FROM orders WHERE id = $1", second) == "NONE"
    await assert_consistent(shop.database)


@pytest.mark.rule("D8")
async def test_a_line_can_shrink_to_what_is_dispatched_and_no_further(shop: Shop) -> None:
    await shop.stock(TEA=9, CUP=9)
    order = await shop.order("SO-1", TEA=9, CUP=1)
    line, cup = await shop.lines_of(order)
    await shop.dispatch(order, TEA=4)
    await cancel_order_line(shop.command(), line_id=line, quantity=2)

    async with refused(shop, ErrorCode.INVALID_INPUT, "requested", says="the least possible is 6", least=6):
        await change_order_line(shop.command(), line_id=line, requested=5)
    await change_order_line(shop.command(), line_id=line, requested=6)
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "requested"):
        await change_order_line(shop.command(), line_id=line, requested=6)

    assert await shop.tuples(LINES) == [(1, 6, 4, 0, 2), (2, 1, 0, 0, 0)]
    assert await shop.tuples(STATUSES) == [("COMMIT", "PARTIALLY_PROCESSED", "NONE", True)]
    await cancel_order_line(shop.command(), line_id=cup, quantity=1)
    assert await shop.tuples(STATUSES) == [("COMMIT", "PROCESSED", "NONE", True)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D8")
async def test_a_line_that_was_wholly_dispatched_can_ask_for_more(shop: Shop) -> None:
    await shop.stock(TEA=5)
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    await shop.dispatch(order, TEA=3)
    assert await shop.tuples(STATUSES) == [("COMMIT", "PROCESSED", "NONE", False)]

    await change_order_line(shop.command(), line_id=line, requested=6)

    assert await shop.tuples(STATUSES) == [("COMMIT", "PARTIALLY_PROCESSED", "PARTIAL", True)]
    assert await shop.tuples("SELECT open, back_ordered FROM pool_demand") == [(3, 1)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D8")
async def test_lines_are_added_behind_the_others_and_wait_for_a_run(shop: Shop) -> None:
    await shop.stock(TEA=5, CUP=1)
    order = await shop.order("SO-1", TEA=3)
    await shop.dispatch(order, TEA=3)
    await clear_records(shop)

    answer = await add_order_lines(
        shop.command(),
        order_id=order,
        new_lines=[SalesOrderLine(sku_code="CUP", quantity=2), TEA],
        expected_version=2,
    )

    assert answer == OrderChanged(order)
    assert await shop.tuples(LINES) == [(1, 3, 3, 0, 0), (2, 2, 0, 0, 0), (3, 1, 0, 0, 0)]
    assert await shop.tuples(STATUSES) == [("COMMIT", "PARTIALLY_PROCESSED", "PARTIAL", True)]
    assert await shop.value("SELECT version FROM orders") == 3
    _, cup, _ = await shop.lines_of(order)
    assert await audited(shop) == [("ORDER_LINES_ADDED", order, {"lines": 1}, {"lines": 3})]
    assert await told(shop) == [
        ("ORDER", "addOrderLines", order, {"previousStatus": "COMMIT", "previousBackOrderStatus": "NONE"}),
        ("LINE", "addOrderLines", cup, {"backOrderedQty": 1, "previousBackOrderedQty": 0}),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("D8")
@pytest.mark.parametrize(
    ("lines", "code", "path"),
    [
        ([], ErrorCode.INVALID_INPUT, ["lines"]),
        ([TEA] * 10_001, ErrorCode.INVALID_INPUT, ["lines"]),
        ([TEA, SalesOrderLine(sku_code="POT", quantity=1)], ErrorCode.NOT_FOUND, ["lines", "1", "skuCode"]),
        ([SalesOrderLine(sku_code="TEA", quantity=0)], ErrorCode.INVALID_INPUT, ["lines", "0", "quantity"]),
        ([SalesOrderLine(sku_code="T\0", quantity=1)], ErrorCode.NOT_FOUND, ["lines", "0", "skuCode"]),
    ],
    ids=["none", "10,001", "unknown SKU", "no units", "NUL"],
)
async def test_of_bad_lines_none_is_added(
    shop: Shop, lines: list[SalesOrderLine], code: ErrorCode, path: list[str]
) -> None:
    order = await shop.order("SO-1", TEA=3)

    async with refused(shop, code, *path):
        await add_order_lines(shop.command(), order_id=order, new_lines=lines)


@pytest.mark.rule("F9")
async def test_some_of_a_line_is_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=1)
    order = await shop.order("SO-1", TEA=5)
    (line,) = await shop.lines_of(order)
    await clear_records(shop)

    answer = await cancel_order_line(shop.command(), line_id=line, quantity=3, expected_version=1)

    assert answer == OrderChanged(order)
    assert await shop.tuples(LINES) == [(1, 5, 0, 0, 3)]
    assert await shop.tuples(STATUSES) == [("CREATE", "QUEUED", "PARTIAL", False)]
    assert await audited(shop) == [
        ("ORDER_LINE_CANCELLED", order, {"line": line, "cancelled": 0}, {"line": line, "cancelled": 3})
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "cancelOrderLine",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "PARTIAL"},
        ),
        ("LINE", "cancelOrderLine", line, {"backOrderedQty": 1, "previousBackOrderedQty": 4}),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("F9")
@pytest.mark.rule("F5")
async def test_with_the_last_units_of_all_lines_the_order_is_cancelled(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=5, CUP=1)
    tea, cup = await shop.lines_of(order)
    await cancel_order_line(shop.command(), line_id=tea, quantity=5)
    await clear_records(shop)

    await cancel_order_line(shop.command(), line_id=cup, quantity=1)

    assert await shop.tuples(STATUSES) == [("CANCELLED", "NOT_QUEUED", "NONE", False)]
    assert await shop.value("SELECT cancelled_by FROM orders") == "CLIENT"
    assert await shop.rows("SELECT * FROM pool_demand") == []
    assert await told(shop) == [
        (
            "ORDER",
            "cancelOrderLine",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"},
        ),
        ("LINE", "cancelOrderLine", cup, {"backOrderedQty": 0, "previousBackOrderedQty": 1}),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("F9")
async def test_no_more_than_is_open_can_be_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=9)
    order = await shop.order("SO-1", TEA=9)
    (line,) = await shop.lines_of(order)
    await shop.dispatch(order, TEA=4)

    async with refused(
        shop, ErrorCode.INVALID_INPUT, "quantity", says="5 units of the line are open", open=5
    ):
        await cancel_order_line(shop.command(), line_id=line, quantity=6)
    for quantity in (0, -1, MAX_QUANTITY + 1):
        async with refused(shop, ErrorCode.INVALID_INPUT, "quantity"):
            await cancel_order_line(shop.command(), line_id=line, quantity=quantity)
        async with refused(shop, ErrorCode.INVALID_INPUT, "requested"):
            await change_order_line(shop.command(), line_id=line, requested=quantity)


@pytest.mark.rule("D2")
async def test_added_items_set_the_status_even_where_creation_does_not(shop: Shop) -> None:
    await update_client_settings(shop.command(), change=SettingsChange(mark_on_create=False))
    order = await shop.order("SO-1", TEA=3)
    assert await shop.tuples(STATUSES) == [("CREATE", "QUEUED", "NONE", False)]

    await add_order_lines(shop.command(), order_id=order, new_lines=[TEA])

    assert await shop.tuples(STATUSES) == [("CREATE", "QUEUED", "FULL", False)]
