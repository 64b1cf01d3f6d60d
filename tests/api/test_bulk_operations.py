"""Bulk operations through the API: what is selected, previewed, started and told (A4-A6)."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.bulk_processing import BulkHandle
from domain.rules.vocabulary import Role
from tests.api.confirmed import CONFIRM, order
from tests.api.conftest import Tenant
from tests.builders import sales_order
from tests.bulk import finish, load

pytestmark = pytest.mark.anyio

START = """
mutation($action: BulkAction!, $selection: OrderSelection!, $key: String) {
  startBulkOperation(action: $action, selection: $selection, idempotencyKey: $key) {
    bulkOperation { id action status total processed requestedBy } userErrors { code message path } } }
"""
BULK = """
query($id: ID!, $outcome: Outcome) { bulkOperation(id: $id) {
  status total processed succeeded skipped failed
  results(outcome: $outcome, first: 2) {
    totalCount pageInfo { hasNextPage } nodes { outcome code message order { number } } } } }
"""
PREVIEW = """
query($action: BulkAction!, $selection: OrderSelection!, $eligible: Boolean) {
  bulkOperationPreview(action: $action, selection: $selection) {
    total eligible ineligible
    targets(eligible: $eligible, first: 2) {
      totalCount pageInfo { hasNextPage } nodes { eligible code order { number } } } } }
