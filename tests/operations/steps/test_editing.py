"""What every edit of an order has in common: lock, status, version, and outdated plans (A3, F2, F6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from domain.operations.answers import OrderChanged
from domain.operations.edit_orders import add_order_lines, cancel_order_line, change_order_line, delay_order
from domain.operations.load_sales_orders import SalesOrderLine
from domain.operations.split_orders import OrderSplit, split_order
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import refused

TOMORROW = NOW + timedelta(days=1)
TEA = SalesOrderLine(sku_code="TEA", quantity=1)

Edit = Callable[[Shop, int, int, int | None], Awaitable[OrderChanged | OrderSplit]]


async def delay(shop: Shop, order: int, line: int, version: int | None) -> OrderChanged:
    return await delay_order(shop.command(), order_id=order, until=TOMORROW, expected_version=version)


async def change(shop: Shop, order: int, line: int, version: int | None) -> OrderChanged:
    return await change_order_line(shop.command(), line_id=line, requested=9, expected_version=version)


async def add(shop: Shop, order: int, line: int, version: int | None) -> OrderChanged:
    return await add_order_lines(shop.command(), order_id=order, new_lines=[TEA], expected_version=version)


async def cancel(shop: Shop, order: int, line: int, version: int | None) -> OrderChanged:
    return await cancel_order_line(shop.command(), line_id=line, quantity=1, expected_version=version)


async def split(shop: Shop, order: int, line: int, version: int | None) -> OrderSplit:
    return await split_order(
        shop.command(), order_id=order, line_ids=[line], new_number="SO-2", expected_version=version
    )


EDITS: list[tuple[Edit, str]] = [
    (delay, "id"),
    (change, "lineId"),
    (add, "orderId"),
    (cancel, "lineId"),
    (split, "orderId"),
]
every_edit = pytest.mark.parametrize(("edit", "path"), EDITS, ids=[edit.__name__ for edit, _ in EDITS])


@every_edit
@pytest.mark.rule("A3")
async def test_no_detail_of_a_locked_order_can_be_edited(shop: Shop, edit: Edit, path: str) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    line, _ = await shop.lines_of(order)
    await shop.write("UPDATE orders SET locked = true, status = 'OC_CONFIRMED'")

    async with refused(shop, ErrorCode.ORDER_LOCKED, path, says="revert its Backlog SKUs"):
        await edit(shop, order, line, None)


@every_edit
@pytest.mark.parametrize("status", ["OC_REJECTED", "PARTIALLY_CANCELLED", "CANCELLED", "COMPLETED"])
async def test_what_is_over_can_not_be_edited(shop: Shop, edit: Edit, path: str, status: str) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    line, _ = await shop.lines_of(order)
    await shop.write("UPDATE orders SET status = $1", status)

    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, path, says=status):
        await edit(shop, order, line, None)


@every_edit
@pytest.mark.rule("F6")
async def test_an_edit_of_an_order_that_has_changed_is_refused(shop: Shop, edit: Edit, path: str) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    line, _ = await shop.lines_of(order)
    await edit(shop, order, line, 1)

    async with refused(
        shop, ErrorCode.VERSION_CONFLICT, "expectedVersion", says="read it again", currentVersion=2
    ):
        await edit(shop, order, (await shop.lines_of(order))[0], 1)


@every_edit
async def test_what_is_not_there_can_not_be_edited(shop: Shop, edit: Edit, path: str) -> None:
    await shop.order("SO-1", TEA=3)

    async with refused(shop, ErrorCode.NOT_FOUND, path):
        await edit(shop, 77, 77, None)


@every_edit
@pytest.mark.rule("F2")
async def test_every_edit_outdates_what_was_planned_for_the_pool(shop: Shop, edit: Edit, path: str) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    line, _ = await shop.lines_of(order)
    generation = await shop.value("SELECT generation FROM stock_pools")

    await edit(shop, order, line, None)

    assert await shop.value("SELECT generation FROM stock_pools") == generation + 1
