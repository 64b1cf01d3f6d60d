"""Changing a client's settings (A7, A9, B3, B8, D2)."""

from __future__ import annotations

import asyncio

import pytest

from domain.operations.client_settings import (
    SettingsChange,
    SettingsChanged,
    ShipmentPolicyChange,
    update_client_settings,
)
from domain.operations.processor_runs import claim_run
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import DistributionCenterKind, ShipmentPolicyKind
from domain.store import locks
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import decisions, dispatched, lock_awaited, process, requested


async def change(shop: Shop, **settings: object) -> SettingsChanged:
    return await update_client_settings(shop.command(), change=SettingsChange(**settings))  # type: ignore[arg-type]


@pytest.mark.rule("B3")
@pytest.mark.rule("B8")
async def test_settings_that_are_named_change_and_the_others_stay(shop: Shop, other: Shop) -> None:
    before = await shop.row("SELECT * FROM client_settings WHERE client_id = $1", shop.client_id)
    await clear_records(shop)

    answer = await change(
        shop,
        hold_hours=0,
        time_zone="Asia/Jakarta",
        shipment_policy=ShipmentPolicyChange(kind=ShipmentPolicyKind.AS_AVAILABLE, split_lines=True),
    )

    assert answer == SettingsChanged(shop.client_id)
    changed = {
        "hold_hours": 0,
        "time_zone": "Asia/Jakarta",
        "shipment_policy_kind": "AS_AVAILABLE",
        "max_dispatches": None,
        "split_lines": True,
    }
    assert await shop.row("SELECT * FROM client_settings WHERE client_id = $1", shop.client_id) == (
        before | changed | {"version": 2}
    )
    assert await other.row("SELECT * FROM client_settings WHERE client_id = $1", other.client_id) == (
        before | {"client_id": other.client_id}
    )
    assert await audited(shop) == [
        ("SETTINGS_CHANGED", None, {name: before[name] for name in changed}, changed)
    ]


@pytest.mark.rule("A7")
async def test_who_allowed_reverting_backlog_skus_is_in_the_audit_trail(shop: Shop) -> None:
    await clear_records(shop)
    await change(shop, allow_backlog_sku_revert=True)

    assert await shop.tuples("SELECT actor, source, summary, before, after FROM audit_entries") == [
        (
            "ada",
            "tests",
            "Settings were changed: allow_backlog_sku_revert.",
            '{"allow_backlog_sku_revert": false}',
            '{"allow_backlog_sku_revert": true}',
        )
    ]


async def test_settings_that_are_so_already_leave_no_trace(shop: Shop) -> None:
    before = await everything(shop.database)

    await change(shop, hold_hours=24, back_order_workflow=True)

    after = await everything(shop.database)
    assert after.pop("stock_pools") != before.pop("stock_pools")
    assert after == before


BAD = {
    "nothing": ({}, ErrorCode.NOTHING_TO_DO, ["input"]),
    "negative hold": ({"hold_hours": -1}, ErrorCode.INVALID_INPUT, ["input", "holdHours"]),
    "endless hold": ({"hold_hours": 8761}, ErrorCode.INVALID_INPUT, ["input", "holdHours"]),
    "time zone": ({"time_zone": "Mars/Base"}, ErrorCode.INVALID_INPUT, ["input", "timeZone"]),
    "time zone with NUL": ({"time_zone": "UTC\0"}, ErrorCode.INVALID_INPUT, ["input", "timeZone"]),
    "UP_TO without a number": (
        {"shipment_policy": ShipmentPolicyChange(kind=ShipmentPolicyKind.UP_TO)},
        ErrorCode.INVALID_INPUT,
        ["input", "shipmentPolicy", "maxDispatches"],
    ),
    "UP_TO(0)": (
        {"shipment_policy": ShipmentPolicyChange(kind=ShipmentPolicyKind.UP_TO, max_dispatches=0)},
        ErrorCode.INVALID_INPUT,
        ["input", "shipmentPolicy", "maxDispatches"],
    ),
    "number without UP_TO": (
        {"shipment_policy": ShipmentPolicyChange(kind=ShipmentPolicyKind.ALL_OR_NOTHING, max_dispatches=2)},
        ErrorCode.INVALID_INPUT,
        ["input", "shipmentPolicy", "maxDispatches"],
    ),
}


@pytest.mark.parametrize(("asked", "code", "path"), BAD.values(), ids=BAD)
async def test_a_bad_setting_is_refused(
    shop: Shop, asked: dict[str, object], code: ErrorCode, path: list[str]
) -> None:
    async with refused(shop, code, *path):
        await change(shop, **asked)


