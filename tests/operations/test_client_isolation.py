"""Nothing crosses clients: what belongs to another one is as if it were not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from domain.operations.cancel_orders import cancel_sales_order, cancel_sales_orders
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.confirm_orders import confirm_order
from domain.operations.dispatches import cancel_dispatch, pack_dispatch, ship_dispatch
from domain.operations.edit_orders import add_order_lines, cancel_order_line, change_order_line, delay_order
from domain.operations.load_sales_orders import SalesOrderLine, load_sales_orders
from domain.operations.processor_runs import request_run
from domain.operations.schedules import set_processor_schedule
from domain.operations.set_up import NewSku, StockCount, set_stock, upsert_skus
from domain.operations.shipment_policies import set_shipment_policy
from domain.operations.split_orders import split_order
from domain.operations.timing import Timing
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop, sales_order
from tests.operations.expecting import Contents, everything, refused
from tests.operations.invariants import assert_consistent

TEA = SalesOrderLine(sku_code="TEA", quantity=1)


class Theirs(msgspec.Struct):
    """What the other client has, by id."""

    center: int
    order: int
    line: int
    dispatch: int


@pytest.fixture
async def theirs(shop: Shop, other: Shop) -> Theirs:
    """An order half dispatched, with codes that the shop does not have (but for TEA and MAIN)."""
    await shop.sku("TEA")
    center = await other.distribution_center("THEIRS")
    await other.store("THEIRS")
    await other.stock("THEIRS", TEA=5, POT=5)
    order = await other.order("SO-T", "THEIRS", TEA=3, POT=2)
    dispatch = await other.dispatch(order, TEA=3)
    return Theirs(center, order, (await other.lines_of(order))[1], dispatch)


Attempt = Callable[[Shop, Theirs], Awaitable[object]]

ATTEMPTS: dict[str, tuple[Attempt, list[str]]] = {
    "cancel": (
        lambda shop, theirs: cancel_sales_order(shop.command(), number="SO-T"),
        ["salesOrderNumber"],
    ),
    "confirm": (lambda shop, theirs: confirm_order(shop.command(), order_id=theirs.order), ["id"]),
    "delay": (
        lambda shop, theirs: delay_order(
            shop.command(), order_id=theirs.order, until=NOW + timedelta(days=1)
        ),
        ["id"],
    ),
    "change line": (
        lambda shop, theirs: change_order_line(shop.command(), line_id=theirs.line, requested=9),
        ["lineId"],
    ),
    "cancel line": (
        lambda shop, theirs: cancel_order_line(shop.command(), line_id=theirs.line, quantity=1),
        ["lineId"],
    ),
    "add lines": (
        lambda shop, theirs: add_order_lines(shop.command(), order_id=theirs.order, new_lines=[TEA]),
        ["orderId"],
    ),
    "split": (
        lambda shop, theirs: split_order(
            shop.command(), order_id=theirs.order, line_ids=[theirs.line], new_number="SO-N"
        ),
        ["orderId"],
    ),
    "pack": (lambda shop, theirs: pack_dispatch(shop.command(), dispatch_id=theirs.dispatch), ["id"]),
    "ship": (lambda shop, theirs: ship_dispatch(shop.command(), dispatch_id=theirs.dispatch), ["id"]),
    "cancel dispatch": (
        lambda shop, theirs: cancel_dispatch(
            shop.command(), dispatch_id=theirs.dispatch, reason_code="LOST", requeue=True
        ),
        ["dispatchId"],
    ),
    "count in their center": (
        lambda shop, theirs: set_stock(
            shop.command(),
            counts=[StockCount(sku_code="TEA", distribution_center_code="THEIRS", on_hand=9)],
        ),
        ["input", "0", "distributionCenterCode"],
    ),
    "count their SKU": (
        lambda shop, theirs: set_stock(
            shop.command(),
            counts=[StockCount(sku_code="POT", distribution_center_code="MAIN", on_hand=9)],
        ),
        ["input", "0", "skuCode"],
    ),
    "replace by their SKU": (
        lambda shop, theirs: upsert_skus(
            shop.command(), skus=[NewSku(code="TEA", name="Tea", replacement_code="POT")]
        ),
        ["input", "0", "replacementCode"],
    ),
    "run": (
        lambda shop, theirs: request_run(shop.command(), distribution_center_id=theirs.center),
        ["distributionCenter"],
    ),
    "policy": (
        lambda shop, theirs: set_shipment_policy(
            shop.command(), distribution_center_id=theirs.center, policy=None
        ),
        ["distributionCenter"],
    ),
    "schedule": (
        lambda shop, theirs: set_processor_schedule(
            shop.command(),
            distribution_center_id=theirs.center,
            timing=Timing(cron="0 6 * * *"),
            enabled=True,
        ),
        ["distributionCenter"],
    ),
}


@pytest.mark.rule("B9")
@pytest.mark.parametrize(("attempt", "path"), ATTEMPTS.values(), ids=ATTEMPTS)
async def test_what_another_client_has_is_not_found_and_not_changed(
    shop: Shop, theirs: Theirs, attempt: Attempt, path: list[str]
) -> None:
    async with refused(shop, ErrorCode.NOT_FOUND, *path):
        await attempt(shop, theirs)


async def test_their_lines_do_not_come_with_a_split_of_ours(shop: Shop, theirs: Theirs) -> None:
    order = await shop.order("SO-1", TEA=1, CUP=1)
    line, _ = await shop.lines_of(order)

    async with refused(shop, ErrorCode.NOT_FOUND, "lineIds", "1"):
        await split_order(shop.command(), order_id=order, line_ids=[line, theirs.line], new_number="SO-2")


@pytest.mark.rule("B1")
async def test_orders_can_not_name_what_is_theirs(shop: Shop, theirs: Theirs) -> None:
    before = await everything(shop.database)

    loaded = await load_sales_orders(
        shop.command(),
        sales_orders=[
            sales_order("SO-1", "THEIRS", TEA=1),
            sales_order("SO-2", POT=1),
            msgspec.structs.replace(sales_order("SO-3", TEA=1), store_code="THEIRS"),
        ],
    )
    cancelled = await cancel_sales_orders(shop.command(), numbers=["SO-T"])

    assert [(error.code, error.path) for error in loaded.errors] == [
        (ErrorCode.NOT_FOUND, ("input", "0", "distributionCenterCode")),
        (ErrorCode.NOT_FOUND, ("input", "1", "lines", "0", "skuCode")),
        (ErrorCode.NOT_FOUND, ("input", "2", "storeCode")),
    ]
    assert [error.code for error in cancelled.errors] == [ErrorCode.NOT_FOUND]
    assert await everything(shop.database) == before


async def test_all_of_a_clients_doings_leave_the_other_as_it_was(shop: Shop, theirs: Theirs) -> None:
    def of_theirs(contents: Contents) -> Contents:
        own = f'"client_id": {shop.client_id},'
        return {
            name: [row for row in rows if own not in row and f'"client_id": {shop.client_id}}}' not in row]
            for name, rows in contents.items()
        }

    before = of_theirs(await everything(shop.database))

    await shop.stock(TEA=3, POT=1)
    order = await shop.order("SO-T", TEA=2, POT=2)
    await shop.dispatch(order, TEA=2)
    await update_client_settings(shop.command(), change=SettingsChange(consider_replacement_sku=True))
    await cancel_sales_order(shop.command(key="k"), number="SO-T")

    assert of_theirs(await everything(shop.database)) == before
    await assert_consistent(shop.database)
