"""Order confirmation (A9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from domain.operations.answers import OrderChanged
from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.confirm_orders import confirm_order, reject_order, unconfirm_order
from domain.operations.dispatches import cancel_dispatch
from domain.operations.dropship_orders import VendorTerms, dropship_order_line
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import HOLD_IS_OVER, claimed, dispatched, process

pytestmark = pytest.mark.rule("A9")


async def test_a_confirmed_order_is_still_in_the_queue(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await clear_records(shop)

    later = NOW + timedelta(hours=1)
    answer = await confirm_order(shop.command(now=later), order_id=order, expected_version=1)

    assert answer == OrderChanged(order)
    assert await shop.row("SELECT status, queue_status, confirmed_at, version FROM orders") == {
        "status": "OC_CONFIRMED",
        "queue_status": "QUEUED",
        "confirmed_at": later,
        "version": 2,
    }
    assert await audited(shop) == [
        ("ORDER_CONFIRMED", order, {"status": "CREATE"}, {"status": "OC_CONFIRMED"})
    ]
    assert await told(shop) == [
        (
            "ORDER",
            "confirmOrder",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"},
        )
    ]
    await assert_consistent(shop.database)


async def test_what_is_confirmed_can_not_be_confirmed_again(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await confirm_order(shop.command(), order_id=order)

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id"):
        await confirm_order(shop.command(), order_id=order)


@pytest.mark.parametrize("status", ["OC_REJECTED", "COMMIT", "PARTIALLY_CANCELLED", "CANCELLED", "COMPLETED"])
async def test_only_an_order_that_was_just_created_can_be_confirmed(shop: Shop, status: str) -> None:
    order = await shop.order("SO-1", TEA=3)
    await shop.write("UPDATE orders SET status = $1", status)

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "id", says=status):
        await confirm_order(shop.command(), order_id=order)


@pytest.mark.rule("A3")
async def test_a_locked_order_can_not_be_confirmed(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await shop.write("UPDATE orders SET locked = true, status = 'OC_CONFIRMED'")

    async with refused(shop, ErrorCode.ORDER_LOCKED, "id", says="Backlog SKUs"):
        await confirm_order(shop.command(), order_id=order)


@pytest.mark.rule("F6")
async def test_a_version_that_has_passed_is_refused_with_the_current_one(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)

    async with refused(
        shop, ErrorCode.VERSION_CONFLICT, "expectedVersion", says="version 1 by now, not 7", currentVersion=1
    ):
        await confirm_order(shop.command(), order_id=order, expected_version=7)


async def test_an_order_that_is_not_there_can_not_be_confirmed(shop: Shop) -> None:
    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await confirm_order(shop.command(), order_id=77)


async def test_an_order_goes_back_to_confirmed_when_its_only_dispatch_is_requeued(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)
    await confirm_order(shop.command(), order_id=order)
    dispatch = await shop.dispatch(order, TEA=3)

    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="DAMAGED", requeue=True)

    assert await shop.row("SELECT status, queue_status FROM orders") == {
        "status": "OC_CONFIRMED",
        "queue_status": "QUEUED",
    }


@pytest.mark.rule("D3")
async def test_a_rejected_order_leaves_the_queue_and_wants_nothing_from_its_pool(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=1)
    behind = await shop.order("SO-2", TEA=3)
    await clear_records(shop)

    assert await reject_order(shop.command(), order_id=order) == OrderChanged(order)

    looks = "SELECT status, queue_status, back_order_status FROM orders ORDER BY id"
    assert await shop.tuples(looks) == [("OC_REJECTED", "NOT_QUEUED", "NONE"), ("CREATE", "QUEUED", "NONE")]
    assert await audited(shop) == [("ORDER_REJECTED", order, {"status": "CREATE"}, {"status": "OC_REJECTED"})]
    _, cup = await shop.lines_of(order)
    (tea,) = await shop.lines_of(behind)
    shortages = {event[2]: event[3] for event in await told(shop) if event[0] == "LINE"}
    assert shortages == {
        cup: {"backOrderedQty": 0, "previousBackOrderedQty": 1},
        tea: {"backOrderedQty": 0, "previousBackOrderedQty": 3},
    }
    await assert_consistent(shop.database)


async def test_what_is_rejected_can_be_cancelled_but_neither_rejected_nor_confirmed(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await reject_order(shop.command(), order_id=order)

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id"):
        await reject_order(shop.command(), order_id=order)
    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "id", says="OC_REJECTED"):
        await confirm_order(shop.command(), order_id=order)
    await cancel_sales_order(shop.command(), number="SO-1")
    assert await shop.value("SELECT status FROM orders") == "CANCELLED"
    await assert_consistent(shop.database)


async def test_a_confirmed_order_can_not_be_rejected(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await confirm_order(shop.command(), order_id=order)

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "id", says="OC_CONFIRMED"):
        await reject_order(shop.command(), order_id=order)


@pytest.mark.parametrize("answer", [confirm_order, reject_order])
async def test_a_confirmation_or_rejection_can_be_taken_back(
    shop: Shop, answer: Callable[..., Awaitable[OrderChanged]]
) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)
    behind = await shop.order("SO-2", TEA=1)
    looks = "SELECT (to_jsonb(o) - 'version')::text FROM orders AS o ORDER BY id"
    before = await shop.tuples(looks)
    await answer(shop.command(), order_id=order)
    await clear_records(shop)

    assert await unconfirm_order(shop.command(), order_id=order) == OrderChanged(order)

    assert await shop.tuples(looks) == before
    assert [entry[0] for entry in await audited(shop)] == ["ORDER_UNCONFIRMED"]
    assert {event[2] for event in await told(shop) if event[0] == "ORDER"} <= {order, behind}
    await assert_consistent(shop.database)


@pytest.mark.rule("A2")
async def test_nothing_is_taken_back_of_an_order_with_a_dispatch(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)
    await confirm_order(shop.command(), order_id=order)
    dispatch = await shop.dispatch(order, TEA=3)

    async with refused(shop, ErrorCode.DISPATCH_EXISTS, "id"):
        await unconfirm_order(shop.command(), order_id=order)

    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="DAMAGED", requeue=True)
    await unconfirm_order(shop.command(), order_id=order)
    assert await shop.row("SELECT status, confirmed_at FROM orders") == {
        "status": "CREATE",
        "confirmed_at": None,
    }


async def test_an_order_nobody_has_answered_has_nothing_to_take_back(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id"):
        await unconfirm_order(shop.command(), order_id=order)


async def test_with_the_setting_on_the_processor_takes_only_confirmed_orders(shop: Shop) -> None:
    await shop.settings(require_order_confirmation=True)
    await shop.stock(TEA=9)
    await shop.order("SO-1", TEA=3)
    taken_back = await shop.order("SO-2", TEA=3)
    order = await shop.order("SO-3", TEA=3)
    for number in (taken_back, order):
        await confirm_order(shop.command(), order_id=number)
    await unconfirm_order(shop.command(), order_id=taken_back)

    await process(await claimed(shop))

    assert [order_id for order_id, _, _ in await dispatched(shop)] == [order]


@pytest.mark.rule("E2")
async def test_what_was_picked_from_before_it_was_confirmed_can_be_confirmed_and_is_processed(
    shop: Shop,
) -> None:
    await shop.settings(require_order_confirmation=True)
    await shop.stock(TEA=3, CUP=1)
    order = await shop.order("SO-1", TEA=3, CUP=1)
    picked, waiting = await shop.lines_of(order)
    await mark_warehouse_pick(shop.command(), line_ids=[picked])
    await process(await claimed(shop))
    assert [line for _, line, _ in await dispatched(shop)] == [picked]
    await clear_records(shop)

    assert await confirm_order(shop.command(now=NOW), order_id=order) == OrderChanged(order)

    assert await shop.row("SELECT status, queue_status, confirmed_at FROM orders") == {
        "status": "COMMIT",
        "queue_status": "PARTIALLY_PROCESSED",
        "confirmed_at": NOW,
    }
    assert await audited(shop) == [("ORDER_CONFIRMED", order, {"status": "COMMIT"}, {"status": "COMMIT"})]
    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "id", says="COMMIT"):
        await confirm_order(shop.command(), order_id=order)
    await process(await claimed(shop))
    assert [line for _, line, _ in await dispatched(shop)] == [picked, waiting]
    await assert_consistent(shop.database)


@pytest.mark.rule("B6")
async def test_a_back_order_from_before_the_setting_can_be_confirmed_and_gets_its_rest(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=1)
    _, rest = await shop.lines_of(order)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    await shop.settings(require_order_confirmation=True)
    await shop.stock(CUP=1)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert rest not in [line for _, line, _ in await dispatched(shop)]

    await confirm_order(shop.command(), order_id=order)

    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert rest in [line for _, line, _ in await dispatched(shop)]


async def test_an_order_with_lines_left_to_a_vendor_can_not_be_rejected(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    line, _ = await shop.lines_of(order)
    await dropship_order_line(shop.command(), line_id=line, terms=VendorTerms(vendor="Acme"))

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "id", says="vendor"):
        await reject_order(shop.command(), order_id=order)
