"""Warehouse picks and Backorders through the API (E1–E5)."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.purchase_orders import PurchaseOrder, PurchaseOrderLine, create_purchase_order
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = pytest.mark.anyio

MARK = """
mutation Mark($lines: [ID!]!, $policy: WarehousePickPolicy) {
  markWarehousePick(lineIds: $lines, linePolicy: $policy) {
    dispatch { kind status lines { quantity sku { code } } }
    backorder { id number status items { id quantity filled open available sku { code }
                                         orderLine { route open } } }
    userErrors { code path }
  }
}
"""
FILL = """
mutation Fill($id: ID!, $items: [BackorderItemFillInput!], $key: String) {
  fillBackorder(id: $id, items: $items, idempotencyKey: $key) {
    backorder { number status items { filled open } picks { number kind } }
    dispatch { number kind lines { quantity } }
    userErrors { code message path wanted available }
  }
}
"""
LIST = """
query List($filter: BackorderFilter, $first: Int, $after: String) {
  backorders(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { number status fulfillable completelyFulfillable order { number } distributionCenter { code } }
  }
}
"""
ORDER = """
query Order($number: String!) {
  order(number: $number) {
    queueStatus
    backorders { number status }
    lines { nodes { sku { code } requested available incoming short open } }
    dispatches { nodes { number kind } }
  }
}
"""
PICKS = """
query Picks($filter: DispatchFilter, $first: Int, $after: String) {
  dispatches(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { number kind status }
  }
}
"""


async def marked(tenant: Tenant, number: str) -> Any:
    """The answer of marking all lines of the order Warehouse Pick."""
    order_id = await tenant.shop.value("SELECT id FROM orders WHERE number = $1", number)
    lines = [encode_id("OrderLine", line_id) for line_id in await tenant.shop.lines_of(order_id)]
    return await tenant.admin.data(MARK, lines=lines)


@pytest.mark.rule("E2")
@pytest.mark.rule("E4")
async def test_marking_makes_a_pick_and_a_backorder_which_are_found_from_their_order(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=3)
    await tenant.shop.order("SO-1", TEA=3, CUP=2)

    answer = await marked(tenant, "SO-1")

    item = answer["backorder"]["items"][0]
    assert answer == {
        "dispatch": {
            "kind": "WAREHOUSE_PICK",
            "status": "CREATED",
            "lines": [{"quantity": 3, "sku": {"code": "TEA"}}],
        },
        "backorder": {
            "id": encode_id("Backorder", 1),
            "number": "B1-1",
            "status": "OPEN",
            "items": [
                {
                    "id": item["id"],
                    "quantity": 2,
                    "filled": 0,
                    "open": 2,
                    "available": 0,
                    "sku": {"code": "CUP"},
                    "orderLine": {"route": "WAREHOUSE_PICK", "open": 2},
                }
            ],
        },
        "userErrors": [],
    }
    order = await tenant.admin.data(ORDER, number="SO-1")
    assert order["backorders"] == [{"number": "B1-1", "status": "OPEN"}]
    assert order["dispatches"]["nodes"] == [{"number": "D1-1", "kind": "WAREHOUSE_PICK"}]
    assert order["queueStatus"] == "PROCESSED"
    node = "query Node($id: ID!) { node(id: $id) { id ... on BackorderItem { quantity } } }"
    assert await tenant.admin.data(node, id=item["id"]) == {"id": item["id"], "quantity": 2}


@pytest.mark.rule("E1")
async def test_each_line_shows_what_is_requested_available_incoming_and_short(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=3, CUP=1)
    lines = (PurchaseOrderLine(sku_code="CUP", quantity=7),)
    ordered = PurchaseOrder(number="PO-1", distribution_center_code=MAIN, lines=lines)
    await create_purchase_order(tenant.shop.command(), purchase_order=ordered)
    await tenant.shop.order("SO-1", TEA=3, CUP=2)

    order = await tenant.admin.data(ORDER, number="SO-1")

    assert order["lines"]["nodes"] == [
        {"sku": {"code": "TEA"}, "requested": 3, "available": 3, "incoming": 0, "short": False, "open": 3},
        {"sku": {"code": "CUP"}, "requested": 2, "available": 1, "incoming": 7, "short": True, "open": 2},
    ]


@pytest.mark.rule("E4")
async def test_backorders_are_listed_and_say_whether_they_can_be_filled(tenant: Tenant) -> None:
    for number, units in (("SO-1", {"TEA": 3, "CUP": 2}), ("SO-2", {"TEA": 2}), ("SO-3", {"CUP": 1})):
        await tenant.shop.order(number, **units)  # type: ignore[arg-type] # no key of units is `now`
        await marked(tenant, number)
    await tenant.shop.stock(TEA=2)

    def row(number: str, order: str, fulfillable: bool, completely: bool) -> dict[str, Any]:
        return {
            "number": number,
            "status": "OPEN",
            "fulfillable": fulfillable,
            "completelyFulfillable": completely,
            "order": {"number": order},
            "distributionCenter": {"code": "MAIN"},
        }

    everything = [row("B1-1", "SO-1", True, False), row("B1-2", "SO-2", True, True)]
    unfillable = [row("B1-3", "SO-3", False, False)]
    page = await tenant.admin.data(LIST)
    assert page["nodes"] == everything + unfillable
    assert page["totalCount"] == 3
    assert (await tenant.admin.data(LIST, filter={"fulfillable": True}))["nodes"] == everything
    assert (await tenant.admin.data(LIST, filter={"fulfillable": False}))["nodes"] == unfillable
    assert (await tenant.admin.data(LIST, filter={"status": ["COMPLETED"]}))["totalCount"] == 0

    first = await tenant.admin.data(LIST, filter={"fulfillable": True}, first=1)
    assert first["nodes"] == everything[:1]
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    second = await tenant.admin.data(LIST, filter={"fulfillable": True}, first=1, after=after)
    assert second["nodes"] == everything[1:]
    assert second["pageInfo"]["hasNextPage"] is False


@pytest.mark.rule("E4")
async def test_items_of_one_sku_share_its_stock(tenant: Tenant) -> None:
    order = await tenant.shop.order("SO-1", TEA=3, CUP=2)
    await tenant.shop.write("UPDATE order_lines SET sku_id = 1 WHERE order_id = $1", order)
    await tenant.shop.write("UPDATE pool_demand SET sku_id = 1 WHERE order_id = $1", order)
    await marked(tenant, "SO-1")

    for units, fulfillable, completely in ((0, False, False), (4, True, False), (5, True, True)):
        await tenant.shop.stock(TEA=units)
        (backorder,) = (await tenant.admin.data(LIST))["nodes"]
        assert (backorder["fulfillable"], backorder["completelyFulfillable"]) == (fulfillable, completely)


@pytest.mark.rule("E5")
async def test_a_backorder_is_filled_in_part_and_completed_as_inventory_picks(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=3, CUP=2)
    backorder = (await marked(tenant, "SO-1"))["backorder"]
    tea, cup = (item["id"] for item in backorder["items"])
    await tenant.shop.stock(TEA=3, CUP=2)

    filled = await tenant.admin.data(
        FILL, id=backorder["id"], items=[{"itemId": tea, "quantity": 1}, {"itemId": cup}], key="k1"
    )
    assert filled == {
        "backorder": {
            "number": "B1-1",
            "status": "PARTIALLY_FILLED",
            "items": [{"filled": 1, "open": 2}, {"filled": 2, "open": 0}],
            "picks": [{"number": "D1-1", "kind": "WAREHOUSE_PICK"}],
        },
        "dispatch": {
            "number": "D1-1",
            "kind": "WAREHOUSE_PICK",
            "lines": [{"quantity": 1}, {"quantity": 2}],
        },
        "userErrors": [],
    }
    completed = await tenant.admin.data(FILL, id=backorder["id"])
    assert completed["backorder"]["status"] == "COMPLETED"
    assert [pick["number"] for pick in completed["backorder"]["picks"]] == ["D1-1", "D1-2"]

    assert (await tenant.admin.data(LIST, filter={"status": ["COMPLETED"]}))["totalCount"] == 1
    picks = await tenant.admin.data(PICKS, filter={"kind": ["WAREHOUSE_PICK"]}, first=1)
    assert picks["nodes"] == [{"number": "D1-2", "kind": "WAREHOUSE_PICK", "status": "CREATED"}]
    assert picks["totalCount"] == 2
    after = picks["pageInfo"]["endCursor"]
    older = await tenant.admin.data(PICKS, filter={"kind": ["WAREHOUSE_PICK"]}, first=1, after=after)
    assert [pick["number"] for pick in older["nodes"]] == ["D1-1"]
    assert (await tenant.admin.data(PICKS, filter={"kind": ["PROCESSOR"]}))["totalCount"] == 0
    assert (await tenant.admin.data(PICKS, filter={"status": ["SHIPPED"]}))["totalCount"] == 0


@pytest.mark.rule("E5")
async def test_a_shortage_names_the_sku_what_is_wanted_and_what_is_available(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=3)
    backorder = (await marked(tenant, "SO-1"))["backorder"]
    await tenant.shop.stock(TEA=2)

    refused = await tenant.admin.data(FILL, id=backorder["id"])

    assert refused == {
        "backorder": None,
        "dispatch": None,
        "userErrors": [
            {
                "code": "INSUFFICIENT_STOCK",
                "message": "3 units of SKU TEA are wanted and 2 are available; fill no more than that.",
                "path": ["id"],
                "wanted": 3,
                "available": 2,
            }
        ],
    }


@pytest.mark.rule("E5")
async def test_a_fill_that_is_sent_again_is_not_done_twice(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=3)
    backorder = (await marked(tenant, "SO-1"))["backorder"]
    items = [{"itemId": backorder["items"][0]["id"], "quantity": 1}]
    await tenant.shop.stock(TEA=3)

    answers = [await tenant.admin.data(FILL, id=backorder["id"], items=items, key="k") for _ in range(2)]

    assert answers[0] == answers[1]
    assert await tenant.shop.value("SELECT count(*) FROM dispatches") == 1


@pytest.mark.rule("E4")
async def test_a_stranger_sees_and_fills_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=3)
    backorder = (await marked(tenant, "SO-1"))["backorder"]
    await tenant.shop.stock(TEA=3)

    assert (await other_tenant.admin.data(LIST))["nodes"] == []
    refused = await other_tenant.admin.data(FILL, id=backorder["id"])
    assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
    line = encode_id("OrderLine", 1)
    refused = await other_tenant.admin.data(MARK, lines=[line])
    assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
    for role in (Role.VIEWER, Role.SCANNER, Role.SERVICE):
        refused = await tenant.caller(role).data(FILL, id=backorder["id"])
        assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
    assert await tenant.shop.value("SELECT count(*) FROM dispatches") == 0


@pytest.mark.parametrize(
    ("document", "variables", "path"),
    [
        (MARK, {"lines": [encode_id("Order", 1)]}, ["lineIds", "0"]),
        (MARK, {"lines": []}, ["lineIds"]),
        (FILL, {"id": encode_id("Order", 1)}, ["id"]),
        (
            FILL,
            {"id": encode_id("Backorder", 1), "items": [{"itemId": encode_id("Backorder", 1)}]},
            ["items", "0", "itemId"],
        ),
    ],
)
@pytest.mark.rule("E5")
async def test_ids_of_another_kind_are_refused_with_their_path(
    tenant: Tenant, document: str, variables: dict[str, Any], path: list[str]
) -> None:
    answer = await tenant.admin.data(document, **variables)

    assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [("INVALID_INPUT", path)]
