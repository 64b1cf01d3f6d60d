"""Hold rules through the API."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from api.ids import encode_id
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = pytest.mark.anyio

SET = """
mutation ($input: HoldRuleInput!) {
  setHoldRule(input: $input) {
    holdRule { id hours country shippingAgency specificity distributionCenter { code } }
    userErrors { code path }
  }
}
"""
DELETE = "mutation ($id: ID!) { deleteHoldRule(id: $id) { deletedId userErrors { code path } } }"
LOAD = """
mutation ($input: [SalesOrderInput!]!) {
  loadSalesOrders(input: $input) {
    orders { acceptedAt holdExpiresAt holdRule { id hours } orderType shippingAgency service country }
    userErrors { code path }
  }
}
"""


@pytest.mark.rule("B3")
async def test_an_order_shows_which_rule_its_hold_time_comes_from(tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")
    told = {"orderType": "B2B", "shippingAgency": "DHL", "service": "EXPRESS", "country": "NL"}
    abroad = await tenant.admin.data(SET, input={"country": "NL", "hours": 6})
    here = await tenant.admin.data(SET, input={"country": "NL", "distributionCenterCode": MAIN, "hours": 8})
    assert (abroad["userErrors"], here["userErrors"]) == ([], [])
    assert here["holdRule"]["distributionCenter"] == {"code": MAIN}
    assert here["holdRule"]["specificity"] > abroad["holdRule"]["specificity"]

    lines = [{"skuCode": "TEA", "quantity": 1}]
    loaded = await tenant.admin.data(
        LOAD,
        input=[
            {"number": "SO-1", "distributionCenterCode": MAIN, "lines": lines, **told},
            {"number": "SO-2", "distributionCenterCode": MAIN, "lines": lines},
        ],
    )

    first, second = loaded["orders"]
    assert {name: first[name] for name in told} == told
    assert first["holdRule"] == {"id": here["holdRule"]["id"], "hours": 8}
    assert second["holdRule"] is None
    assert [
        datetime.fromisoformat(order["holdExpiresAt"]) - datetime.fromisoformat(order["acceptedAt"])
        for order in (first, second)
    ] == [timedelta(hours=8), timedelta(hours=24)]


@pytest.mark.rule("B3")
async def test_rules_are_listed_with_the_most_specific_first_and_deleted(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await tenant.shop.distribution_center("EAST")
    general = await tenant.admin.data(SET, input={"shippingAgency": "DHL", "hours": 6})
    await tenant.admin.data(SET, input={"shippingAgency": "DHL", "country": "NL", "hours": 7})
    await tenant.admin.data(SET, input={"distributionCenterCode": "EAST", "hours": 8})
    listing = "query ($center: ID) { holdRules(distributionCenter: $center) { hours } }"

    assert [rule["hours"] for rule in await tenant.admin.data(listing)] == [7, 6, 8]
    main = encode_id("DistributionCenter", await tenant.shop.id_of("distribution_centers", MAIN))
    assert [rule["hours"] for rule in await tenant.admin.data(listing, center=main)] == [7, 6]
    assert await other_tenant.admin.data(listing) == []

    rule_id = general["holdRule"]["id"]
    assert await tenant.admin.data(DELETE, id=rule_id) == {"deletedId": rule_id, "userErrors": []}
    assert [rule["hours"] for rule in await tenant.admin.data(listing)] == [7, 8]
    gone = await tenant.admin.data(DELETE, id=rule_id)
    assert gone == {"deletedId": None, "userErrors": [{"code": "NOT_FOUND", "path": ["id"]}]}


@pytest.mark.rule("B3")
async def test_only_admins_set_rules(tenant: Tenant) -> None:
    operator = tenant.caller(Role.OPERATOR)

    refused = await operator.data(SET, input={"country": "NL", "hours": 6})

    assert refused == {"holdRule": None, "userErrors": [{"code": "FORBIDDEN", "path": None}]}
