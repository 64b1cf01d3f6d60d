"""What the marketplace says of orders comes in (C3)."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from domain.operations.dispatches import cancel_dispatch
from domain.operations.load_sales_orders import load_sales_orders
from domain.operations.update_marketplace_status import (
    MarketplaceUpdate,
    MarketplaceUpdated,
    update_marketplace_status,
)
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import MarketplaceStatus
from tests.builders import Shop, sales_order
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import lock_awaited

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C3")]

CANCELLED = MarketplaceStatus.CANCELLED
ROWS = "SELECT status, condition, cancelled_by, queue_status FROM orders ORDER BY id"


async def update(shop: Shop, *updates: MarketplaceUpdate) -> MarketplaceUpdated:
    return await update_marketplace_status(shop.command(), updates=updates)


async def say(shop: Shop, number: str, **news: Any) -> tuple[str, str | None]:
    """The outcome of an update of one order, and the code of its error."""
    (result,) = (await update(shop, MarketplaceUpdate(order_number=number, **news))).results
    return result.outcome, result.error.code if result.error else None


async def test_the_condition_follows_what_is_recorded(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=1)
    await clear_records(shop)

    async def now(**news: Any) -> str:
        assert await say(shop, "SO-1", **news) == ("SUCCEEDED", None)
        return str(await shop.value("SELECT condition FROM orders"))

    assert await now(marketplace_status=MarketplaceStatus.WAITING_FOR_PICKUP) == "DONE_NOT_INVOICED"
    assert await now(sales_order_code="S-1") == "NOT_YET_PROCESSED"
    assert await now(invoice_code="I-1", shipping_agency="JNE") == "NOT_YET_PACKED"
    assert await now(sales_order_code=None, invoice_code=None) == "DONE_NOT_INVOICED"
    assert await shop.tuples("SELECT version, shipping_agency FROM orders") == [(5, "JNE")]
    assert (await audited(shop))[2] == (
        "MARKETPLACE_UPDATED",
        order,
        {"invoice_code": None, "shipping_agency": None},
        {"invoice_code": "I-1", "shipping_agency": "JNE"},
    )
    assert (await told(shop))[0] == (
        "ORDER",
        "updateMarketplaceStatus",
        order,
        {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"},
    )


async def test_an_order_the_customer_cancelled_is_cancelled_and_gives_its_stock_to_the_next(
    shop: Shop,
) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2)
    await shop.order("SO-2", TEA=2)

    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SUCCEEDED", None)

    assert await shop.tuples(ROWS) == [
        ("CANCELLED", "CANCELLED_BY_CUSTOMER", "CUSTOMER", "NOT_QUEUED"),
        ("CREATE", "NOT_YET_PROCESSED", None, "QUEUED"),
    ]
    assert await shop.value("SELECT back_order_status FROM orders WHERE number = 'SO-2'") == "NONE"
    await assert_consistent(shop.database)


async def test_with_a_code_it_is_cancelled_and_the_rejection_is_to_be_checked(shop: Shop) -> None:
    await shop.order("SO-1", TEA=2)

    await say(shop, "SO-1", marketplace_status=CANCELLED, sales_order_code="S-1")

    assert await shop.tuples(ROWS) == [("CANCELLED", "CANCELLED_CHECK_REJECTION", "CUSTOMER", "NOT_QUEUED")]


@pytest.mark.rule("B9")
async def test_no_run_sends_the_rest_of_what_the_customer_has_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=1, CUP=1)
    order = await shop.order("SO-1", TEA=1, CUP=1)
    dispatch = await shop.dispatch(order, TEA=1)

    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SUCCEEDED", ErrorCode.DISPATCH_EXISTS)
    assert await shop.tuples(ROWS) == [("PARTIALLY_CANCELLED", "CANCELLED_BY_CUSTOMER", None, "PROCESSED")]
    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SKIPPED", ErrorCode.DISPATCH_EXISTS)

    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="CUSTOMER", requeue=False)
    assert await shop.tuples(ROWS) == [("CANCELLED", "CANCELLED_BY_CUSTOMER", "CLIENT", "NOT_QUEUED")]
    await assert_consistent(shop.database)


async def test_an_order_that_is_dispatched_is_not_cancelled_by_itself(shop: Shop) -> None:
    await shop.stock(TEA=1)
    order = await shop.order("SO-1", TEA=1)
    dispatch = await shop.dispatch(order, TEA=1)

    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SUCCEEDED", ErrorCode.DISPATCH_EXISTS)
    assert await shop.tuples(ROWS) == [("COMMIT", "CANCELLED_BY_CUSTOMER", None, "PROCESSED")]
    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SKIPPED", ErrorCode.DISPATCH_EXISTS)

    await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="CUSTOMER", requeue=True)
    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SUCCEEDED", None)
    assert await shop.tuples(ROWS) == [("CANCELLED", "CANCELLED_BY_CUSTOMER", "CUSTOMER", "NOT_QUEUED")]
    await assert_consistent(shop.database)


async def test_an_order_with_backlog_skus_is_not_cancelled_by_itself(shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    await shop.write("UPDATE orders SET locked = true, status = 'OC_CONFIRMED'")

    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SUCCEEDED", ErrorCode.ORDER_LOCKED)


async def test_what_the_client_cancelled_stays_cancelled_by_the_client(shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    await shop.cancel("SO-1")

    assert await say(shop, "SO-1", marketplace_status=CANCELLED) == ("SUCCEEDED", None)
    assert await shop.value("SELECT cancelled_by FROM orders") == "CLIENT"


async def test_what_is_known_already_is_skipped_and_changes_nothing(shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    await say(shop, "SO-1", marketplace_status=MarketplaceStatus.ACCEPTED)
    before = await everything(shop.database)

    assert await say(shop, "SO-1", marketplace_status=MarketplaceStatus.ACCEPTED) == ("SKIPPED", None)
    assert await everything(shop.database) == before


async def test_each_row_has_its_result_and_the_good_ones_land(shop: Shop, other: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    second = await shop.order("SO-2", TEA=1)
    await other.order("SO-3", TEA=1)

    answer = await update(
        shop,
        MarketplaceUpdate(order_number="SO-2", invoice_code="I-2"),
        MarketplaceUpdate(order_number="SO-3", invoice_code="I-3"),
        MarketplaceUpdate(order_number="SO-1", invoice_code=" "),
        MarketplaceUpdate(order_number="SO-2", invoice_code="I-4"),
        MarketplaceUpdate(order_number="\0"),
        MarketplaceUpdate(order_number="S\0", invoice_code="I-5"),
    )

    assert [
        (result.outcome, result.order_id, result.error and (result.error.code, result.error.path[2:]))
        for result in answer.results
    ] == [
        ("SUCCEEDED", second, None),
        ("FAILED", None, (ErrorCode.NOT_FOUND, ("orderNumber",))),
        ("FAILED", None, (ErrorCode.INVALID_INPUT, ("invoiceCode",))),
        ("FAILED", None, (ErrorCode.DUPLICATE, ("orderNumber",))),
        ("FAILED", None, (ErrorCode.NOTHING_TO_DO, ())),
        ("FAILED", None, (ErrorCode.NOT_FOUND, ("orderNumber",))),
    ]
    codes = await shop.tuples("SELECT number, invoice_code FROM orders ORDER BY id")
    assert codes == [("SO-1", None), ("SO-2", "I-2"), ("SO-3", None)]


async def test_a_call_has_at_least_one_row_and_at_most_ten_thousand(shop: Shop) -> None:
    row = MarketplaceUpdate(order_number="SO-1", invoice_code="I")
    for rows in ([], [row] * 10_001):
        async with refused(shop, ErrorCode.INVALID_INPUT, "input"):
            await update_marketplace_status(shop.command(), updates=rows)


async def test_an_order_that_comes_in_cancelled_is_cancelled_at_once(shop: Shop) -> None:
    await shop.sku("TEA")
    order = msgspec.structs.replace(sales_order("SO-1", TEA=1), marketplace_status=CANCELLED)

    loaded = await load_sales_orders(shop.command(), sales_orders=[order, sales_order("SO-2", TEA=1)])

    assert (len(loaded.order_ids), loaded.errors) == (2, [])
    assert await shop.tuples(ROWS) == [
        ("CANCELLED", "CANCELLED_BY_CUSTOMER", "CUSTOMER", "NOT_QUEUED"),
        ("CREATE", "NOT_YET_PROCESSED", None, "QUEUED"),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("F2")
async def test_a_carrier_that_is_another_by_the_time_of_the_lock_is_changed_with_its_pool_locked(
    shop: Shop,
) -> None:
    await shop.order("SO-1", TEA=1)
    await say(shop, "SO-1", shipping_agency="DHL")
    before = await shop.value("SELECT generation FROM stock_pools")

    async with shop.database.transaction(shop.client_id) as transaction:
        await transaction.sql.execute("UPDATE orders SET shipping_agency = 'UPS'")
        telling = asyncio.create_task(say(shop, "SO-1", shipping_agency="DHL"))
        await lock_awaited(shop)
    assert await telling == ("SUCCEEDED", None)

    assert await shop.tuples("SELECT shipping_agency, generation FROM orders, stock_pools") == [
        ("DHL", before + 1)
    ]
