"""Protected quantities and caps on back orders."""

from __future__ import annotations

import asyncio

import pytest

from domain.operations.checks import MAX_QUANTITY
from domain.operations.edit_orders import add_order_lines, change_order_line
from domain.operations.load_sales_orders import LoadedOrders, SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.stock_limits import (
    BackOrderCap,
    ProtectedQuantity,
    set_back_order_caps,
    set_protected_quantities,
)
from domain.rules.refusals import ErrorCode
from domain.store.reads.paging import PageRequest
from domain.views.stock_limits import caps_page
from tests.builders import MAIN, Shop, sales_order
from tests.operations.expecting import audited, clear_records, refused
from tests.operations.invariants import assert_consistent
from tests.runs import claimed, dispatched, process

pytestmark = pytest.mark.anyio


async def protect(shop: Shop, at: str = MAIN, /, **units: int) -> None:
    quantities = [
        ProtectedQuantity(sku_code=code, distribution_center_code=at, units=quantity)
        for code, quantity in units.items()
    ]
    await set_protected_quantities(shop.command(), quantities=quantities)


async def cap(shop: Shop, sku: str, units: int | None, *, store: str | None = None, at: str = MAIN) -> None:
    await shop.sku(sku)
    caps = [BackOrderCap(sku_code=sku, distribution_center_code=at, store_code=store, units=units)]
    await set_back_order_caps(shop.command(), caps=caps)


async def load(shop: Shop, *orders: SalesOrder) -> LoadedOrders:
    return await load_sales_orders(shop.command(), sales_orders=orders)


async def back_ordered(shop: Shop) -> int:
    return int(await shop.value("SELECT coalesce(sum(back_ordered), 0) FROM pool_demand"))


@pytest.mark.rule("F7")
async def test_protected_units_are_not_available_to_coverage_or_runs(shop: Shop) -> None:
    await shop.stock(TEA=5)
    first = await shop.order("SO-1", TEA=2)
    await shop.order("SO-2", TEA=2)
    await clear_records(shop)

    await protect(shop, TEA=3)

    assert await back_ordered(shop) == 2
    assert await audited(shop) == [
        (
            "PROTECTED_QUANTITY_SET",
            None,
            {"distribution_center": 1, "sku": 1, "protected": 0},
            {"distribution_center": 1, "sku": 1, "protected": 3},
        )
    ]
    await process(await claimed(shop))
    assert [order_id for order_id, _, _ in await dispatched(shop)] == [first]
    await assert_consistent(shop.database)


@pytest.mark.rule("F7")
async def test_more_than_is_there_can_be_protected_and_what_dispatches_hold_stays_theirs(shop: Shop) -> None:
    await shop.stock(TEA=5)
    order = await shop.order("SO-1", TEA=4)
    await shop.dispatch(order, TEA=4)
    await shop.sku("CUP")

    await protect(shop, TEA=9, CUP=2)

    assert await shop.tuples("SELECT on_hand, allocated, protected FROM stock_levels ORDER BY sku_id") == [
        (5, 4, 9),
        (0, 0, 2),
    ]
    await protect(shop, TEA=0)
    assert await shop.value("SELECT sum(protected) FROM stock_levels") == 2
    await assert_consistent(shop.database)


@pytest.mark.rule("F7")
async def test_bad_protected_quantities_are_refused(shop: Shop) -> None:
    await shop.sku("TEA")
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "0", "units"):
        await protect(shop, TEA=-1)
    async with refused(shop, ErrorCode.NOT_FOUND, "input", "0", "skuCode"):
        await protect(shop, NONE=1)
    async with refused(shop, ErrorCode.NOT_FOUND, "input", "0", "distributionCenterCode"):
        await protect(shop, "NONE", TEA=1)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "1"):
        twice = ProtectedQuantity(sku_code="TEA", distribution_center_code=MAIN, units=1)
        await set_protected_quantities(shop.command(), quantities=[twice, twice])
    async with refused(shop, ErrorCode.INVALID_INPUT, "input"):
        await protect(shop)


@pytest.mark.rule("F7")
@pytest.mark.rule("B1")
async def test_orders_beyond_a_cap_are_reported_and_the_others_land(shop: Shop) -> None:
    await shop.stock(TEA=3)
    await cap(shop, "TEA", 4)
    await shop.sku("CUP")

    loaded = await load(
        shop,
        sales_order("SO-1", TEA=5),
        sales_order("SO-2", CUP=9, TEA=3),
        sales_order("SO-3", TEA=2),
        sales_order("SO-4", CUP=7),
    )

    assert await shop.tuples("SELECT number FROM orders ORDER BY number") == [("SO-1",), ("SO-3",), ("SO-4",)]
    (error,) = loaded.errors
    assert (error.code, error.path) == (
        ErrorCode.INSUFFICIENT_STOCK,
        ("input", "1", "lines", "1", "quantity"),
    )
    assert error.details == {"wanted": 3, "available": 2}
    assert await shop.value("SELECT sum(back_ordered) FROM pool_demand WHERE sku_id = 1") == 4
    assert len((await load(shop, sales_order("SO-5", TEA=1))).errors) == 1
    await assert_consistent(shop.database)


@pytest.mark.rule("F7")
async def test_an_order_that_exists_is_a_duplicate_whatever_the_cap(shop: Shop) -> None:
    await shop.order("SO-1", TEA=5)
    await cap(shop, "TEA", 5)

    loaded = await load(shop, sales_order("SO-1", TEA=5))

    assert (loaded.duplicates, [error.code for error in loaded.errors]) == (1, [ErrorCode.DUPLICATE])


