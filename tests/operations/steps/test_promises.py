"""Promise dates in the database: who is promised what when, and who is told (F4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.operations.change_purchase_orders import (
    cancel_purchase_order_line,
    change_purchase_order_line,
    link_purchase_order_line,
    reschedule_purchase_order_line,
)
from domain.operations.edit_orders import add_order_lines, cancel_order_line
from domain.operations.load_sales_orders import SalesOrderLine
from domain.operations.split_orders import split_order
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import HOLD_IS_OVER, claimed, process

FRIDAY = NOW + timedelta(days=4)
MONDAY = NOW + timedelta(days=7)

PROMISES = "SELECT line_id, promised_at FROM pool_demand ORDER BY line_id"
ORDERS = "SELECT number, promised_at FROM orders ORDER BY id"


def written(at: datetime | None) -> str | None:
    """The instant as events carry it."""
    return None if at is None else at.isoformat()


async def promises_told(shop: Shop) -> list[tuple[str, int, datetime | None, datetime | None]]:
    """Every PROMISE_CHANGED: cause, order, old, new; and forget what was told so far."""

    def date(data: dict[str, Any], name: str) -> datetime | None:
        return None if data[name] is None else datetime.fromisoformat(data[name])

    found = [
        (cause, subject, date(data, "previouslyPromisedAt"), date(data, "promisedAt"))
        for topic, cause, subject, data in await told(shop)
        if topic == "PROMISE"
    ]
    await clear_records(shop)
    return found


@pytest.mark.rule("F4")
async def test_lines_are_promised_what_comes_by_rank_and_their_orders_are_told(shop: Shop) -> None:
    first, second = await shop.order("SO-1", TEA=3), await shop.order("SO-2", TEA=3)
    (older,), (newer,) = await shop.lines_of(first), await shop.lines_of(second)

    await shop.purchase_order("PO-1", expected_at=MONDAY, TEA=3)
    assert await shop.tuples(PROMISES) == [(older, MONDAY), (newer, None)]
    assert await promises_told(shop) == [("createPurchaseOrder", first, None, MONDAY)]

    await shop.purchase_order("PO-2", expected_at=FRIDAY, TEA=3)
    assert await shop.tuples(PROMISES) == [(older, FRIDAY), (newer, MONDAY)]
    assert await promises_told(shop) == [
        ("createPurchaseOrder", first, MONDAY, FRIDAY),
        ("createPurchaseOrder", second, None, MONDAY),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("F4")
async def test_an_order_is_promised_the_latest_date_of_its_lines(shop: Shop) -> None:
    await shop.stock(POT=1)
    order = await shop.order("SO-1", TEA=1, CUP=1, POT=1)

    await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=1)
    assert await shop.tuples(ORDERS) == [("SO-1", None)]
    await shop.purchase_order("PO-2", expected_at=MONDAY, CUP=1)
    assert await shop.tuples(ORDERS) == [("SO-1", MONDAY)]

    assert await promises_told(shop) == [("createPurchaseOrder", order, None, MONDAY)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F4")
async def test_a_new_order_is_promised_a_date_and_takes_those_of_worse_ranks(shop: Shop) -> None:
    await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=2)
    first = await shop.order("SO-1", TEA=2)
    assert await shop.tuples(ORDERS) == [("SO-1", FRIDAY)]
    await clear_records(shop)

    await shop.order("SO-2", priority=1, TEA=2)

    assert await shop.tuples(ORDERS) == [("SO-1", None), ("SO-2", FRIDAY)]
    assert await promises_told(shop) == [("loadSalesOrders", first, FRIDAY, None)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F4")
async def test_only_lines_of_the_affected_sku_are_pegged_again(shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    await shop.order("SO-2", CUP=1)
    _, (line,) = await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=1)
    await shop.purchase_order("PO-2", expected_at=FRIDAY, CUP=1)
    # Something that pegging would put right, if it came by.
    await shop.write("UPDATE pool_demand SET promised_at = NULL WHERE promised_at IS NOT NULL")

    await reschedule_purchase_order_line(shop.command(), line_id=line, expected_at=MONDAY)

    assert [at for _, at in await shop.tuples(PROMISES)] == [MONDAY, None]


@pytest.mark.rule("F4")
async def test_a_purchase_order_that_moves_moves_promises(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=2)
    _, (line,) = await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=2)
    await clear_records(shop)

    await reschedule_purchase_order_line(shop.command(), line_id=line, expected_at=MONDAY)

    assert await audited(shop) == [
        (
            "PURCHASE_ORDER_CHANGED",
            None,
            {"line": line, "expected_at": written(FRIDAY)},
            {"line": line, "expected_at": written(MONDAY)},
        )
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "reschedulePurchaseOrderLine",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"},
        ),
        (
            "PROMISE",
            "reschedulePurchaseOrderLine",
            order,
            {"promisedAt": written(MONDAY), "previouslyPromisedAt": written(FRIDAY)},
        ),
    ]
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "expectedAt"):
        await reschedule_purchase_order_line(shop.command(), line_id=line, expected_at=MONDAY)
    await reschedule_purchase_order_line(shop.command(), line_id=line, expected_at=None)
    assert await shop.value("SELECT promise_gap FROM pool_demand") == "INCOMING_UNDATED"
    await assert_consistent(shop.database)


@pytest.mark.rule("F4")
async def test_a_purchase_order_that_shrinks_or_is_cancelled_takes_promises_back(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    purchase_order, (line,) = await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=5)
    await shop.receive(purchase_order, {line: 1})
    await clear_records(shop)

    await change_purchase_order_line(shop.command(), line_id=line, quantity=2)
    assert await shop.tuples("SELECT promised_at, promise_gap FROM pool_demand") == [
        (None, "INCOMING_TOO_LITTLE")
    ]
    await change_purchase_order_line(shop.command(), line_id=line, quantity=4)
    assert await promises_told(shop) == [
        ("changePurchaseOrderLine", order, FRIDAY, None),
        ("changePurchaseOrderLine", order, None, FRIDAY),
    ]
    await cancel_purchase_order_line(shop.command(), line_id=line)
    assert await promises_told(shop) == [("cancelPurchaseOrderLine", order, FRIDAY, None)]
    assert await shop.tuples("SELECT quantity, received, cancelled, open FROM purchase_order_lines") == [
        (4, 1, 3, 0)
    ]

    async with refused(shop, ErrorCode.INVALID_INPUT, "quantity", says="least possible is 4", least=4):
        await change_purchase_order_line(shop.command(), line_id=line, quantity=3)
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "quantity"):
        await change_purchase_order_line(shop.command(), line_id=line, quantity=4)
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id"):
        await cancel_purchase_order_line(shop.command(), line_id=line)
    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await cancel_purchase_order_line(shop.command(), line_id=99)
    await assert_consistent(shop.database)


@pytest.mark.rule("D6")
@pytest.mark.rule("F4")
async def test_linking_promises_the_receipt_to_another_line(shop: Shop) -> None:
    first, second = await shop.order("SO-1", TEA=2), await shop.order("SO-2", TEA=2)
    (older,), (newer,) = await shop.lines_of(first), await shop.lines_of(second)
    _, (line,) = await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=2)

    await link_purchase_order_line(shop.command(), line_id=line, order_line_id=newer)
    assert await shop.tuples(PROMISES) == [(older, None), (newer, FRIDAY)]
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "orderLineId"):
        await link_purchase_order_line(shop.command(), line_id=line, order_line_id=newer)
    async with refused(shop, ErrorCode.NOT_FOUND, "orderLineId"):
        await link_purchase_order_line(shop.command(), line_id=line, order_line_id=99)
    await link_purchase_order_line(shop.command(), line_id=line, order_line_id=None)

    assert await shop.tuples(PROMISES) == [(older, FRIDAY), (newer, None)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F4")
async def test_a_promise_that_is_kept_ends_and_the_order_is_told_once(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=2)
    purchase_order, (line,) = await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=2)
    await clear_records(shop)

    await shop.receive(purchase_order, {line: 2})
    assert await promises_told(shop) == [("receivePurchaseOrder", order, FRIDAY, None)]
    await process(await claimed(shop))

    assert await promises_told(shop) == []
    await assert_consistent(shop.database)


@pytest.mark.rule("F4")
async def test_a_run_that_sends_a_part_leaves_the_promise_of_the_rest(shop: Shop) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2, CUP=1)
    await shop.order("SO-2", TEA=1)
    await shop.purchase_order("PO-1", expected_at=FRIDAY, CUP=1)
    await shop.purchase_order("PO-2", expected_at=MONDAY, TEA=9)
    assert await shop.tuples(ORDERS) == [("SO-1", FRIDAY), ("SO-2", MONDAY)]

    await process(await claimed(shop), now=HOLD_IS_OVER)

    assert await shop.tuples(ORDERS) == [("SO-1", FRIDAY), ("SO-2", MONDAY)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F4")
async def test_a_promise_ends_without_a_word_with_what_was_open(shop: Shop) -> None:
    first, second = await shop.order("SO-1", TEA=2), await shop.order("SO-2", TEA=2)
    (line,) = await shop.lines_of(first)
    await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=2)
    await clear_records(shop)

    await cancel_order_line(shop.command(), line_id=line, quantity=2)

    assert await shop.tuples(ORDERS) == [("SO-1", None), ("SO-2", FRIDAY)]
    assert await promises_told(shop) == [("cancelOrderLine", second, None, FRIDAY)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D8")
@pytest.mark.rule("F4")
async def test_lines_that_are_added_or_split_off_take_their_promises_with_them(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=1, CUP=1)
    _, cup = await shop.lines_of(order)
    await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=5)
    await shop.purchase_order("PO-2", expected_at=MONDAY, CUP=5)
    assert await shop.tuples(ORDERS) == [("SO-1", MONDAY)]

    await split_order(shop.command(), order_id=order, line_ids=[cup], new_number="SO-2")
    assert await shop.tuples(ORDERS) == [("SO-1", FRIDAY), ("SO-2", MONDAY)]
    await add_order_lines(
        shop.command(), order_id=order, new_lines=[SalesOrderLine(sku_code="CUP", quantity=1)]
    )

    assert await shop.tuples(ORDERS) == [("SO-1", MONDAY), ("SO-2", MONDAY)]
    await assert_consistent(shop.database)
