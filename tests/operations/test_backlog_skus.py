"""Backlog SKUs of one order: when they can be created, what that does, and how it is undone (A1-A3, A7)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.operations.answers import OrderChanged
from domain.operations.backlog_skus import (
    ExpectedDate,
    create_backlog_skus,
    revert_backlog_skus,
    set_expected_dates,
)
from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.confirm_orders import confirm_order, reject_order, unconfirm_order
from domain.operations.delivery_notes import DeliveryItem, create_delivery_notes
from domain.operations.dispatches import cancel_dispatch
from domain.operations.edit_orders import add_order_lines, cancel_order_line, change_order_line, delay_order
from domain.operations.load_sales_orders import SalesOrderLine
from domain.operations.split_orders import split_order
from domain.rules.refusals import ErrorCode, Refusal
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import claimed, lock_awaited, process


async def confirmed(shop: Shop, number: str = "SO-1", **units: Any) -> int:
    """A confirmed order."""
    order = await shop.order(number, **units)
    await confirm_order(shop.command(), order_id=order)
    return order


async def set_aside(shop: Shop, number: str = "SO-1", **units: Any) -> int:
    """A confirmed order with Backlog SKUs."""
    order = await confirmed(shop, number, **units)
    await create_backlog_skus(shop.command(), order_id=order)
    return order


@pytest.mark.rule("A1")
@pytest.mark.rule("A3")
async def test_each_line_gets_a_backlog_sku_and_the_order_is_locked_and_leaves_the_queue(shop: Shop) -> None:
    await shop.stock(TEA=2)
    order = await confirmed(shop, TEA=3, CUP=1)
    tea, cup = await shop.lines_of(order)
    await clear_records(shop)

    assert await create_backlog_skus(shop.command(), order_id=order) == OrderChanged(order)

    assert await shop.tuples(
        "SELECT line_id, order_id, quantity, expected_on FROM backlog_skus ORDER BY line_id"
    ) == [(tea, order, 3, None), (cup, order, 1, None)]
    assert await shop.row(
        "SELECT status, delivery_status, queue_status, back_order_status, locked, version FROM orders"
    ) == {
        "status": "OC_CONFIRMED",
        "delivery_status": "UNDELIVERED_SKU_CREATED",
        "queue_status": "NOT_QUEUED",
        "back_order_status": "PARTIAL",
        "locked": True,
        "version": 3,
    }
    assert await shop.tuples("SELECT DISTINCT route FROM order_lines") == [("SPLIT_DELIVERY",)]
    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels") == [(2, 0)]
    assert await audited(shop) == [
        (
            "BACKLOG_SKUS_CREATED",
            order,
            {"delivery_status": "NOT_DELIVERED", "locked": False},
            {"delivery_status": "UNDELIVERED_SKU_CREATED", "locked": True},
        )
    ]
    assert [event[:3] for event in await told(shop)] == [("ORDER", "createBacklogSkus", order)]
    await assert_consistent(shop.database)


@pytest.mark.rule("A2")
async def test_an_order_that_is_not_confirmed_gets_none(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "orderId", says="CREATE"):
        await create_backlog_skus(shop.command(), order_id=order)


@pytest.mark.rule("A2")
@pytest.mark.rule("A6")
async def test_an_order_that_has_them_gets_no_others(shop: Shop) -> None:
    order = await set_aside(shop, TEA=3)

    async with refused(shop, ErrorCode.BACKLOG_SKUS_ALREADY_CREATED, "orderId"):
        await create_backlog_skus(shop.command(), order_id=order)


@pytest.mark.rule("A2")
async def test_an_order_with_a_dispatch_gets_none(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await confirmed(shop, TEA=3, CUP=1)
    await shop.dispatch(order, TEA=3)

    async with refused(shop, ErrorCode.DISPATCH_EXISTS, "orderId"):
        await create_backlog_skus(shop.command(), order_id=order)


@pytest.mark.rule("A2")
@pytest.mark.parametrize("requeue", [True, False])
async def test_a_cancelled_dispatch_counts_as_created_only_while_its_lines_are_not_requeued(
    shop: Shop, requeue: bool
) -> None:
    await shop.stock(TEA=3)
    order = await confirmed(shop, TEA=3, CUP=1)
    dispatch = await shop.dispatch(order, TEA=3)
    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="DAMAGED", requeue=requeue)

    if requeue:
        await create_backlog_skus(shop.command(), order_id=order)
        assert await shop.tuples("SELECT quantity FROM backlog_skus ORDER BY line_id") == [(3,), (1,)]
    else:
        async with refused(shop, ErrorCode.DISPATCH_EXISTS, "orderId"):
            await create_backlog_skus(shop.command(), order_id=order)


@pytest.mark.rule("A1")
async def test_cancelled_units_are_not_set_aside(shop: Shop) -> None:
    order = await confirmed(shop, TEA=3, CUP=1)
    tea, cup = await shop.lines_of(order)
    await cancel_order_line(shop.command(), line_id=tea, quantity=1)
    await cancel_order_line(shop.command(), line_id=cup, quantity=1)

    await create_backlog_skus(shop.command(), order_id=order)

    assert await shop.tuples("SELECT line_id, quantity FROM backlog_skus") == [(tea, 2)]


async def test_another_clients_order_is_not_there(shop: Shop, other: Shop) -> None:
    order = await confirmed(other, TEA=3)

    for operation in (create_backlog_skus, revert_backlog_skus):
        async with refused(shop, ErrorCode.NOT_FOUND, "orderId"):
            await operation(shop.command(), order_id=order)


@pytest.mark.rule("A3")
@pytest.mark.rule("A9")
@pytest.mark.rule("B2")
async def test_the_processor_passes_over_what_is_set_aside(shop: Shop) -> None:
    await set_aside(shop, TEA=3)
    await shop.stock(TEA=3)

    await process(await claimed(shop), now=NOW + timedelta(days=3))

    assert await shop.tuples("SELECT id FROM dispatches") == []


Edit = Callable[[Shop, int, list[int]], Awaitable[object]]
EDITS: dict[str, tuple[str, Edit]] = {
    "confirm": ("id", lambda shop, order, _: confirm_order(shop.command(), order_id=order)),
    "unconfirm": ("id", lambda shop, order, _: unconfirm_order(shop.command(), order_id=order)),
    "reject": ("id", lambda shop, order, _: reject_order(shop.command(), order_id=order)),
    "delay": (
        "id",
        lambda shop, order, _: delay_order(
            shop.command(), order_id=order, until=datetime(2027, 1, 1, tzinfo=UTC)
        ),
    ),
    "change line": (
        "lineId",
        lambda shop, _, lines: change_order_line(shop.command(), line_id=lines[0], requested=9),
    ),
    "cancel line": (
        "lineId",
        lambda shop, _, lines: cancel_order_line(shop.command(), line_id=lines[0], quantity=1),
    ),
    "add lines": (
        "orderId",
        lambda shop, order, _: add_order_lines(
            shop.command(), order_id=order, new_lines=[SalesOrderLine(sku_code="TEA", quantity=1)]
        ),
    ),
    "split": (
        "orderId",
        lambda shop, order, lines: split_order(
            shop.command(), order_id=order, line_ids=lines[:1], new_number="SO-2"
        ),
    ),
    "cancel": ("salesOrderNumber", lambda shop, *_: cancel_sales_order(shop.command(), number="SO-1")),
}


@pytest.mark.rule("A3")
@pytest.mark.parametrize("edit", EDITS)
async def test_a_locked_order_refuses_every_edit(shop: Shop, edit: str) -> None:
    order = await set_aside(shop, TEA=3, CUP=1)
    lines = await shop.lines_of(order)
    path, change = EDITS[edit]

    async with refused(shop, ErrorCode.ORDER_LOCKED, path):
        await change(shop, order, lines)


@pytest.mark.rule("D2")
async def test_backlog_skus_change_no_units_and_mark_no_order_that_was_not_marked_at_creation(
    shop: Shop,
) -> None:
    await shop.settings(mark_on_create=False, allow_backlog_sku_revert=True)
    order = await set_aside(shop, TEA=3)
    status = "SELECT back_order_status FROM orders"
    assert await shop.value(status) == "NONE"
    assert await shop.value("SELECT back_ordered FROM pool_demand") == 3

    await revert_backlog_skus(shop.command(), order_id=order)

    assert await shop.value(status) == "NONE"


@pytest.mark.rule("A7")
async def test_reverting_is_switched_off_until_an_admin_allows_it(shop: Shop) -> None:
    order = await set_aside(shop, TEA=3)

    async with refused(shop, ErrorCode.FEATURE_DISABLED, "orderId", says="allowBacklogSkuRevert"):
        await revert_backlog_skus(shop.command(), order_id=order)


@pytest.mark.rule("A7")
async def test_a_reverted_order_is_as_it_was_before(shop: Shop) -> None:
    await shop.settings(allow_backlog_sku_revert=True)
    order = await confirmed(shop, TEA=3, CUP=1)
    looks = "SELECT (to_jsonb(o) - 'version')::text FROM orders AS o"
    before = await shop.value(looks), await shop.tuples("SELECT * FROM order_lines ORDER BY id")
    await create_backlog_skus(shop.command(), order_id=order)
    await clear_records(shop)

    assert await revert_backlog_skus(shop.command(), order_id=order) == OrderChanged(order)

    assert before == (await shop.value(looks), await shop.tuples("SELECT * FROM order_lines ORDER BY id"))
    assert await shop.tuples("SELECT * FROM backlog_skus") == []
    assert await audited(shop) == [
        (
            "BACKLOG_SKUS_REVERTED",
            order,
            {"delivery_status": "UNDELIVERED_SKU_CREATED", "locked": True},
            {"delivery_status": "NOT_DELIVERED", "locked": False},
        )
    ]
    await assert_consistent(shop.database)
    await create_backlog_skus(shop.command(), order_id=order)


@pytest.mark.rule("A7")
async def test_an_order_without_backlog_skus_has_nothing_to_revert(shop: Shop) -> None:
    await shop.settings(allow_backlog_sku_revert=True)
    order = await confirmed(shop, TEA=3)

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "orderId"):
        await revert_backlog_skus(shop.command(), order_id=order)


@pytest.mark.rule("A7")
async def test_what_was_applied_to_a_delivery_note_can_not_be_reverted_until_it_is_given_back(
    shop: Shop,
) -> None:
    await shop.settings(allow_backlog_sku_revert=True)
    await shop.stock(TEA=3)
    order = await set_aside(shop, TEA=3)
    (line,) = await shop.lines_of(order)
    (note,) = (await create_delivery_notes(shop.command(), items=[DeliveryItem(line, 1)])).dispatch_ids

    async with refused(shop, ErrorCode.BACKLOG_SKU_ON_DELIVERY_NOTE, "orderId"):
        await revert_backlog_skus(shop.command(), order_id=order)

    await cancel_dispatch(shop.command(), dispatch_id=note, reason_code="TYPO", requeue=True)
    await revert_backlog_skus(shop.command(), order_id=order)
    assert await shop.row("SELECT status, queue_status, locked FROM orders") == {
        "status": "OC_CONFIRMED",
        "queue_status": "QUEUED",
        "locked": False,
    }


@pytest.mark.rule("A1")
async def test_a_backlog_sku_can_have_an_expected_date(shop: Shop, other: Shop) -> None:
    order = await set_aside(shop, TEA=3)
    (line,) = await shop.lines_of(order)
    await clear_records(shop)
    due = date(2026, 4, 1)

    await set_expected_dates(shop.command(), dates=[ExpectedDate(line, due)])
    await set_expected_dates(shop.command(), dates=[ExpectedDate(line, due)])

    assert await shop.value("SELECT expected_on FROM backlog_skus") == due
    assert await audited(shop) == [
        (
            "BACKLOG_SKU_EXPECTED",
            order,
            {"line": line, "expected_on": None},
            {"line": line, "expected_on": "2026-04-01"},
        )
    ]
    async with refused(other, ErrorCode.NOT_FOUND, "input", "0", "backlogSkuId"):
        await set_expected_dates(other.command(), dates=[ExpectedDate(line, due)])


@pytest.mark.rule("A1")
async def test_a_backlog_sku_is_expected_on_one_date_only(shop: Shop) -> None:
    order = await set_aside(shop, TEA=3)
    (line,) = await shop.lines_of(order)
    days = [ExpectedDate(line, date(2026, 4, day)) for day in (1, 2)]

    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "1", "backlogSkuId", says="there twice"):
        await set_expected_dates(shop.command(), dates=days)

    assert await shop.value("SELECT expected_on FROM backlog_skus") is None


@pytest.mark.rule("A1")
async def test_a_backlog_sku_that_is_reverted_while_its_lock_is_waited_for_gets_no_date(shop: Shop) -> None:
    order = await set_aside(shop, TEA=3)
    (line,) = await shop.lines_of(order)

    async with shop.database.transaction(shop.client_id) as transaction:
        await transaction.sql.execute("UPDATE orders SET version = version + 1")
        setting = asyncio.create_task(
            set_expected_dates(shop.command(), dates=[ExpectedDate(line, date(2026, 4, 1))])
        )
        await lock_awaited(shop)
        await transaction.sql.execute("DELETE FROM backlog_skus")

    with pytest.raises(Refusal) as refusal:
        await setting
    assert refusal.value.code is ErrorCode.NOT_FOUND