@pytest.mark.rule("F7")
async def test_a_stores_cap_limits_that_store_alone(shop: Shop) -> None:
    await shop.store("NORTH")
    await cap(shop, "TEA", 2, store="NORTH")

    north, south = (
        SalesOrder(
            number=number,
            distribution_center_code=MAIN,
            store_code=store,
            lines=(SalesOrderLine(sku_code="TEA", quantity=3),),
        )
        for number, store in (("SO-1", "NORTH"), ("SO-2", None))
    )
    loaded = await load(shop, north, south)

    assert [error.path for error in loaded.errors] == [("input", "0", "lines", "0", "quantity")]
    assert len(loaded.order_ids) == 1


@pytest.mark.rule("F7")
async def test_a_cap_holds_for_its_distribution_center_alone(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await cap(shop, "TEA", 0, at="EAST")

    loaded = await load(shop, sales_order("SO-1", TEA=2), sales_order("SO-2", "EAST", TEA=2))

    assert [error.path[1] for error in loaded.errors] == ["1"]


@pytest.mark.rule("F7")
async def test_an_order_can_not_grow_beyond_a_cap(shop: Shop) -> None:
    await shop.stock(TEA=3)
    await cap(shop, "TEA", 2)
    order = await shop.order("SO-1", TEA=2)
    (line,) = await shop.lines_of(order)
    added = [SalesOrderLine(sku_code="TEA", quantity=2), SalesOrderLine(sku_code="TEA", quantity=2)]

    async with refused(shop, ErrorCode.INSUFFICIENT_STOCK, "requested", wanted=3, available=2):
        await change_order_line(shop.command(), line_id=line, requested=6)
    async with refused(shop, ErrorCode.INSUFFICIENT_STOCK, "lines", "1", "quantity", wanted=2, available=1):
        await add_order_lines(shop.command(), order_id=order, new_lines=added)
    await change_order_line(shop.command(), line_id=line, requested=5)
    assert await back_ordered(shop) == 2

    await cap(shop, "TEA", None)
    await add_order_lines(shop.command(), order_id=order, new_lines=added)
    assert await back_ordered(shop) == 6


@pytest.mark.rule("F7")
async def test_an_order_may_shrink_below_a_cap_that_was_lowered(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=6)
    (line,) = await shop.lines_of(order)
    await cap(shop, "TEA", 2)

    await change_order_line(shop.command(), line_id=line, requested=4)

    assert await back_ordered(shop) == 4


@pytest.mark.rule("F7")
async def test_a_cap_can_be_set_on_more_back_orders_than_a_number_of_graphql_holds(shop: Shop) -> None:
    for number in ("SO-1", "SO-2", "SO-3"):
        await shop.order(number, TEA=MAX_QUANTITY)
    await cap(shop, "TEA", 5)

    answer = await load(shop, sales_order("SO-4", TEA=1))

    assert [(error.code, error.details) for error in answer.errors] == [
        (ErrorCode.INSUFFICIENT_STOCK, {"wanted": 1, "available": 0})
    ]
    page = await caps_page(
        shop.database,
        client_id=shop.client_id,
        distribution_center_id=None,
        sku_id=None,
        request=PageRequest(first=10),
        selected=["back_ordered"],
    )
    assert [row["back_ordered"] for row in page.nodes] == [2_147_483_647]


@pytest.mark.rule("F7")
async def test_a_cap_holds_against_many_requests_at_once(shop: Shop) -> None:
    await shop.stock(TEA=5)
    await cap(shop, "TEA", 4)

    loaded = await asyncio.gather(*(load(shop, sales_order(f"SO-{i}", TEA=1)) for i in range(20)))

    assert sum(len(answer.order_ids) for answer in loaded) == 9
    assert await back_ordered(shop) == 4
    await assert_consistent(shop.database)


@pytest.mark.rule("F7")
@pytest.mark.rule("D2")
async def test_stock_of_a_replacement_is_used_before_a_cap(shop: Shop) -> None:
    await shop.settings(consider_replacement_sku=True)
    await shop.stock(CUP=3)
    await cap(shop, "TEA", 0)
    await shop.sku("TEA", replaced_by="CUP")

    loaded = await load(shop, sales_order("SO-1", TEA=3), sales_order("SO-2", TEA=1))

    assert [error.path[1] for error in loaded.errors] == ["1"]
    assert await back_ordered(shop) == 0


@pytest.mark.rule("F7")
async def test_bad_caps_are_refused(shop: Shop) -> None:
    async with refused(shop, ErrorCode.NOT_FOUND, "input", "0", "skuCode"):
        await set_back_order_caps(
            shop.command(), caps=[BackOrderCap(sku_code="NONE", distribution_center_code=MAIN, units=1)]
        )
    await shop.sku("TEA")
    tea = BackOrderCap(sku_code="TEA", distribution_center_code=MAIN, units=1)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "1"):
        await set_back_order_caps(shop.command(), caps=[tea, tea])
    negative = BackOrderCap(sku_code="TEA", distribution_center_code=MAIN, units=-1)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "0", "units"):
        await set_back_order_caps(shop.command(), caps=[negative])
    elsewhere = BackOrderCap(sku_code="TEA", distribution_center_code=MAIN, store_code="NONE", units=1)
    async with refused(shop, ErrorCode.NOT_FOUND, "input", "0", "storeCode"):
        await set_back_order_caps(shop.command(), caps=[elsewhere])
