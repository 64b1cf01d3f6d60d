"""Dry runs through the API."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = pytest.mark.anyio

PLAN = """
mutation ($center: ID!, $receipts: [HypotheticalReceiptInput!], $cancelled: [ID!],
          $settings: ClientSettingsInput, $effects: [PlanEffect!], $first: Int, $after: Int) {
  planAllocation(distributionCenter: $center, receipts: $receipts, cancelledOrders: $cancelled,
                 settings: $settings) {
    plan {
      id hypothetical applicable ordersExamined ordersCommitted ordersReturned distributionCenter { code }
      run { id }
      changes(effects: $effects, first: $first, afterRank: $after) {
        rank before after otherwise effect reason line { order { number } }
      }
    }
    userErrors { code path }
  }
}
"""
APPLY = """
mutation ($plan: ID!) {
  applyAllocationPlan(planId: $plan) {
    run { id status dispatchesCreated ordersCommitted progress } userErrors { code path message }
  }
}
"""


async def plan(tenant: Tenant, **variables: Any) -> Any:
    center = encode_id("DistributionCenter", await tenant.shop.id_of("distribution_centers", MAIN))
    return await tenant.admin.data(PLAN, center=center, **variables)


def told(answer: Any) -> list[tuple[Any, ...]]:
    return [
        (c["line"]["order"]["number"], c["before"], c["after"], c["otherwise"], c["effect"], c["reason"])
        for c in answer["plan"]["changes"]
    ]


@pytest.mark.rule("F2")
async def test_a_dry_run_shows_what_every_line_has_and_would_have(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=5)
    await tenant.shop.order("SO-1", TEA=3)
    await tenant.shop.order("SO-2", TEA=4)

    answer = await plan(tenant)

    assert answer["userErrors"] == []
    assert told(answer) == [
        ("SO-1", 0, 3, 0, "GAINED", "ALLOCATED"),
        ("SO-2", 0, 0, 0, "UNCHANGED", "RETURNED_SINGLE_SKU_PARTIAL"),
    ]
    made = answer["plan"]
    assert (made["hypothetical"], made["applicable"], made["run"]) == (False, True, None)
    assert (made["ordersExamined"], made["ordersCommitted"], made["ordersReturned"]) == (2, 1, 1)
    assert made["distributionCenter"] == {"code": MAIN}


@pytest.mark.rule("F2")
async def test_what_is_supposed_is_compared_with_what_would_be_otherwise(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=5)
    await tenant.shop.order("SO-1", TEA=6)
    await tenant.shop.order("SO-2", TEA=4)
    last = await tenant.shop.order("SO-3", TEA=1)
    await tenant.shop.order("SO-4", CUP=1)

    supposed = {"receipts": [{"skuCode": "TEA", "quantity": 1}], "settings": {"holdHours": 1}}
    answer = await plan(tenant, **supposed, cancelled=[encode_id("Order", last)])
    assert told(answer) == [
        ("SO-1", 0, 6, 0, "GAINED", "ALLOCATED"),
        ("SO-2", 0, 0, 4, "LOST", "SERVED_BEFORE_BY_OTHERS"),
        ("SO-4", 0, 0, 0, "UNCHANGED", "NOTHING_AVAILABLE"),
    ]
    assert (answer["plan"]["hypothetical"], answer["plan"]["applicable"]) == (True, False)

    lost = await plan(tenant, **supposed, effects=["LOST"])
    assert [change["rank"] for change in lost["plan"]["changes"]] == [2, 3]
    page = await plan(tenant, **supposed, first=1, after=1)
    assert [change["rank"] for change in page["plan"]["changes"]] == [2]


@pytest.mark.rule("F2")
async def test_an_applied_plan_answers_with_its_completed_run_and_a_stale_one_with_its_refusal(
    tenant: Tenant,
) -> None:
    await tenant.shop.stock(TEA=5)
    await tenant.shop.order("SO-1", TEA=3)
    made = (await plan(tenant))["plan"]
    stale = (await plan(tenant))["plan"]

    answer = await tenant.admin.data(APPLY, plan=made["id"])

    run = answer["run"]
    assert (run["status"], run["dispatchesCreated"], run["ordersCommitted"], run["progress"]) == (
        "COMPLETED",
        1,
        1,
        1.0,
    )
    assert (await tenant.admin.data(APPLY, plan=made["id"]))["run"]["id"] == run["id"]
    node = "query ($id: ID!) { node(id: $id) { ... on AllocationPlan { applicable run { id } } } }"
    assert await tenant.admin.data(node, id=made["id"]) == {"applicable": False, "run": {"id": run["id"]}}
    refused = await tenant.admin.data(APPLY, plan=stale["id"])
    assert refused["run"] is None
    assert [(error["code"], error["path"]) for error in refused["userErrors"]] == [("STALE_PLAN", ["planId"])]


@pytest.mark.rule("F2")
async def test_bad_input_and_other_roles_and_clients_get_no_plan(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await tenant.shop.order("SO-1", TEA=3)
    made = (await plan(tenant))["plan"]
    for variables, code, path in (
        ({"receipts": [{"skuCode": "NONE", "quantity": 1}]}, "NOT_FOUND", ["receipts", "0", "skuCode"]),
        ({"receipts": [{"skuCode": "TEA", "quantity": -1}]}, "INVALID_INPUT", ["receipts", "0", "quantity"]),
        ({"cancelled": [made["id"]]}, "INVALID_INPUT", ["cancelledOrders", "0"]),
        ({"settings": {}}, "NOTHING_TO_DO", ["settings"]),
    ):
        answer = await plan(tenant, **variables)
        assert answer == {"plan": None, "userErrors": [{"code": code, "path": path}]}

    foreign = await other_tenant.admin.data(APPLY, plan=made["id"])
    assert [error["code"] for error in foreign["userErrors"]] == ["NOT_FOUND"]
    reader = tenant.caller(Role.VIEWER)
    refused = await reader.data(APPLY, plan=made["id"])
    assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
