"""Loading orders (B1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from domain.operations.answers import UserError
from domain.operations.checks import MAX_PER_CALL, MAX_QUANTITY
from domain.operations.load_sales_orders import LoadedOrders, SalesOrder, SalesOrderLine, load_sales_orders
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import MarketplaceStatus
from tests.builders import NOW, Shop, sales_order
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.rule("B1")

EARLIER = datetime(2026, 2, 27, 17, 30, tzinfo=UTC)


async def load(shop: Shop, *sales_orders: SalesOrder) -> LoadedOrders:
    return await load_sales_orders(shop.command(), sales_orders=sales_orders)


async def test_an_order_is_created_at_once_with_all_it_was_sent_with(shop: Shop) -> None:
    await shop.stock(TEA=9, CUP=9)
    store_id = await shop.store("WEB")
    sent = SalesOrder(
        number="SO-1",
        distribution_center_code="MAIN",
        store_code="WEB",
        ordered_at=EARLIER,
        priority=7,
        marketplace_status=MarketplaceStatus.ACCEPTED,
        marketplace_invoice_number="MI-1",
        sales_order_code="SC-1",
        invoice_code="IC-1",
        shipping_agency="Post",
        order_type="B2B",
        service="EXPRESS",
        country="NL",
        email="eve@example.org",
        lines=(SalesOrderLine(sku_code="CUP", quantity=2), SalesOrderLine(sku_code="TEA", quantity=3)),
    )

    loaded = await load(shop, sent)

    assert loaded == LoadedOrders(order_ids=[1], duplicates=0, errors=[])
    assert await shop.row("SELECT * FROM orders") == {
        "client_id": shop.client_id,
        "id": 1,
        "number": "SO-1",
        "version": 1,
        "distribution_center_id": 1,
        "store_id": store_id,
        "status": "CREATE",
        "delivery_status": "NOT_DELIVERED",
        "queue_status": "QUEUED",
        "back_order_status": "NONE",
        "back_order_mark": None,
        "is_back_order": False,
        "locked": False,
        "priority": 7,
        "ordered_at": EARLIER,
        "accepted_at": NOW,
        "confirmed_at": None,
        "delayed_until": None,
        "promised_at": None,
        "partly_processed": False,
        "news": 0,
        "ended_as": None,
        "marketplace_status": "ACCEPTED",
        "marketplace_invoice_number": "MI-1",
        "sales_order_code": "SC-1",
        "invoice_code": "IC-1",
        "shipping_agency": "Post",
        "order_type": "B2B",
        "service": "EXPRESS",
        "country": "NL",
        "email": "eve@example.org",
        "cancelled_by": None,
        "packed": False,
        "condition": "NOT_YET_PACKED",
    }
    lines = await shop.tuples(
        """
        SELECT line_number, sku_id, route, requested, allocated, shipped, cancelled
        FROM order_lines ORDER BY id
        """
    )
    tea, cup = await shop.id_of("skus", "TEA"), await shop.id_of("skus", "CUP")
    assert lines == [
        (1, cup, "PROCESSOR", 2, 0, 0, 0),
        (2, tea, "PROCESSOR", 3, 0, 0, 0),
    ]
    assert await shop.value("SELECT count(*) FROM dispatches") == 0
    await assert_consistent(shop.database)


async def test_an_order_without_an_order_time_is_ordered_when_it_is_accepted(shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)

    assert await shop.row("SELECT ordered_at, accepted_at FROM orders") == {
        "ordered_at": NOW,
        "accepted_at": NOW,
    }


@pytest.mark.rule("F5")
@pytest.mark.rule("F11")
async def test_loading_is_audited_and_told_once_per_order(shop: Shop) -> None:
    await shop.stock(TEA=4)
    await clear_records(shop)

    loaded = await load(shop, sales_order("SO-1", TEA=3), sales_order("SO-2", TEA=3))

    first, second = loaded.order_ids
    assert await audited(shop) == [
        ("ORDER_LOADED", first, None, {"number": "SO-1", "distribution_center": 1}),
        ("ORDER_LOADED", second, None, {"number": "SO-2", "distribution_center": 1}),
    ]
    (short,) = await shop.lines_of(second)
    assert await told(shop) == [
        ("ORDER", "loadSalesOrders", first, {}),
        ("ORDER", "loadSalesOrders", second, {}),
        ("LINE", "loadSalesOrders", short, {"backOrderedQty": 2, "previousBackOrderedQty": 0}),
    ]
    assert await shop.row("SELECT DISTINCT actor, source, at FROM audit_entries") == {
        "actor": "ada",
        "source": "tests",
        "at": NOW,
    }


async def test_a_number_that_exists_is_reported_and_changes_nothing(shop: Shop) -> None:
    await shop.stock(TEA=9)
    await shop.order("SO-1", TEA=3)
    before = await everything(shop.database)

    again = await load(shop, sales_order("SO-1", TEA=5))

    assert again == LoadedOrders(
        order_ids=[],
        duplicates=1,
        errors=[
            UserError(
                ErrorCode.DUPLICATE,
                "Order SO-1 exists already; it was left as it is.",
                ("input", "0", "number"),
            )
        ],
    )
    after = await everything(shop.database)
    assert after.pop("stock_pools") != before.pop("stock_pools")
    assert after == before


async def test_of_one_number_sent_twice_the_first_lands(shop: Shop) -> None:
    await shop.stock(TEA=9)

    loaded = await load(
        shop, sales_order("SO-1", TEA=1), sales_order("SO-2", TEA=2), sales_order("SO-1", TEA=3)
    )

    assert loaded.order_ids == [1, 2]
    assert loaded.duplicates == 1
    assert [(error.code, error.path) for error in loaded.errors] == [
        (ErrorCode.DUPLICATE, ("input", "2", "number"))
    ]
    assert await shop.tuples("SELECT requested FROM order_lines ORDER BY id") == [(1,), (2,)]


async def test_a_number_whose_first_order_is_refused_is_free_for_the_second(shop: Shop) -> None:
    await shop.stock(TEA=9)

    loaded = await load(shop, sales_order("SO-1", TEA=0), sales_order("SO-1", TEA=3))

    assert (len(loaded.order_ids), loaded.duplicates) == (1, 0)
    assert [error.path for error in loaded.errors] == [("input", "0", "lines", "0", "quantity")]


async def test_two_clients_use_the_same_number(shop: Shop, other: Shop) -> None:
    first = await shop.order("SO-1", TEA=1)
    second = await other.order("SO-1", TEA=2)

    assert await shop.tuples("SELECT client_id, id, number FROM orders ORDER BY id") == [
        (shop.client_id, first, "SO-1"),
        (other.client_id, second, "SO-1"),
    ]


GOOD = sales_order("SO-9", TEA=1)
BAD = {
    "blank number": (msgspec.structs.replace(GOOD, number=" "), ErrorCode.INVALID_INPUT, ["number"]),
    "padded number": (msgspec.structs.replace(GOOD, number=" SO-9"), ErrorCode.INVALID_INPUT, ["number"]),
    "long number": (msgspec.structs.replace(GOOD, number="9" * 101), ErrorCode.INVALID_INPUT, ["number"]),
    "number with NUL": (msgspec.structs.replace(GOOD, number="SO\0"), ErrorCode.INVALID_INPUT, ["number"]),
    "half a character": (msgspec.structs.replace(GOOD, number="\ud800"), ErrorCode.INVALID_INPUT, ["number"]),
    "priority": (msgspec.structs.replace(GOOD, priority=1_000_001), ErrorCode.INVALID_INPUT, ["priority"]),
    "e-mail": (msgspec.structs.replace(GOOD, email=""), ErrorCode.INVALID_INPUT, ["email"]),
    "invoice number": (
        msgspec.structs.replace(GOOD, marketplace_invoice_number="9" * 256),
        ErrorCode.INVALID_INPUT,
        ["marketplaceInvoiceNumber"],
    ),
    "unknown center": (
        msgspec.structs.replace(GOOD, distribution_center_code="NOWHERE"),
        ErrorCode.NOT_FOUND,
        ["distributionCenterCode"],
    ),
    "center with NUL": (
        msgspec.structs.replace(GOOD, distribution_center_code="MAIN\0"),
        ErrorCode.NOT_FOUND,
        ["distributionCenterCode"],
    ),
    "unknown store": (msgspec.structs.replace(GOOD, store_code="WEB"), ErrorCode.NOT_FOUND, ["storeCode"]),
    "no lines": (msgspec.structs.replace(GOOD, lines=()), ErrorCode.INVALID_INPUT, ["lines"]),
    "too many lines": (
        msgspec.structs.replace(GOOD, lines=GOOD.lines * (MAX_PER_CALL + 1)),
        ErrorCode.INVALID_INPUT,
        ["lines"],
    ),
    "unknown SKU": (sales_order("SO-9", TEA=1, POT=1), ErrorCode.NOT_FOUND, ["lines", "1", "skuCode"]),
    "no units": (sales_order("SO-9", TEA=0), ErrorCode.INVALID_INPUT, ["lines", "0", "quantity"]),
    "negative units": (sales_order("SO-9", TEA=-1), ErrorCode.INVALID_INPUT, ["lines", "0", "quantity"]),
    "too many units": (
        sales_order("SO-9", TEA=MAX_QUANTITY + 1),
        ErrorCode.INVALID_INPUT,
        ["lines", "0", "quantity"],
    ),
}


@pytest.mark.parametrize(("bad", "code", "path"), BAD.values(), ids=BAD)
async def test_a_bad_order_is_reported_under_its_path_and_the_good_ones_land(
    shop: Shop, bad: SalesOrder, code: ErrorCode, path: list[str]
) -> None:
    await shop.stock(TEA=9)

    loaded = await load(shop, sales_order("SO-1", TEA=1), bad, sales_order("SO-2", TEA=1))

    assert [(error.code, error.path) for error in loaded.errors] == [(code, ("input", "1", *path))]
    assert await shop.tuples("SELECT number FROM orders ORDER BY id") == [("SO-1",), ("SO-2",)]
    await assert_consistent(shop.database)


async def test_a_call_has_at_least_one_order_and_at_most_ten_thousand(shop: Shop) -> None:
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", says="at least one"):
        await load(shop)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", says="At most 10,000 orders"):
        await load(shop, *[GOOD] * 10_001)


async def test_the_largest_figures_are_stored(shop: Shop) -> None:
    await shop.order("SO-1", priority=-1_000_000, TEA=MAX_QUANTITY, CUP=MAX_QUANTITY, POT=MAX_QUANTITY)

    assert await shop.value("SELECT sum(back_ordered) FROM pool_demand") == 3 * MAX_QUANTITY
    assert await shop.value("SELECT back_order_status FROM orders") == "FULL"


async def test_thousands_of_orders_fit_into_one_call(shop: Shop) -> None:
    await shop.stock(TEA=1_500, CUP=5_000)

    loaded = await load(shop, *(sales_order(f"SO-{number}", TEA=1, CUP=1) for number in range(2_000)))

    assert len(loaded.order_ids) == 2_000
    assert await shop.value("SELECT count(*) FROM orders WHERE back_order_status = 'PARTIAL'") == 500
    assert await shop.value("SELECT count(*) FROM event_outbox WHERE topic = 'LINE'") == 500
    await assert_consistent(shop.database)


@pytest.mark.rule("D4")
async def test_an_older_order_loaded_later_takes_the_stock_of_a_younger_one(shop: Shop) -> None:
    await shop.stock(TEA=3)
    young = await shop.order("YOUNG", TEA=3)
    old = await shop.order("OLD", now=NOW - timedelta(days=1), TEA=3)

    assert await shop.tuples("SELECT id, back_order_status FROM orders ORDER BY id") == [
        (young, "FULL"),
        (old, "NONE"),
    ]
