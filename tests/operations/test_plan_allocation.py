"""Dry runs and what-ifs: what they say, and that they change nothing (F2)."""

from __future__ import annotations

import pytest

from domain.operations.client_settings import SettingsChange, ShipmentPolicyChange
from domain.operations.confirm_orders import confirm_order
from domain.operations.edit_orders import change_order_line
from domain.operations.plan_allocation import (
    HypotheticalReceipt,
    WhatIf,
)
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import ShipmentPolicyKind
from tests.builders import Shop
from tests.operations.expecting import everything, refused
from tests.operations.planned import planned, receipts
from tests.runs import HOLD_IS_OVER, claimed, order, process

pytestmark = pytest.mark.anyio


async def changes(shop: Shop, plan_id: int) -> list[tuple[int, int, int, int, str]]:
    """(order, had, would have, would have otherwise, reason) of each line, in rank order."""
    return await shop.tuples(
        """
        SELECT order_id, had, had + given, otherwise, reason FROM plan_decisions
        WHERE plan_id = $1 ORDER BY rank
        """,
        plan_id,
    )


@pytest.mark.rule("F2")
async def test_a_plan_says_what_a_run_would_give_and_changes_nothing_else(shop: Shop) -> None:
    await shop.stock(TEA=5)
    first = await shop.order("SO-1", TEA=3)
    second = await shop.order("SO-2", TEA=4)
    before = await everything(shop.database)

    plan = await planned(shop)

    assert await changes(shop, plan) == [
        (first, 0, 3, 0, "ALLOCATED"),
        (second, 0, 0, 0, "RETURNED_SINGLE_SKU_PARTIAL"),
    ]
    after = await everything(shop.database)
    assert {name for name in after if after[name] != before[name]} == {"allocation_plans", "plan_decisions"}


