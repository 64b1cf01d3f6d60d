"""Printing an order, which offers its Backorder (E3)."""

from __future__ import annotations

import pytest

from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.operations.print_orders import OrderPrinted, print_order
from domain.rules.refusals import ErrorCode
from tests.builders import Shop
from tests.operations.expecting import audited, clear_records, refused
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.rule("E3")

ITEMS = "SELECT backorder_id, order_line_id, quantity FROM backorder_items ORDER BY id"
ROUTES = "SELECT route FROM order_lines ORDER BY id"


async def test_printing_offers_a_backorder_and_changes_nothing_else(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    await clear_records(shop)
    generation = await shop.value("SELECT generation FROM stock_pools")

    printed = await print_order(shop.command(), order_id=order, create_backorder=False)

    assert printed == OrderPrinted(order, backorder_id=None, backorder_offered=True)
    assert await audited(shop) == [("ORDER_PRINTED", order, None, {"backorder": None})]
    assert await shop.tuples(ROUTES) == [("PROCESSOR",), ("PROCESSOR",)]
    assert await shop.value("SELECT generation FROM stock_pools") == generation
    assert await shop.value("SELECT version FROM orders") == 1


async def test_no_backorder_is_offered_for_an_order_that_is_all_in_stock(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)

    for create in (False, True):
        printed = await print_order(shop.command(), order_id=order, create_backorder=create)
        assert printed == OrderPrinted(order, None, False)
    assert await shop.tuples("SELECT id FROM backorders") == []
    await assert_consistent(shop.database)


@pytest.mark.rule("E2")
async def test_marking_and_printing_together_yield_one_backorder(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2, POT=1)
    _, cup, pot = await shop.lines_of(order)
    await mark_warehouse_pick(shop.command(), line_ids=[cup])

    for _ in range(2):
        printed = await print_order(shop.command(), order_id=order, create_backorder=True)
        assert printed == OrderPrinted(order, backorder_id=1, backorder_offered=False)

    assert await shop.tuples(ITEMS) == [(1, cup, 2), (1, pot, 1)]
    assert await shop.tuples(ROUTES) == [("PROCESSOR",), ("WAREHOUSE_PICK",), ("WAREHOUSE_PICK",)]
    assert await shop.tuples("SELECT id FROM dispatches") == []
    await assert_consistent(shop.database)


@pytest.mark.rule("A3")
async def test_a_locked_order_is_printed_and_gets_no_backorder(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    await shop.write("UPDATE orders SET locked = true, status = 'OC_CONFIRMED'")

    await print_order(shop.command(), order_id=order, create_backorder=False)
    async with refused(shop, ErrorCode.ORDER_LOCKED, "orderId"):
        await print_order(shop.command(), order_id=order, create_backorder=True)


async def test_nobody_prints_what_is_not_there_or_not_theirs(shop: Shop, other: Shop) -> None:
    foreign = await other.order("SO-1", TEA=3)
    for create in (False, True):
        for order in (77, foreign):
            async with refused(shop, ErrorCode.NOT_FOUND, "orderId"):
                await print_order(shop.command(), order_id=order, create_backorder=create)
