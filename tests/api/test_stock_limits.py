"""Protected quantities and caps on back orders through the API."""

from __future__ import annotations

import pytest

from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = pytest.mark.anyio

PROTECT = """
mutation ($input: [ProtectedQuantityInput!]!) {
  setProtectedQuantities(input: $input) { count userErrors { code path } }
}
"""
CAP = """
mutation ($input: [BackOrderCapInput!]!) {
  setBackOrderCaps(input: $input) { count userErrors { code path } }
}
"""
LOAD = """
mutation ($input: [SalesOrderInput!]!) {
  loadSalesOrders(input: $input) { created userErrors { code path wanted available } }
}
"""
CAPS = """
{ backOrderCaps { totalCount nodes { id units backOrdered sku { code } store { code }
                                     distributionCenter { code } } } }
"""
TEA = {"skuCode": "TEA", "distributionCenterCode": MAIN}


@pytest.mark.rule("F7")
async def test_protected_quantities_are_set_and_listed(tenant: Tenant, other_tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=5, CUP=5)
    levels = "{ protectedQuantities { sku { code } protected available onHand } }"

    assert await tenant.admin.data(PROTECT, input=[{**TEA, "units": 2}]) == {"count": 1, "userErrors": []}

    assert await tenant.admin.data(levels) == [
        {"sku": {"code": "TEA"}, "protected": 2, "available": 3, "onHand": 5}
    ]
    assert await other_tenant.admin.data(levels) == []
    refused = await tenant.caller(Role.SERVICE).data(PROTECT, input=[{**TEA, "units": 0}])
    assert refused == {"count": 0, "userErrors": [{"code": "FORBIDDEN", "path": None}]}
    bad = await tenant.admin.data(PROTECT, input=[{**TEA, "units": -1}])
    assert bad["userErrors"] == [{"code": "INVALID_INPUT", "path": ["input", "0", "units"]}]


@pytest.mark.rule("F7")
async def test_an_order_beyond_a_cap_is_refused_with_its_figures(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await tenant.shop.stock(TEA=1)
    await tenant.shop.store("NORTH")
    caps = [{**TEA, "units": 3}, {**TEA, "units": 2, "storeCode": "NORTH"}]
    assert (await tenant.admin.data(CAP, input=caps))["count"] == 2

    orders = [
        {"number": "SO-1", "distributionCenterCode": MAIN, "lines": [{"skuCode": "TEA", "quantity": 3}]},
        {"number": "SO-2", "distributionCenterCode": MAIN, "lines": [{"skuCode": "TEA", "quantity": 2}]},
    ]
    assert await tenant.admin.data(LOAD, input=orders) == {
        "created": 1,
        "userErrors": [
            {
                "code": "INSUFFICIENT_STOCK",
                "path": ["input", "1", "lines", "0", "quantity"],
                "wanted": 2,
                "available": 1,
            }
        ],
    }

    listed = await tenant.admin.data(CAPS)
    assert listed["totalCount"] == 2
    assert [(cap["units"], cap["backOrdered"], cap["store"]) for cap in listed["nodes"]] == [
        (3, 2, None),
        (2, 0, {"code": "NORTH"}),
    ]
    node = "query ($id: ID!) { node(id: $id) { ... on BackOrderCap { units sku { code } } } }"
    found = await tenant.admin.data(node, id=listed["nodes"][0]["id"])
    assert found == {"units": 3, "sku": {"code": "TEA"}}
    assert (await other_tenant.admin.data(CAPS))["nodes"] == []

    await tenant.admin.data(CAP, input=[TEA])
    assert (await tenant.admin.data(CAPS))["totalCount"] == 1
