"""What reallocations move, to whom, and what they leave alone (F3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.backlog_skus import create_backlog_skus
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.confirm_orders import confirm_order
from domain.operations.dispatches import pack_dispatch, ship_dispatch
from domain.operations.edit_orders import change_order_line, delay_order
from domain.operations.line_pins import pin_order_line
from domain.rules.vocabulary import ConfirmationStrategy as Does
from tests.builders import NOW, Shop
from tests.operations.invariants import assert_consistent
from tests.reallocations import (
    WIN_IF_URGENT,
    decisions,
    on_dispatches,
    on_lines,
    planned,
    reallocated,
    segment,
    variant,
)
from tests.runs import HOLD_IS_OVER, order

pytestmark = pytest.mark.anyio


async def own_units(shop: Shop) -> list[tuple[int, int]]:
    """(order, units received for it) of each open line."""
    return await shop.tuples("SELECT order_id, cross_docked FROM pool_demand ORDER BY line_id")


@pytest.mark.rule("F3")
async def test_what_an_order_gains_goes_on_the_dispatch_it_has(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=2)
    wanting = await shop.order("SO-1", TEA=3, CUP=2)
    await shop.dispatch(wanting, TEA=3)

    await reallocated(shop, segment(Does.GAIN))

    assert await on_dispatches(shop) == [(wanting, "CREATED", None, 5)]
    assert await order(shop, wanting) == ("COMMIT", "PROCESSED")
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
@pytest.mark.rule("D8")
async def test_a_line_that_asks_for_more_since_gets_the_rest_on_the_same_dispatch_line(shop: Shop) -> None:
    await shop.stock(TEA=5)
    wanting = await shop.order("SO-1", TEA=3)
    await shop.dispatch(wanting, TEA=3)
    (line,) = await shop.lines_of(wanting)
    await change_order_line(shop.command(), line_id=line, requested=5)

    await reallocated(shop, segment(Does.GAIN))

    assert await shop.tuples("SELECT order_line_id, quantity FROM dispatch_lines") == [(line, 5)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
async def test_a_dispatch_that_loses_one_line_goes_on_with_the_others(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=2)
    usual = await shop.order("SO-1", TEA=3, CUP=2)
    await shop.dispatch(usual, TEA=3, CUP=2)
    urgent = await shop.order("SO-2", priority=5, TEA=3)

    await reallocated(shop, *WIN_IF_URGENT, now=HOLD_IS_OVER)

    assert await on_dispatches(shop) == [(usual, "CREATED", None, 2), (urgent, "CREATED", None, 3)]
    assert await order(shop, usual) == ("COMMIT", "PARTIALLY_PROCESSED")
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
@pytest.mark.rule("B5")
async def test_an_order_on_hold_that_loses_one_line_gives_back_all_of_them(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=2)
    usual = await shop.order("SO-1", TEA=3, CUP=2)
    await shop.dispatch(usual, TEA=3, CUP=2)
    await shop.order("SO-2", priority=5, TEA=3)

    await reallocated(shop, *WIN_IF_URGENT)

    assert await order(shop, usual) == ("CREATE", "QUEUED")
    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels ORDER BY sku_id") == [
        (3, 3),
        (2, 0),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
@pytest.mark.rule("B8")
async def test_an_order_whose_last_dispatch_it_is_gains_all_or_nothing(shop: Shop) -> None:
    await shop.stock(TEA=1, CUP=2, POT=2)
    wanting = await shop.order("SO-1", TEA=1, CUP=2, POT=3)
    await ship_dispatch(shop.command(), dispatch_id=await shop.dispatch(wanting, TEA=1))

    plan = await reallocated(shop, segment(Does.GAIN), now=HOLD_IS_OVER)

    assert await decisions(shop, plan) == [
        (wanting, 0, 0, "WAITING_FOR_REMAINDER"),
        (wanting, 0, 0, "NOT_ENOUGH_LEFT"),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
async def test_packed_and_shipped_dispatches_and_other_routes_are_never_touched(shop: Shop) -> None:
    await shop.stock(TEA=9)
    packed, shipped, locked = [await shop.order(f"SO-{number}", TEA=3) for number in range(3)]
    await pack_dispatch(shop.command(), dispatch_id=await shop.dispatch(packed, TEA=3))
    await ship_dispatch(shop.command(), dispatch_id=await shop.dispatch(shipped, TEA=3))
    await confirm_order(shop.command(), order_id=locked)
    await create_backlog_skus(shop.command(), order_id=locked)
    await shop.order("SO-U", priority=5, TEA=6)

    plan = await planned(shop, await variant(shop, segment(Does.WIN, priority_from=1), segment(Does.LOSE)))

    # Of the 9 units 3 are shipped and 3 packed; nobody looks at the order with Backlog SKUs.
    assert [decision[1:] for decision in await decisions(shop, plan)] == [(0, 0, "NOT_ENOUGH_LEFT")]


@pytest.mark.rule("F3")
async def test_a_pinned_line_is_never_taken_from(shop: Shop) -> None:
    await shop.stock(TEA=5)
    pinned = await shop.order("SO-1", TEA=3)
    await shop.dispatch(pinned, TEA=3)
    (line,) = await shop.lines_of(pinned)
    await pin_order_line(shop.command(), line_id=line, reason="promised by phone")
    loser = await shop.order("SO-2", TEA=2)
    await shop.dispatch(loser, TEA=2)
    urgent = await shop.order("SO-3", priority=5, TEA=2)

    await reallocated(shop, segment(Does.WIN, priority_from=1), segment(Does.LOSE))

    assert await on_lines(shop) == [(pinned, 3), (loser, 0), (urgent, 2)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
@pytest.mark.rule("D6")
async def test_units_received_for_an_order_can_be_taken_and_are_everybodys_then(shop: Shop) -> None:
    waiting = await shop.order("SO-1", TEA=5)
    (line,) = await shop.lines_of(waiting)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=line, TEA=4)
    await shop.receive(purchase_order, {ordered: 4})
    urgent = await shop.order("SO-2", priority=5, TEA=3)
    assert await own_units(shop) == [(waiting, 4), (urgent, 0)]

    plan = await reallocated(shop, segment(Does.WIN, priority_from=1), segment(Does.FILL))

    assert await decisions(shop, plan) == [
        (urgent, 0, 3, "COMPLETE"),
        (waiting, 4, 1, "TAKEN_BY_OTHERS"),
    ]
    assert await own_units(shop) == [(waiting, 1)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
@pytest.mark.rule("D6")
async def test_an_order_is_served_with_its_own_units_first(shop: Shop) -> None:
    waiting = await shop.order("SO-1", TEA=5)
    (line,) = await shop.lines_of(waiting)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=line, TEA=4)
    await shop.receive(purchase_order, {ordered: 4})
    await shop.stock(TEA=5)

    await reallocated(shop, segment(Does.GAIN))

    assert await on_lines(shop) == [(waiting, 5)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
async def test_a_delayed_or_unconfirmed_order_gains_nothing(shop: Shop) -> None:
    await shop.stock(TEA=9)
    delayed = await shop.order("SO-1", TEA=2)
    await confirm_order(shop.command(), order_id=delayed)
    await delay_order(shop.command(), order_id=delayed, until=NOW + timedelta(days=1))
    unconfirmed = await shop.order("SO-2", TEA=2)
    await update_client_settings(shop.command(), change=SettingsChange(require_order_confirmation=True))

    plan = await reallocated(shop, segment(Does.WIN))

    assert await decisions(shop, plan) == [(delayed, 0, 0, "DELAYED"), (unconfirmed, 0, 0, "NOT_CONFIRMED")]
    assert await shop.value("SELECT wins_unmet FROM reallocation_plans") == 0


@pytest.mark.rule("F3")
@pytest.mark.rule("F7")
async def test_protected_units_are_given_to_nobody(shop: Shop) -> None:
    await shop.stock(TEA=5)
    await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    await shop.write("UPDATE stock_levels SET protected = 2")
    await shop.order("SO-2", priority=5, TEA=5)

    plan = await planned(shop, await variant(shop, *WIN_IF_URGENT))

    assert [decision[1:] for decision in await decisions(shop, plan)] == [
        (0, 0, "NOT_ENOUGH_LEFT"),
        (3, 3, "COMPLETE"),
    ]
