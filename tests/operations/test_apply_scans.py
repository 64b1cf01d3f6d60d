"""Applying what a scanner recorded offline (F10)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from domain.operations.apply_scans import MOST_SCANS, Scan, ScanOutcome, apply_scans
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.operations.purchase_orders import PurchaseOrder, PurchaseOrderLine, create_purchase_order
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import Outcome, ScanAction
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import clear_records, everything, refused
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.rule("F10")

SCANNED = NOW - timedelta(hours=1)
LEVELS = "SELECT on_hand, allocated FROM stock_levels ORDER BY sku_id"


def scan(key: str, action: ScanAction, code: str, **more: Any) -> Scan:
    return Scan(key=key, action=action, code=code, scanned_at=SCANNED, **more)


def count(key: str, code: str, quantity: int, at: str | None = MAIN) -> Scan:
    return scan(key, ScanAction.COUNT, code, quantity=quantity, distribution_center_code=at)


def told_of(outcomes: Sequence[ScanOutcome]) -> list[tuple[Any, ...]]:
    """Key, outcome, and the code and path of the error."""
    return [
        (
            outcome.key,
            str(outcome.outcome),
            outcome.error and str(outcome.error.code),
            outcome.error and outcome.error.path,
        )
        for outcome in outcomes
    ]


async def purchase_order(shop: Shop, number: str = "PO-1", *quantities: int) -> int:
    """A purchase order of TEA, with a line for each quantity; its id."""
    ordered = PurchaseOrder(
        number=number,
        distribution_center_code=MAIN,
        lines=tuple(PurchaseOrderLine(sku_code="TEA", quantity=quantity) for quantity in quantities),
    )
    created = await create_purchase_order(shop.command(), purchase_order=ordered)
    return created.purchase_order_id


async def backordered(shop: Shop, order: int) -> int:
    picked = await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(order))
    assert picked.backorder_id is not None
    return picked.backorder_id


async def test_a_days_work_in_the_warehouse_is_applied_in_its_order(shop: Shop) -> None:
    await shop.sku("TEA", barcode="4006381333931")
    ordered = await purchase_order(shop, "PO-1", 2, 3)
    order = await shop.order("SO-1", TEA=3)
    backorder = await backordered(shop, order)

    outcomes = await apply_scans(
        shop.command(),
        scans=[
            scan("1", ScanAction.RECEIVE, "4006381333931", quantity=4, document_id=ordered),
            scan("2", ScanAction.FILL, "TEA", quantity=2, document_id=backorder),
            scan("3", ScanAction.FILL, " 4006381333931 ", document_id=backorder),
            scan("4", ScanAction.PACK, "d1-1"),
            scan("5", ScanAction.SHIP, "D1-1"),
            count("6", "TEA", 9),
        ],
    )

    assert told_of(outcomes) == [(key, "SUCCEEDED", None, None) for key in "123456"]
    assert await shop.tuples("SELECT received FROM purchase_order_lines ORDER BY id") == [(2,), (2,)]
    assert await shop.tuples("SELECT status FROM dispatches ORDER BY id") == [("SHIPPED",), ("CREATED",)]
    assert await shop.value("SELECT status FROM backorders") == "COMPLETED"
    assert await shop.tuples(LEVELS) == [(9, 1)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F6")
async def test_a_queue_that_is_sent_again_is_answered_as_before_and_changes_nothing(shop: Shop) -> None:
    await shop.stock(TEA=3)
    dispatch = await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    queue = [
        scan("1", ScanAction.PACK, f"D1-{dispatch}"),
        count("2", "TEA", 2),
        scan("3", ScanAction.PACK, f"D1-{dispatch}"),
        scan("1", ScanAction.PACK, f"D1-{dispatch}"),
        scan("1", ScanAction.SHIP, f"D1-{dispatch}"),
    ]
    first = await apply_scans(shop.command(), scans=queue)
    before = await everything(shop.database)

    again = await apply_scans(shop.command(now=NOW + timedelta(days=1)), scans=queue)

    assert again == first
    assert told_of(first) == [
        ("1", "SUCCEEDED", None, None),
        ("2", "FAILED", "INSUFFICIENT_STOCK", ("scans", "1", "quantity")),
        ("3", "SKIPPED", "NOTHING_TO_DO", ("scans", "2", "code")),
        ("1", "SUCCEEDED", None, None),
        ("1", "FAILED", "IDEMPOTENCY_KEY_REUSED", ("scans", "4", "key")),
    ]
    assert await everything(shop.database) == before


@pytest.mark.rule("F11")
async def test_the_audit_trail_tells_who_scanned_and_when_it_was_scanned_and_applied(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3)
    dispatch = await shop.dispatch(order, TEA=3)
    await clear_records(shop)

    await apply_scans(shop.command(), scans=[scan("1", ScanAction.PACK, f"D1-{dispatch}")])

    entry = await shop.row("SELECT * FROM audit_entries WHERE action = 'SCAN_APPLIED'")
    assert (entry["actor"], entry["at"], entry["order_id"]) == ("ada", NOW, order)
    assert json.loads(entry["after"]) == {
        "key": "1",
        "action": "PACK",
        "code": f"D1-{dispatch}",
        "quantity": 1,
        "scannedAt": "2026-03-02T07:00:00+00:00",
    }


async def test_a_scan_that_is_refused_keeps_no_other_from_being_applied(shop: Shop, other: Shop) -> None:
    await shop.stock(TEA=1, CUP=0)
    ordered = await purchase_order(shop, "PO-1", 2)
    backorder = await backordered(shop, await shop.order("SO-1", TEA=3))
    foreign = await backordered(other, await other.order("SO-1", TEA=3))
    cancelled = await shop.dispatch(await shop.order("SO-2", TEA=1), TEA=1)

    outcomes = await apply_scans(
        shop.command(),
        scans=[
            scan("01", ScanAction.PACK, "D77"),
            scan("02", ScanAction.SHIP, "TEA"),
            scan("02a", ScanAction.SHIP, "D1-1\0"),
            scan("02b", ScanAction.SHIP, "9" * 256),
            scan("02c", ScanAction.SHIP, " "),
            count("03", "POT", 1),
            count("04", "TEA", 1, at=None),
            count("05", "TEA", 1, at="MOON"),
            count("06", "TEA", -1),
            scan("07", ScanAction.FILL, "TEA"),
            scan("08", ScanAction.FILL, "TEA", document_id=foreign),
            scan("09", ScanAction.FILL, "CUP", document_id=backorder),
            scan("10", ScanAction.FILL, "TEA", document_id=backorder, quantity=4),
            scan("11", ScanAction.FILL, "TEA", document_id=backorder, quantity=2),
            scan("12", ScanAction.RECEIVE, "TEA", document_id=ordered, quantity=3),
            scan("13", ScanAction.RECEIVE, "TEA", document_id=ordered, quantity=0),
            scan("14", ScanAction.RECEIVE, "TEA", document_id=ordered, quantity=2),
            scan("15", ScanAction.RECEIVE, "TEA", document_id=ordered, quantity=1),
            scan("16", ScanAction.RECEIVE, "TEA", document_id=77),
            scan("", ScanAction.PACK, f"D1-{cancelled}"),
            scan("k" * 256, ScanAction.PACK, f"D1-{cancelled}"),
            scan("19", ScanAction.PACK, f"D1-{cancelled}"),
        ],
    )

    assert [(outcome[1], outcome[2], (outcome[3] or ("", "", ""))[2]) for outcome in told_of(outcomes)] == [
        ("FAILED", "NOT_FOUND", "code"),
        ("FAILED", "NOT_FOUND", "code"),
        ("FAILED", "INVALID_INPUT", "code"),
        ("FAILED", "INVALID_INPUT", "code"),
        ("FAILED", "INVALID_INPUT", "code"),
        ("FAILED", "NOT_FOUND", "code"),
        ("FAILED", "INVALID_INPUT", "distributionCenterCode"),
        ("FAILED", "NOT_FOUND", "distributionCenterCode"),
        ("FAILED", "INVALID_INPUT", "quantity"),
        ("FAILED", "INVALID_INPUT", "documentId"),
        ("FAILED", "NOT_FOUND", "documentId"),
        ("FAILED", "INVALID_INPUT", "code"),
        ("FAILED", "INVALID_INPUT", "quantity"),
        ("FAILED", "INSUFFICIENT_STOCK", "quantity"),
        ("FAILED", "INVALID_INPUT", "quantity"),
        ("FAILED", "INVALID_INPUT", "quantity"),
        ("SUCCEEDED", None, ""),
        ("SKIPPED", "NOTHING_TO_DO", "code"),
        ("FAILED", "NOT_FOUND", "documentId"),
        ("FAILED", "INVALID_INPUT", "key"),
        ("FAILED", "INVALID_INPUT", "key"),
        ("SUCCEEDED", None, ""),
    ]
    assert await shop.tuples(f"{LEVELS} LIMIT 1") == [(3, 1)]
    assert await shop.value("SELECT count(*) FROM idempotency_keys") == 20
    await assert_consistent(shop.database)


async def test_one_to_a_thousand_scans_fit_into_a_call(shop: Shop) -> None:
    async with refused(shop, ErrorCode.INVALID_INPUT, "scans"):
        await apply_scans(shop.command(), scans=[])
    too_many = [count(str(number), "TEA", 1) for number in range(MOST_SCANS + 1)]
    async with refused(shop, ErrorCode.INVALID_INPUT, "scans", says="At most 1,000 scans"):
        await apply_scans(shop.command(), scans=too_many)

    await shop.sku("TEA")
    outcomes = await apply_scans(
        shop.command(), scans=[count(str(number), "TEA", number) for number in range(3)]
    )
    assert outcomes == [ScanOutcome(str(number), Outcome.SUCCEEDED) for number in range(3)]