@pytest.mark.rule("F2")
async def test_a_plan_counts_what_a_line_has_already(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order_id = await shop.order("SO-1", TEA=3, CUP=1)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    tea, _ = await shop.lines_of(order_id)
    await change_order_line(shop.command(), line_id=tea, requested=5)
    await shop.stock(TEA=5, CUP=1)

    assert await changes(shop, await planned(shop)) == [
        (order_id, 3, 5, 3, "ALLOCATED"),
        (order_id, 0, 1, 0, "ALLOCATED"),
    ]


@pytest.mark.rule("F2")
async def test_a_receipt_that_is_only_supposed_shows_who_would_gain_by_it(shop: Shop) -> None:
    await shop.stock(TEA=5)
    first = await shop.order("SO-1", TEA=3)
    second = await shop.order("SO-2", TEA=4)
    third = await shop.order("SO-3", CUP=1)

    plan = await planned(shop, receipts(TEA=2))

    assert await changes(shop, plan) == [
        (first, 0, 3, 3, "ALLOCATED"),
        (second, 0, 4, 0, "ALLOCATED"),
        (third, 0, 0, 0, "NOTHING_AVAILABLE"),
    ]
    assert await shop.value("SELECT sum(on_hand) FROM stock_levels") == 5


@pytest.mark.rule("F2")
@pytest.mark.rule("F7")
async def test_the_protected_quantity_takes_first_what_it_lacks_of_a_supposed_receipt(shop: Shop) -> None:
    await shop.stock(TEA=2)
    await shop.write("UPDATE stock_levels SET protected = 5")
    order_id = await shop.order("SO-1", TEA=2)

    assert await changes(shop, await planned(shop, receipts(TEA=4))) == [
        (order_id, 0, 0, 0, "RETURNED_SINGLE_SKU_PARTIAL")
    ]
    assert await changes(shop, await planned(shop, receipts(TEA=5))) == [(order_id, 0, 2, 0, "ALLOCATED")]


@pytest.mark.rule("F2")
async def test_an_order_supposed_to_be_cancelled_leaves_its_stock_to_the_next(shop: Shop) -> None:
    await shop.stock(TEA=3)
    first = await shop.order("SO-1", TEA=3)
    second = await shop.order("SO-2", TEA=2)

    plan = await planned(shop, WhatIf(cancelled_orders=(first,)))

    assert await changes(shop, plan) == [(second, 0, 2, 0, "ALLOCATED")]
    assert await order(shop, first) == ("CREATE", "QUEUED")


@pytest.mark.rule("F2")
async def test_supposed_settings_show_who_would_lose_by_them(shop: Shop) -> None:
    await shop.stock(TEA=3)
    first = await shop.order("SO-1", TEA=3, CUP=1)
    second = await shop.order("SO-2", TEA=2)
    no_hold = WhatIf(settings=SettingsChange(hold_hours=0))
    as_available = SettingsChange(
        hold_hours=0,
        shipment_policy=ShipmentPolicyChange(kind=ShipmentPolicyKind.AS_AVAILABLE, split_lines=True),
    )

    assert await changes(shop, await planned(shop, no_hold)) == [
        (first, 0, 3, 0, "ALLOCATED"),
        (first, 0, 0, 0, "NOTHING_AVAILABLE"),
        (second, 0, 0, 2, "SERVED_BEFORE_BY_OTHERS"),
    ]
    await shop.stock(TEA=4)
    assert await changes(shop, await planned(shop, WhatIf(settings=as_available))) == [
        (first, 0, 3, 0, "ALLOCATED"),
        (first, 0, 0, 0, "NOTHING_AVAILABLE"),
        (second, 0, 1, 2, "ALLOCATED"),
    ]
    assert await shop.value("SELECT hold_hours FROM client_settings") == 24


@pytest.mark.rule("F2")
@pytest.mark.rule("A9")
async def test_a_plan_may_suppose_that_only_confirmed_orders_are_processed(shop: Shop) -> None:
    await shop.stock(TEA=3)
    await shop.order("SO-1", TEA=3)
    confirmed = await shop.order("SO-2", TEA=2)
    await confirm_order(shop.command(), order_id=confirmed)

    plan = await planned(shop, WhatIf(settings=SettingsChange(require_order_confirmation=True)))

    assert await changes(shop, plan) == [(confirmed, 0, 2, 0, "ALLOCATED")]


@pytest.mark.rule("F2")
@pytest.mark.rule("F6")
async def test_a_plan_asked_for_again_under_its_key_is_the_same_plan(shop: Shop) -> None:
    await shop.order("SO-1", TEA=2)
    plan = await planned(shop, key="plan-1")
    await shop.stock(TEA=2)

    assert await planned(shop, key="plan-1") == plan
    assert await shop.value("SELECT count(*) FROM allocation_plans") == 1


@pytest.mark.rule("F2")
async def test_bad_input_is_refused_with_its_path(shop: Shop, other: Shop) -> None:
    await shop.sku("TEA")
    foreign = await other.order("SO-1", TEA=1)
    unknown = WhatIf(receipts=(HypotheticalReceipt(sku_code="NONE", quantity=1),))
    too_many = WhatIf(receipts=(HypotheticalReceipt(sku_code="TEA", quantity=600_000_000),) * 2)

    async with refused(shop, ErrorCode.NOT_FOUND, "receipts", "0", "skuCode"):
        await planned(shop, unknown)
    async with refused(shop, ErrorCode.INVALID_INPUT, "receipts", "0", "quantity"):
        await planned(shop, receipts(TEA=0))
    async with refused(shop, ErrorCode.INVALID_INPUT, "receipts", "1", "quantity"):
        await planned(shop, too_many)
    async with refused(shop, ErrorCode.NOT_FOUND, "cancelledOrders", "0"):
        await planned(shop, WhatIf(cancelled_orders=(foreign,)))
    async with refused(shop, ErrorCode.INVALID_INPUT, "settings", "holdHours"):
        await planned(shop, WhatIf(settings=SettingsChange(hold_hours=-1)))
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "settings"):
        await planned(shop, WhatIf(settings=SettingsChange()))
