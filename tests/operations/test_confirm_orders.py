"""Order confirmation (A9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.confirm_orders import confirm_order
from domain.operations.dispatches import cancel_dispatch
from domain.operations.editing import OrderChanged
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent

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
