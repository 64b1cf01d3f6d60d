"""Scanners: finding by barcode, and applying what was recorded offline (F10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.operations.purchase_orders import PurchaseOrder, PurchaseOrderLine, create_purchase_order
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.builders import MAIN, NOW, Shop

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F10")]

SCAN = """
query Scan($code: String!) {
  scan(code: $code) {
    __typename
    ... on Sku { id name }
    ... on Order { id status lines { nodes { requested } } }
    ... on Dispatch { id kind }
    ... on Backorder { id fulfillable }
    ... on PurchaseOrder { id ordered: lines { quantity } }
  }
}
"""
APPLY = """
mutation Apply($scans: [ScanInput!]!, $sentAt: DateTime) {
  applyScans(scans: $scans, sentAt: $sentAt) {
    scans { key outcome error { code path } }
    userErrors { code path }
  }
}
"""


async def stocked(shop: Shop) -> None:
    """SKU TEA, order SO-1 with dispatch D1 and Backorder B1, and purchase order PO-1."""
    await shop.sku("TEA", barcode="4006381333931")
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(order))
    lines = (PurchaseOrderLine(sku_code="CUP", quantity=2),)
    ordered = PurchaseOrder(number="PO-1", distribution_center_code=MAIN, lines=lines)
    await create_purchase_order(shop.command(), purchase_order=ordered)


def scan(key: str, action: str, code: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "action": action, "code": code, "scannedAt": "2026-03-02T07:00:00+07:00"} | more


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("4006381333931", {"__typename": "Sku", "id": encode_id("Sku", 1), "name": "Tea"}),
        ("TEA", {"__typename": "Sku", "id": encode_id("Sku", 1), "name": "Tea"}),
        (
            " SO-1\n",
            {
                "__typename": "Order",
                "id": encode_id("Order", 1),
                "status": "COMMIT",
                "lines": {"nodes": [{"requested": 3}, {"requested": 2}]},
            },
        ),
        ("D1-1", {"__typename": "Dispatch", "id": encode_id("Dispatch", 1), "kind": "WAREHOUSE_PICK"}),
        ("d1-1", {"__typename": "Dispatch", "id": encode_id("Dispatch", 1), "kind": "WAREHOUSE_PICK"}),
        ("b1-1", {"__typename": "Backorder", "id": encode_id("Backorder", 1), "fulfillable": False}),
        (
            "PO-1",
            {
                "__typename": "PurchaseOrder",
                "id": encode_id("PurchaseOrder", 1),
                "ordered": [{"quantity": 2}],
            },
        ),
        ("tea", None),
        ("D1", None),
        ("D1-01", None),
        ("D1-2", None),
        ("D2-1", None),
        ("B1-9999999999999999999", None),
        ("D1-9223372036854775807", None),
        ("D999999999-1", None),
        ("B9223372036854775807", None),
        ("", None),
        ("\0", None),
    ],
)
async def test_whatever_has_a_barcode_is_found_by_it(
    tenant: Tenant, other_tenant: Tenant, code: str, found: dict[str, Any] | None
) -> None:
    await stocked(tenant.shop)

    assert await tenant.caller(Role.VIEWER).data(SCAN, code=code) == found
    assert await other_tenant.admin.data(SCAN, code=code) is None


async def test_a_sku_comes_first_where_a_code_is_of_several_objects(tenant: Tenant) -> None:
    await stocked(tenant.shop)
    await tenant.shop.sku("D1-1")
    await tenant.shop.sku("OTHER", barcode="SO-1")

    for code in ("D1-1", "SO-1"):
        assert (await tenant.admin.data(SCAN, code=code))["__typename"] == "Sku"


async def test_scans_are_applied_by_those_who_scan(tenant: Tenant) -> None:
    await stocked(tenant.shop)
    queue = [
        scan("1", "PACK", "D1-1"),
        scan("2", "RECEIVE", "CUP", quantity=2, documentId=encode_id("PurchaseOrder", 1)),
        scan("3", "FILL", "CUP", quantity=None, documentId=encode_id("Backorder", 1)),
        scan("4", "SHIP", "D1-1"),
        scan("5", "COUNT", "TEA", quantity=7, distributionCenterCode=MAIN),
        scan("6", "PACK", "D1-1"),
        scan("7", "FILL", "CUP", documentId=encode_id("PurchaseOrder", 1)),
        scan("8", "FILL", "CUP", documentId="nonsense"),
    ]
    expected = {
        "scans": [
            *({"key": key, "outcome": "SUCCEEDED", "error": None} for key in "12345"),
            {
                "key": "6",
                "outcome": "SKIPPED",
                "error": {"code": "NOTHING_TO_DO", "path": ["scans", "5", "code"]},
            },
            *(
                {
                    "key": key,
                    "outcome": "FAILED",
                    "error": {"code": "NOT_FOUND", "path": ["scans", str(place), "documentId"]},
                }
                for place, key in ((6, "7"), (7, "8"))
            ),
        ],
        "userErrors": [],
    }

    assert await tenant.caller(Role.SCANNER).data(APPLY, scans=queue) == expected
    assert await tenant.caller(Role.OPERATOR).data(APPLY, scans=queue) == expected
    scanned_at = "SELECT after ->> 'scannedAt' FROM audit_entries WHERE after ->> 'key' = '1'"
    assert await tenant.shop.value(scanned_at) == "2026-03-02T00:00:00+00:00"
    levels = "SELECT on_hand, allocated FROM stock_levels ORDER BY sku_id"
    assert await tenant.shop.tuples(levels) == [(7, 0), (2, 1)]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SERVICE])
async def test_others_may_not_apply_scans(tenant: Tenant, role: Role) -> None:
    await stocked(tenant.shop)

    refused = await tenant.caller(role).data(APPLY, scans=[scan("1", "PACK", "D1-1")])

    assert refused == {"scans": [], "userErrors": [{"code": "FORBIDDEN", "path": None}]}
    assert await tenant.shop.value("SELECT status FROM dispatches") == "CREATED"


@pytest.mark.parametrize("number", [0, 1001])
async def test_none_and_more_than_a_thousand_scans_are_refused_together(tenant: Tenant, number: int) -> None:
    scans = [scan(str(place), "PACK", "D1-1") for place in range(number)]

    refused = await tenant.admin.data(APPLY, scans=scans)

    assert refused == {"scans": [], "userErrors": [{"code": "INVALID_INPUT", "path": ["scans"]}]}


async def test_a_strangers_dispatch_is_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    await stocked(tenant.shop)

    answer = await other_tenant.admin.data(APPLY, scans=[scan("1", "SHIP", "D1-1")])

    assert answer["scans"][0]["error"] == {"code": "NOT_FOUND", "path": ["scans", "0", "code"]}
    assert await tenant.shop.value("SELECT status FROM dispatches") == "CREATED"


async def test_with_the_time_of_sending_a_count_is_of_its_own_moment_by_whatever_clock(
    tenant: Tenant,
) -> None:
    await tenant.shop.stock(now=NOW - timedelta(days=9), TEA=3)
    ordered, (line,) = await tenant.shop.purchase_order("PO-1", TEA=4)
    await tenant.shop.receive(ordered, {line: 4}, now=datetime.now(UTC) - timedelta(minutes=30))
    count = scan("1", "COUNT", "TEA", quantity=2, distributionCenterCode=MAIN)
    old = scan("2", "COUNT", "TEA", quantity=9, distributionCenterCode=MAIN, scannedAt="1970-01-01T00:00:00Z")
    # The device shows seven hours less than it is, and an hour more than when it counted.
    sent_at = "2026-03-02T01:00:00Z"

    answer = await tenant.caller(Role.SCANNER).data(APPLY, scans=[count, old], sentAt=sent_at)

    assert answer["scans"] == [
        {"key": "1", "outcome": "SUCCEEDED", "error": None},
        {
            "key": "2",
            "outcome": "FAILED",
            "error": {"code": "COUNT_TOO_OLD", "path": ["scans", "1", "scannedAt"]},
        },
    ]
    assert await tenant.shop.value("SELECT on_hand FROM stock_levels") == 2 + 4
