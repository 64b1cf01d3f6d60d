"""Backlog SKUs, delivery notes and confirmation through the API (A1-A3, A7-A9)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from api.ids import encode_id
from domain.rules.vocabulary import Role
from tests.api.confirmed import order
from tests.api.conftest import Tenant

pytestmark = pytest.mark.anyio

CREATE = """
mutation($id: ID!) { createBacklogSkus(orderId: $id) {
  order { deliveryStatus queueStatus locked version lines { nodes { route } }
          backlogSkus { totalCount nodes { id quantity applied delivered cancelled remaining expectedOn
                                           sku { code } line { requested } order { number } } } }
  userErrors { code message path } } }
"""
REVERT = """
mutation($id: ID!) { revertBacklogSkus(orderId: $id) {
  order { deliveryStatus locked backlogSkus { totalCount } } userErrors { code path } } }
"""
DELIVER = """
mutation($items: [BacklogSkuQuantityInput!]!) { createDeliveryNotes(items: $items) {
  dispatches { id kind status order { number deliveryStatus } distributionCenter { code }
               lines { quantity sku { code } } }
  userErrors { code message path wanted available } } }
"""
BACKLOG_SKUS = """
query($filter: BacklogSkuFilter) { backlogSkus(filter: $filter) { totalCount nodes {
  remaining deliveries { quantity dispatch { kind status } } } } }