"""


def handle(tenant: Tenant, answer: dict[str, Any]) -> BulkHandle:
    """The bulk operation of a payload, for a worker."""
    assert answer["userErrors"] == []
    for number in range(1, 10):
        if encode_id("BulkOperation", number) == answer["bulkOperation"]["id"]:
            return BulkHandle(
                database=tenant.shop.database,
                client_id=tenant.shop.client_id,
                bulk_operation_id=number,
                holder="tests",
            )
    raise AssertionError("an id of a bulk operation")


@pytest.mark.rule("A4")
@pytest.mark.rule("A5")
@pytest.mark.rule("A6")
async def test_a_bulk_operation_by_filter_does_what_its_preview_said(tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")
    await load(tenant.shop, [sales_order(f"SO-{number}", TEA=1) for number in range(5)])
    excepted = await order(tenant, "SO-5", TEA=1)
    for number in (1, 3, 4):
        await tenant.admin.data(CONFIRM, id=encode_id("Order", number))
    selection = {"filter": {"filter": {"search": "so-"}, "except": [excepted]}}

    previewed = await tenant.admin.data(
        PREVIEW, action="CREATE_BACKLOG_SKUS", selection=selection, eligible=False
    )
    assert previewed == {
        "total": 5,
        "eligible": 3,
        "ineligible": 2,
        "targets": {
            "totalCount": 2,
            "pageInfo": {"hasNextPage": False},
            "nodes": [
                {"eligible": False, "code": "ORDER_STATUS_NOT_ALLOWED", "order": {"number": number}}
                for number in ("SO-1", "SO-4")
            ],
        },
    }

    started = [
        await tenant.admin.data(START, action="CREATE_BACKLOG_SKUS", selection=selection, key="once")
        for _ in range(2)
    ]
    assert started[0] == started[1]
    bulk_id = started[0]["bulkOperation"]["id"]
    assert started[0]["bulkOperation"] == {
        "id": bulk_id,
        "action": "CREATE_BACKLOG_SKUS",
        "status": "PENDING",
        "total": 5,
        "processed": 0,
        "requestedBy": "tester",
    }
    empty = await tenant.admin.data(BULK, id=bulk_id)
    assert empty["results"] == {"totalCount": 0, "pageInfo": {"hasNextPage": False}, "nodes": []}

    await finish(handle(tenant, started[0]))

    result = await tenant.admin.data(BULK, id=bulk_id)
    assert {name: result[name] for name in ("status", "total", "processed", "succeeded", "skipped")} == {
        "status": "COMPLETED",
        "total": 5,
        "processed": 5,
        "succeeded": 3,
        "skipped": 2,
    }
    assert result["results"]["totalCount"] == 5
    assert result["results"]["pageInfo"] == {"hasNextPage": True}
    skipped = (await tenant.admin.data(BULK, id=bulk_id, outcome="SKIPPED"))["results"]
    assert skipped["totalCount"] == 2
    assert [(node["outcome"], node["code"], node["order"]["number"]) for node in skipped["nodes"]] == [
        ("SKIPPED", "ORDER_STATUS_NOT_ALLOWED", number) for number in ("SO-1", "SO-4")
    ]
    assert "OC_CONFIRMED" in skipped["nodes"][0]["message"]
    listed = await tenant.admin.data("{ bulkOperations { totalCount nodes { id } } }")
    assert listed == {"totalCount": 1, "nodes": [{"id": bulk_id}]}


@pytest.mark.rule("A5")
@pytest.mark.rule("D5")
async def test_a_delay_whose_time_is_not_known_yet_can_be_previewed(tenant: Tenant) -> None:
    await order(tenant, "SO-1", TEA=1)
    delayed = await order(tenant, "SO-2", TEA=1)
    until = "2099-01-01T00:00:00Z"
    await tenant.admin.data(
        "mutation($id: ID!, $until: DateTime) { delayOrder(id: $id, until: $until) { userErrors { code } } }",
        id=delayed,
        until=until,
    )
    timed = """
    query($until: DateTime) {
      bulkOperationPreview(action: DELAY, selection: {filter: {filter: {}}}, until: $until) {
        eligible targets(eligible: true) { nodes { order { number } } } } }
    """

    asked: list[tuple[dict[str, str | None], list[str]]] = [
        ({}, ["SO-1", "SO-2"]),
        ({"until": until}, ["SO-1"]),
        ({"until": None}, ["SO-2"]),
    ]
    for variables, numbers in asked:
        previewed = await tenant.admin.data(timed, **variables)
        assert previewed["eligible"] == len(numbers)
        assert [target["order"]["number"] for target in previewed["targets"]["nodes"]] == numbers


@pytest.mark.rule("A4")
async def test_a_selection_is_ids_or_a_filter(tenant: Tenant) -> None:
    order_id = await order(tenant, TEA=1)
    both = {"ids": [order_id], "filter": {"filter": {}}}

    for selection in (both, {}):
        response = await tenant.admin.execute(START, action="CANCEL", selection=selection)
        assert response["errors"]
    assert await tenant.shop.value("SELECT count(*) FROM bulk_operations") == 0
    one = await tenant.admin.data(START, action="CANCEL", selection={"ids": [order_id]})
    assert one["bulkOperation"]["total"] == 1


async def test_bad_selections_are_refused_with_their_path(tenant: Tenant, other_tenant: Tenant) -> None:
    foreign = await order(other_tenant, TEA=1)
    sku = encode_id("Sku", 1)

    for selection, code, path in [
        ({"ids": [foreign]}, "NOT_FOUND", ["selection", "ids", "0"]),
        ({"ids": []}, "INVALID_INPUT", ["selection", "ids"]),
        ({"ids": [sku]}, "INVALID_INPUT", ["selection", "ids", "0"]),
        (
            {"filter": {"filter": {}, "except": [sku]}},
            "INVALID_INPUT",
            ["selection", "filter", "except", "0"],
        ),
        ({"filter": {"filter": {"store": sku}}}, "INVALID_INPUT", ["selection", "filter", "filter", "store"]),
    ]:
        refused = await tenant.admin.data(START, action="CONFIRM", selection=selection)
        assert refused["bulkOperation"] is None
        assert [(error["code"], error["path"]) for error in refused["userErrors"]] == [(code, path)]
    response = await tenant.admin.execute(PREVIEW, action="CONFIRM", selection={"ids": [foreign]})
    assert [error["extensions"]["code"] for error in response["errors"]] == ["NOT_FOUND"]


async def test_bulk_operations_are_the_clients_own(tenant: Tenant, other_tenant: Tenant) -> None:
    order_id = await order(other_tenant, TEA=1)
    started = await other_tenant.admin.data(START, action="CANCEL", selection={"ids": [order_id]})
    bulk_id = started["bulkOperation"]["id"]

    assert await tenant.admin.data(BULK, id=bulk_id) is None
    assert await tenant.admin.data("query($id: ID!) { node(id: $id) { id } }", id=bulk_id) is None
    cancel = """mutation($id: ID!) { cancelBulkOperation(id: $id) {
        bulkOperation { status } userErrors { code } } }"""
    assert (await tenant.admin.data(cancel, id=bulk_id))["userErrors"] == [{"code": "NOT_FOUND"}]
    assert await other_tenant.admin.data(cancel, id=bulk_id) == {
        "bulkOperation": {"status": "CANCELLED"},
        "userErrors": [],
    }


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SCANNER, Role.SERVICE])
async def test_others_than_operators_start_nothing(tenant: Tenant, role: Role) -> None:
    order_id = await order(tenant, TEA=1)

    refused = await tenant.caller(role).data(START, action="CANCEL", selection={"ids": [order_id]})

    assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