@pytest.mark.rule("D2")
async def test_considering_replacements_recomputes_every_pool(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await shop.sku("CHAI")
    await shop.sku("TEA", replaced_by="CHAI")
    await shop.stock("EAST", CHAI=2)
    order = await shop.order("SO-1", "EAST", TEA=3)
    (line,) = await shop.lines_of(order)
    await clear_records(shop)

    await change(shop, consider_replacement_sku=True)

    assert await told(shop) == [
        (
            "ORDER",
            "updateClientSettings",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"},
        ),
        ("LINE", "updateClientSettings", line, {"backOrderedQty": 1, "previousBackOrderedQty": 3}),
    ]
    await assert_consistent(shop.database)

    await change(shop, back_order_workflow=False)
    assert await shop.value("SELECT back_ordered FROM pool_demand") == 3, "inert while the master is off"
    await assert_consistent(shop.database)


@pytest.mark.rule("D2")
async def test_a_distribution_center_that_comes_meanwhile_is_covered_by_the_new_settings(shop: Shop) -> None:
    await shop.sku("CHAI")
    await shop.sku("TEA", replaced_by="CHAI")
    pool = await shop.id_of("distribution_centers", MAIN)

    async def open_another() -> None:
        await shop.distribution_center("EAST")
        await shop.stock("EAST", CHAI=2)
        await shop.order("SO-1", "EAST", TEA=3)

    async with shop.database.transaction(shop.client_id) as transaction:
        await locks.lock_pools(transaction.sql, client_id=shop.client_id, distribution_center_ids=[pool])
        changing = asyncio.create_task(change(shop, consider_replacement_sku=True))
        await lock_awaited(shop)
        opening = asyncio.create_task(open_another())
        await lock_awaited(shop, times=2)
    await asyncio.gather(changing, opening)

    assert await shop.value("SELECT back_ordered FROM pool_demand") == 1
    await assert_consistent(shop.database)


@pytest.mark.rule("D2")
async def test_a_vendors_stock_counts_only_when_it_is_told_to(shop: Shop) -> None:
    await shop.distribution_center("VEND", kind=DistributionCenterKind.DROPSHIP)
    await shop.stock("VEND", TEA=2)
    await shop.order("SO-1", "VEND", TEA=3)
    assert await shop.value("SELECT back_ordered FROM pool_demand") == 3

    await change(shop, exclude_dropship_from_availability=False)

    assert await shop.value("SELECT back_ordered FROM pool_demand") == 1
    await assert_consistent(shop.database)


@pytest.mark.rule("D2")
async def test_without_marking_on_creation_the_status_comes_with_the_next_recomputation(shop: Shop) -> None:
    await change(shop, mark_on_create=False)
    await shop.order("SO-1", TEA=3)
    assert await shop.tuples("SELECT back_order_status, back_ordered FROM orders, pool_demand") == [
        ("NONE", 3)
    ]

    await shop.stock(TEA=1)

    assert await shop.tuples("SELECT back_order_status, back_ordered FROM orders, pool_demand") == [
        ("PARTIAL", 2)
    ]


@pytest.mark.rule("D2")
async def test_a_run_gives_nothing_of_a_vendors_stock_but_what_was_received_for_an_order(shop: Shop) -> None:
    vendor = await shop.distribution_center("VEND", kind=DistributionCenterKind.DROPSHIP)
    await shop.stock("VEND", TEA=9)
    waiting, linked = await shop.order("SO-1", "VEND", TEA=2), await shop.order("SO-2", "VEND", TEA=3)
    (line,) = await shop.lines_of(linked)
    first = await requested(shop, at="VEND")
    assert await claim_run(first, now=NOW)
    await process(first)
    assert await decisions(shop, first) == [
        (waiting, 0, "NOTHING_AVAILABLE"),
        (linked, 0, "NOTHING_AVAILABLE"),
    ]

    bought, (ordered,) = await shop.purchase_order("PO-1", "VEND", linked=line, TEA=3)
    await shop.receive(bought, {ordered: 3})
    # Coverage says what a run will do (D1): the units that were received for the line cover it.
    covered = "SELECT order_id, back_ordered FROM pool_demand ORDER BY order_id"
    assert await shop.tuples(covered) == [(waiting, 2), (linked, 0)]
    assert await shop.value("SELECT back_order_status FROM orders WHERE id = $1", linked) == "NONE"
    await assert_consistent(shop.database)
    second = await requested(shop, at="VEND", holder="second")
    assert await claim_run(second, now=NOW)
    await process(second)
    assert await dispatched(shop) == [(linked, line, 3)]

    await change(shop, exclude_dropship_from_availability=False)
    third = await requested(shop, at="VEND", holder="third")
    assert await claim_run(third, now=NOW)
    await process(third)
    assert [order_id for order_id, *_ in await dispatched(shop)] == [linked, waiting]
    assert (
        await shop.value("SELECT allocated FROM stock_levels WHERE distribution_center_id = $1", vendor) == 5
    )


@pytest.mark.rule("D2")
async def test_while_the_workflow_is_off_new_orders_are_marked_and_a_vendors_stock_covers_nobody(
    shop: Shop,
) -> None:
    await change(
        shop, back_order_workflow=False, mark_on_create=False, exclude_dropship_from_availability=False
    )
    await shop.distribution_center("VEND", kind=DistributionCenterKind.DROPSHIP)
    await shop.stock("VEND", TEA=3)

    await shop.order("SO-1", "VEND", TEA=3)

    inert = "SELECT back_order_status, back_ordered FROM orders, pool_demand"
    assert await shop.tuples(inert) == [("FULL", 3)], "as without the two settings, which are inert"
    await change(shop, back_order_workflow=True)
    assert await shop.tuples(inert) == [("NONE", 0)], "and the vendor's stock counts again with it"
    await assert_consistent(shop.database)
