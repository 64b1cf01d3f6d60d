"""Many at once on the same pools: nothing is lost, oversold or told wrongly, and nobody deadlocks (F8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

import pytest

from domain.operations.backlog_skus import (
    ExpectedDate,
    create_backlog_skus,
    revert_backlog_skus,
    set_expected_dates,
)
from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.confirm_orders import confirm_order
from domain.operations.delivery_notes import DeliveryItem, create_delivery_notes
from domain.operations.dispatches import cancel_dispatch, ship_dispatch
from domain.operations.edit_orders import cancel_order_line
from domain.operations.load_sales_orders import load_sales_orders
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.operations.split_orders import split_order
from domain.operations.synchronizations import synchronize_orders
from domain.operations.update_marketplace_status import MarketplaceUpdate, update_marketplace_status
from domain.rules.refusals import ErrorCode, Refusal
from domain.settings import Settings
from domain.store import locks
from domain.store.database import Database
from tests.builders import Shop, sales_order
from tests.operations.invariants import assert_consistent
from tests.operations.random_work import Busy, open_for_business
from tests.runs import lock_awaited

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.mark.rule("F8")
async def test_ten_busy_clients_on_two_pools_leave_everything_in_order(
    shop: Shop, settings: Settings
) -> None:
    await open_for_business(shop)
    before = await shop.value(DEADLOCKS)
    crowded = await Database.open(settings.postgresql_url(), max_size=10)
    shared = Shop(crowded, shop.client_id)

    await asyncio.gather(*(Busy(shared, seed=seed).take_steps(25) for seed in range(10)))

    # Connections that end have reported what they know of deadlocks.
    await crowded.close()
    assert await shop.value(DEADLOCKS) == before
    assert await shop.value("SELECT count(*) FROM dispatches") > 0
    await assert_consistent(shop.database)


async def _tell_news(shop: Shop, _orders: list[int]) -> None:
    await update_marketplace_status(
        shop.command(),
        updates=[MarketplaceUpdate(order_number=f"SO-{n}", invoice_code="I-1") for n in range(3)],
    )


async def _ask_for_news(shop: Shop, orders: list[int]) -> None:
    await synchronize_orders(shop.command(), order_ids=orders)


async def _expect(shop: Shop, orders: list[int]) -> None:
    lines = [line for order in orders for line in await shop.lines_of(order)]
    await set_expected_dates(shop.command(), dates=[ExpectedDate(line, date(2026, 4, 1)) for line in lines])


@pytest.mark.rule("F8")
@pytest.mark.parametrize("change", [_tell_news, _ask_for_news, _expect])
async def test_who_waits_for_an_order_and_not_for_its_pool_keeps_no_other_order(
    shop: Shop, change: Callable[[Shop, list[int]], Coroutine[Any, Any, None]]
) -> None:
    orders = [await shop.order(f"SO-{n}", TEA=1) for n in range(3)]
    for order in orders:
        await confirm_order(shop.command(), order_id=order)
        await create_backlog_skus(shop.command(), order_id=order)
    generation = await shop.value("SELECT generation FROM stock_pools")

    async with shop.database.transaction(shop.client_id) as transaction:
        # Whoever has the pool comes to its orders in any order: to the last one first, here.
        last_first = reversed(orders)
        await locks.lock_orders_and_pools(
            transaction.sql, client_id=shop.client_id, order_ids=[next(last_first)]
        )
        waiting = asyncio.create_task(change(shop, orders))
        await lock_awaited(shop)
        for order in last_first:
            await transaction.sql.execute("SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE NOWAIT", order)
    await waiting

    # Only whoever had the pool outdates plans.
    assert await shop.value("SELECT generation FROM stock_pools") == generation + 1


@pytest.mark.rule("B1")
async def test_of_one_number_loaded_by_many_at_once_one_lands(shop: Shop) -> None:
    await shop.sku("TEA")

    answers = await asyncio.gather(
        *(
            load_sales_orders(shop.command(), sales_orders=[sales_order("SO-1", TEA=units)])
            for units in range(1, 9)
        )
    )

    assert sorted((len(answer.order_ids), answer.duplicates) for answer in answers) == [(0, 1)] * 7 + [(1, 0)]
    assert await shop.value("SELECT count(*) FROM order_lines") == 1
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
@pytest.mark.rule("F8")
async def test_a_dispatch_shipped_and_cancelled_at_once_ends_in_one_way(shop: Shop) -> None:
    await shop.stock(TEA=30)
    dispatches = [await shop.dispatch(await shop.order(f"SO-{number}", TEA=3), TEA=3) for number in range(10)]

    async def ship(dispatch: int) -> None:
        await ship_dispatch(shop.command(), dispatch_id=dispatch)

    async def cancel(dispatch: int) -> None:
        await cancel_dispatch(shop.command(), dispatch_id=dispatch, reason_code="LOST", requeue=False)

    answers = await asyncio.gather(
        *(act(dispatch) for dispatch in dispatches for act in (ship, cancel, ship, cancel)),
        return_exceptions=True,
    )

    refusals = [answer for answer in answers if answer is not None]
    assert len(refusals) == 20, "of each dispatch the two that came too late"
    assert {refusal.code for refusal in refusals if isinstance(refusal, Refusal)} <= {
        ErrorCode.DISPATCH_ALREADY_SHIPPED,
        ErrorCode.ORDER_STATUS_NOT_ALLOWED,
    }
    shipped = await shop.value("SELECT count(*) FROM dispatches WHERE status = 'SHIPPED'")
    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels") == [(30 - 3 * shipped, 0)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
@pytest.mark.rule("D8")
@pytest.mark.rule("F9")
async def test_a_line_that_moves_while_it_is_cancelled_is_found_where_it_is(shop: Shop) -> None:
    orders = [await shop.order(f"SO-{number}", TEA=5, CUP=1) for number in range(6)]

    async def split(order: int, line: int) -> None:
        await split_order(shop.command(), order_id=order, line_ids=[line], new_number=f"NEW-{order}")

    async def cancel(line: int) -> None:
        await cancel_order_line(shop.command(), line_id=line, quantity=2)

    lines = [(await shop.lines_of(order))[0] for order in orders]
    await asyncio.gather(
        *(split(order, line) for order, line in zip(orders, lines, strict=True)),
        *(cancel(line) for line in lines),
        *(cancel(line) for line in lines),
    )

    assert await shop.tuples("SELECT DISTINCT cancelled FROM order_lines WHERE requested = 5") == [(4,)]
    assert await shop.value("SELECT count(*) FROM orders") == 12
    await assert_consistent(shop.database)


@pytest.mark.rule("F6")
async def test_of_edits_that_expect_the_same_version_one_is_made(shop: Shop) -> None:
    (line,) = await shop.lines_of(await shop.order("SO-1", TEA=9))

    answers = await asyncio.gather(
        *(cancel_order_line(shop.command(), line_id=line, quantity=1, expected_version=1) for _ in range(5)),
        return_exceptions=True,
    )

    conflicts = [answer for answer in answers if isinstance(answer, Refusal)]
    assert [conflict.details for conflict in conflicts] == [{"currentVersion": 2}] * 4
    assert await shop.value("SELECT cancelled FROM order_lines") == 1


@pytest.mark.rule("B9")
async def test_an_order_cancelled_by_many_at_once_is_cancelled_once(shop: Shop) -> None:
    await shop.order("SO-1", TEA=9)

    answers = await asyncio.gather(
        *(cancel_sales_order(shop.command(), number="SO-1") for _ in range(5)), return_exceptions=True
    )

    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    assert [refusal.code for refusal in refusals] == [ErrorCode.ORDER_STATUS_NOT_ALLOWED] * 4
    assert await shop.value("SELECT count(*) FROM audit_entries WHERE action = 'ORDER_CANCELLED'") == 1


@pytest.mark.rule("A2")
async def test_of_many_who_set_an_order_aside_at_once_one_does(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    await confirm_order(shop.command(), order_id=order)

    answers = await asyncio.gather(
        *(create_backlog_skus(shop.command(), order_id=order) for _ in range(5)), return_exceptions=True
    )

    refusals = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert refusals == [ErrorCode.BACKLOG_SKUS_ALREADY_CREATED] * 4
    assert await shop.value("SELECT count(*) FROM backlog_skus") == 2
    await assert_consistent(shop.database)


@pytest.mark.rule("A2")
@pytest.mark.rule("A3")
async def test_an_order_that_is_set_aside_and_picked_at_once_is_one_of_both(shop: Shop) -> None:
    """Whoever is first decides: the conditions are checked again under the order's lock."""
    await shop.stock(TEA=30)
    for number in range(10):
        order = await shop.order(f"SO-{number}", TEA=3)
        await confirm_order(shop.command(), order_id=order)
        lines = await shop.lines_of(order)

        answers = await asyncio.gather(
            create_backlog_skus(shop.command(), order_id=order),
            mark_warehouse_pick(shop.command(), line_ids=lines),
            return_exceptions=True,
        )

        (refusal,) = [answer for answer in answers if isinstance(answer, Refusal)]
        assert refusal.code in (ErrorCode.DISPATCH_EXISTS, ErrorCode.ORDER_LOCKED)
    both = """
        SELECT count(*) FROM backlog_skus AS item JOIN dispatches AS made
        ON made.client_id = item.client_id AND made.order_id = item.order_id
    """
    assert await shop.value(both) == 0
    await assert_consistent(shop.database)


@pytest.mark.rule("A7")
async def test_backlog_skus_that_are_delivered_and_reverted_at_once_are_one_of_both(shop: Shop) -> None:
    await update_client_settings(shop.command(), change=SettingsChange(allow_backlog_sku_revert=True))
    await shop.stock(TEA=30)
    for number in range(10):
        order = await shop.order(f"SO-{number}", TEA=3)
        await confirm_order(shop.command(), order_id=order)
        await create_backlog_skus(shop.command(), order_id=order)
        (line,) = await shop.lines_of(order)

        answers = await asyncio.gather(
            create_delivery_notes(shop.command(), items=[DeliveryItem(line, None)]),
            revert_backlog_skus(shop.command(), order_id=order),
            return_exceptions=True,
        )

        (refusal,) = [answer for answer in answers if isinstance(answer, Refusal)]
        assert refusal.code in (ErrorCode.BACKLOG_SKU_ON_DELIVERY_NOTE, ErrorCode.NOT_FOUND)
    await assert_consistent(shop.database)