"""


@pytest.mark.rule("A1")
@pytest.mark.rule("A3")
async def test_an_order_is_set_aside_line_by_line(tenant: Tenant) -> None:
    order_id = await order(tenant, TEA=3, CUP=1)

    answer = await tenant.admin.data(CREATE, id=order_id)

    items = answer["order"].pop("backlogSkus")
    assert answer == {
        "order": {
            "deliveryStatus": "UNDELIVERED_SKU_CREATED",
            "queueStatus": "NOT_QUEUED",
            "locked": True,
            "version": 3,
            "lines": {"nodes": [{"route": "SPLIT_DELIVERY"}] * 2},
        },
        "userErrors": [],
    }
    assert items["totalCount"] == 2
    ids = [item.pop("id") for item in items["nodes"]]
    assert items["nodes"] == [
        {
            "quantity": quantity,
            "applied": 0,
            "delivered": 0,
            "cancelled": 0,
            "remaining": quantity,
            "expectedOn": None,
            "sku": {"code": code},
            "line": {"requested": quantity},
            "order": {"number": "SO-1"},
        }
        for code, quantity in [("TEA", 3), ("CUP", 1)]
    ]
    node = "query($id: ID!) { node(id: $id) { id ... on BacklogSku { sku { code } } } }"
    assert await tenant.admin.data(node, id=ids[0]) == {"id": ids[0], "sku": {"code": "TEA"}}


@pytest.mark.rule("A2")
@pytest.mark.rule("A7")
async def test_refusals_are_told_with_code_and_path(tenant: Tenant) -> None:
    unconfirmed = encode_id("Order", await tenant.shop.order("SO-0", TEA=1))
    order_id = await order(tenant, TEA=3)

    refused = await tenant.admin.data(CREATE, id=unconfirmed)
    assert refused["order"] is None
    assert [(error["code"], error["path"]) for error in refused["userErrors"]] == [
        ("ORDER_STATUS_NOT_ALLOWED", ["orderId"])
    ]
    await tenant.admin.data(CREATE, id=order_id)
    refused = await tenant.admin.data(CREATE, id=order_id)
    assert [error["code"] for error in refused["userErrors"]] == ["BACKLOG_SKUS_ALREADY_CREATED"]
    refused = await tenant.admin.data(REVERT, id=order_id)
    assert refused["userErrors"] == [{"code": "FEATURE_DISABLED", "path": ["orderId"]}]


@pytest.mark.rule("A7")
async def test_reverting_is_allowed_by_a_setting_that_takes_an_admin(tenant: Tenant) -> None:
    order_id = await order(tenant, TEA=3)
    await tenant.admin.data(CREATE, id=order_id)
    allow = """mutation { updateClientSettings(input: {allowBacklogSkuRevert: true}) {
        client { settings { allowBacklogSkuRevert } } userErrors { code } } }"""

    refused = await tenant.caller(Role.OPERATOR).data(allow)
    assert refused["userErrors"] == [{"code": "FORBIDDEN"}]
    allowed = await tenant.admin.data(allow)
    assert allowed["client"]["settings"] == {"allowBacklogSkuRevert": True}
    assert await tenant.caller(Role.OPERATOR).data(REVERT, id=order_id) == {
        "order": {"deliveryStatus": "NOT_DELIVERED", "locked": False, "backlogSkus": {"totalCount": 0}},
        "userErrors": [],
    }
    assert await tenant.shop.tuples(
        "SELECT after::text FROM audit_entries WHERE action = 'SETTINGS_CHANGED'"
    ) == [('{"allow_backlog_sku_revert": true}',)]


@pytest.mark.rule("A8")
async def test_backlog_skus_are_applied_to_delivery_notes(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=2)
    order_id = await order(tenant, TEA=3, CUP=1)
    created = await tenant.admin.data(CREATE, id=order_id)
    tea, cup = (item["id"] for item in created["order"]["backlogSkus"]["nodes"])

    refused = await tenant.admin.data(DELIVER, items=[{"backlogSkuId": cup}, {"backlogSkuId": tea}])
    assert refused == {
        "dispatches": [],
        "userErrors": [
            {
                "code": "INSUFFICIENT_STOCK",
                "message": "1 units of CUP are wanted and 0 are available.",
                "path": ["items", "0"],
                "wanted": 1,
                "available": 0,
            }
        ],
    }
    made = await tenant.admin.data(DELIVER, items=[{"backlogSkuId": tea, "quantity": 2}])
    (note,) = made["dispatches"]
    del note["id"]
    assert note == {
        "kind": "DELIVERY_NOTE",
        "status": "CREATED",
        "order": {"number": "SO-1", "deliveryStatus": "DELIVERY_NOTE_CREATED"},
        "distributionCenter": {"code": "MAIN"},
        "lines": [{"quantity": 2, "sku": {"code": "TEA"}}],
    }
    listed = await tenant.admin.data(BACKLOG_SKUS, filter={"order": order_id, "remaining": True})
    assert listed == {
        "totalCount": 2,
        "nodes": [
            {
                "remaining": 1,
                "deliveries": [{"quantity": 2, "dispatch": {"kind": "DELIVERY_NOTE", "status": "CREATED"}}],
            },
            {"remaining": 1, "deliveries": []},
        ],
    }
    done = await tenant.admin.data(BACKLOG_SKUS, filter={"remaining": False})
    assert done == {"totalCount": 0, "nodes": []}


@pytest.mark.rule("A1")
async def test_expected_dates_are_set_and_read(tenant: Tenant) -> None:
    order_id = await order(tenant, TEA=3)
    created = await tenant.admin.data(CREATE, id=order_id)
    (tea,) = (item["id"] for item in created["order"]["backlogSkus"]["nodes"])

    answer = await tenant.admin.data(
        """mutation($input: [BacklogSkuDateInput!]!) { setBacklogSkuDates(input: $input) {
            backlogSkus { expectedOn } userErrors { code } } }""",
        input=[{"backlogSkuId": tea, "expectedOn": "2026-05-04"}],
    )

    assert answer == {"backlogSkus": [{"expectedOn": "2026-05-04"}], "userErrors": []}


@pytest.mark.rule("A1")
@pytest.mark.rule("F4")
async def test_a_date_that_nobody_has_set_is_that_of_the_promise(tenant: Tenant) -> None:
    shop = tenant.shop
    await shop.purchase_order("PO-1", expected_at=datetime(2026, 5, 4, 23, 30, tzinfo=UTC), TEA=3)
    order_id = await order(tenant, TEA=3, CUP=1)
    await tenant.admin.data(CREATE, id=order_id)
    document = "{ backlogSkus { nodes { id sku { code } expectedOn line { promisedAt } } } }"

    tea, cup = (await tenant.admin.data(document))["nodes"]
    await tenant.admin.data(
        """mutation($input: [BacklogSkuDateInput!]!) { setBacklogSkuDates(input: $input) {
            userErrors { code } } }""",
        input=[{"backlogSkuId": tea["id"], "expectedOn": "2026-05-11"}],
    )
    set_by_hand, _ = (await tenant.admin.data(document))["nodes"]

    assert (tea["line"], tea["expectedOn"]) == ({"promisedAt": "2026-05-04T23:30:00Z"}, "2026-05-04")
    assert (cup["line"], cup["expectedOn"]) == ({"promisedAt": None}, None)
    assert set_by_hand["expectedOn"] == "2026-05-11"


@pytest.mark.rule("A9")
async def test_orders_are_rejected_and_unconfirmed(tenant: Tenant) -> None:
    order_id = encode_id("Order", await tenant.shop.order("SO-1", TEA=1))
    reject = """mutation($id: ID!, $version: Int) { rejectOrder(id: $id, expectedVersion: $version) {
        order { status queueStatus } userErrors { code currentVersion } } }"""
    unconfirm = reject.replace("rejectOrder", "unconfirmOrder")

    assert await tenant.admin.data(reject, id=order_id, version=9) == {
        "order": None,
        "userErrors": [{"code": "VERSION_CONFLICT", "currentVersion": 1}],
    }
    assert (await tenant.admin.data(reject, id=order_id))["order"] == {
        "status": "OC_REJECTED",
        "queueStatus": "NOT_QUEUED",
    }
    assert (await tenant.admin.data(unconfirm, id=order_id))["order"] == {
        "status": "CREATE",
        "queueStatus": "QUEUED",
    }


async def test_backlog_skus_are_the_clients_own(tenant: Tenant, other_tenant: Tenant) -> None:
    order_id = await order(other_tenant, TEA=1)
    created = await other_tenant.admin.data(CREATE, id=order_id)
    (item,) = created["order"]["backlogSkus"]["nodes"]

    assert await tenant.admin.data("query($id: ID!) { node(id: $id) { id } }", id=item["id"]) is None
    assert await tenant.admin.data(BACKLOG_SKUS) == {"totalCount": 0, "nodes": []}
    refused = await tenant.admin.data(DELIVER, items=[{"backlogSkuId": item["id"]}])
    assert [(error["code"], error["path"]) for error in refused["userErrors"]] == [
        ("NOT_FOUND", ["items", "0", "backlogSkuId"])
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SCANNER, Role.SERVICE])
async def test_others_than_operators_set_nothing_aside(tenant: Tenant, role: Role) -> None:
    order_id = await order(tenant, TEA=1)
    caller = tenant.caller(role)

    calls: list[tuple[str, dict[str, Any]]] = [
        (CREATE, {"id": order_id}),
        (REVERT, {"id": order_id}),
        (DELIVER, {"items": []}),
    ]
    for document, variables in calls:
        refused = await caller.data(document, **variables)
        assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
