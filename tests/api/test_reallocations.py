"""Reallocations and pins through the API."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.apply_reallocation import apply_reallocation
from domain.operations.exact_runs import apply_exactly
from domain.operations.processor_runs import RunHandle, claim_run
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.api.test_bad_input import everything
from tests.builders import MAIN, NOW

pytestmark = pytest.mark.anyio

SET = """
mutation ($input: ReallocationVariantInput!, $version: Int, $key: String) {
  setReallocationVariant(input: $input, expectedVersion: $version, idempotencyKey: $key) {
    variant {
      id name unmetWin version segments { position name strategy sort filter { priorityFrom skuCodes } }
    }
    userErrors { code path currentVersion }
  }
}
"""
PLAN = """
mutation ($center: ID!, $variant: ID!, $effects: [PlanEffect!], $first: Int, $after: String) {
  planReallocation(distributionCenter: $center, variant: $variant) {
    plan {
      id variantName applicable appliedAt ordersExamined linesGained linesLost unitsGained unitsLost winsUnmet
      distributionCenter { code } variant { name }
      changes(effects: $effects, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes {
          place segment strategy pinned wanted stockSeen before after dispatchedBefore dispatchedAfter effect
          reason applied line { order { number } } sku { code } servedBefore { order { number } }
        }
      }
    }
    userErrors { code path }
  }
}
"""
APPLY = """
mutation ($plan: ID!, $key: String) {
  applyReallocation(planId: $plan, idempotencyKey: $key) {
    plan { id appliedAt appliedBy applicable } userErrors { code path message }
  }
}
"""
PIN = """
mutation ($line: ID!, $reason: String!, $version: Int) {
  pinOrderLine(lineId: $line, reason: $reason, expectedVersion: $version) {
    order { version lines { nodes { pin { reason pinnedBy } } } } userErrors { code path }
  }
}
"""

USUAL = {
    "name": "usual",
    "segments": [
        {"name": "urgent", "strategy": "WIN", "filter": {"priorityFrom": 5, "skuCodes": ["TEA"]}},
        {"name": "rest", "strategy": "REDISTRIBUTE", "sort": "OLDEST_FIRST"},
    ],
}


async def two_orders(tenant: Tenant) -> list[int]:
    """One that has the stock, and an urgent one that wants it."""
    await tenant.shop.stock(TEA=4)
    usual = await tenant.shop.order("SO-1", TEA=3)
    await tenant.shop.dispatch(usual, TEA=3)
    return [usual, await tenant.shop.order("SO-2", priority=5, TEA=4)]


async def planned(tenant: Tenant, variant: dict[str, Any] = USUAL, **variables: Any) -> Any:
    saved = await tenant.admin.data(SET, input=variant)
    assert saved["userErrors"] in ([], [{"code": "NOTHING_TO_DO", "path": ["input"], "currentVersion": None}])
    center = encode_id("DistributionCenter", await tenant.shop.id_of("distribution_centers", MAIN))
    return await tenant.admin.data(
        PLAN, center=center, variant=encode_id("ReallocationVariant", 1), **variables
    )


@pytest.mark.rule("F3")
async def test_a_variant_is_saved_listed_changed_and_deleted(tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")

    saved = (await tenant.admin.data(SET, input=USUAL))["variant"]

    assert saved == {
        "id": encode_id("ReallocationVariant", 1),
        "name": "usual",
        "unmetWin": "STOP",
        "version": 1,
        "segments": [
            {
                "position": 1,
                "name": "urgent",
                "strategy": "WIN",
                "sort": "RANK",
                "filter": {"priorityFrom": 5, "skuCodes": ["TEA"]},
            },
            {
                "position": 2,
                "name": "rest",
                "strategy": "REDISTRIBUTE",
                "sort": "OLDEST_FIRST",
                "filter": {"priorityFrom": None, "skuCodes": None},
            },
        ],
    }
    conflict = await tenant.admin.data(SET, input=USUAL | {"unmetWin": "CONTINUE"}, version=7)
    assert conflict["userErrors"] == [
        {"code": "VERSION_CONFLICT", "path": ["expectedVersion"], "currentVersion": 1}
    ]
    await tenant.admin.data(SET, input=USUAL | {"name": "another"})
    page = "query ($after: String) { reallocationVariants(first: 1, after: $after) "
    page += "{ totalCount nodes { name } pageInfo { hasNextPage endCursor } } }"
    first = await tenant.admin.data(page)
    assert (first["totalCount"], first["nodes"], first["pageInfo"]["hasNextPage"]) == (
        2,
        [{"name": "another"}],
        True,
    )
    second = await tenant.admin.data(page, after=first["pageInfo"]["endCursor"])
    assert (second["nodes"], second["pageInfo"]["hasNextPage"]) == ([{"name": "usual"}], False)
    gone = await tenant.admin.data(
        "mutation ($id: ID!) { deleteReallocationVariant(id: $id) { deletedId userErrors { code } } }",
        id=saved["id"],
    )
    assert gone == {"deletedId": saved["id"], "userErrors": []}
    assert (await tenant.admin.data(page))["totalCount"] == 1


@pytest.mark.rule("F3")
async def test_a_preview_shows_what_every_line_would_gain_and_lose_and_why(tenant: Tenant) -> None:
    await two_orders(tenant)

    answer = await planned(tenant)

    assert answer["userErrors"] == []
    plan = answer["plan"]
    assert {name: plan[name] for name in plan if name not in ("id", "changes")} == {
        "variantName": "usual",
        "applicable": True,
        "appliedAt": None,
        "ordersExamined": 2,
        "linesGained": 1,
        "linesLost": 1,
        "unitsGained": 4,
        "unitsLost": 3,
        "winsUnmet": 0,
        "distributionCenter": {"code": MAIN},
        "variant": {"name": "usual"},
    }
    assert plan["changes"]["nodes"] == [
        {
            "place": 1,
            "segment": 1,
            "strategy": "WIN",
            "pinned": False,
            "wanted": 4,
            "stockSeen": 4,
            "before": 0,
            "after": 4,
            "dispatchedBefore": 0,
            "dispatchedAfter": 4,
            "effect": "GAINED",
            "reason": "COMPLETE",
            "applied": False,
            "line": {"order": {"number": "SO-2"}},
            "sku": {"code": "TEA"},
            "servedBefore": [],
        },
        {
            "place": 2,
            "segment": 2,
            "strategy": "REDISTRIBUTE",
            "pinned": False,
            "wanted": 3,
            "stockSeen": 0,
            "before": 3,
            "after": 0,
            "dispatchedBefore": 3,
            "dispatchedAfter": 0,
            "effect": "LOST",
            "reason": "TAKEN_BY_OTHERS",
            "applied": False,
            "line": {"order": {"number": "SO-1"}},
            "sku": {"code": "TEA"},
            "servedBefore": [{"order": {"number": "SO-2"}}],
        },
    ]


@pytest.mark.rule("F3")
async def test_changes_are_paged_and_narrowed_to_effects(tenant: Tenant) -> None:
    await two_orders(tenant)

    lost = (await planned(tenant, effects=["LOST", "UNCHANGED"]))["plan"]["changes"]
    assert (lost["totalCount"], [node["place"] for node in lost["nodes"]]) == (1, [2])
    first = (await planned(tenant, first=1))["plan"]["changes"]
    assert ([node["place"] for node in first["nodes"]], first["pageInfo"]["hasNextPage"]) == ([1], True)
    second = (await planned(tenant, after=first["pageInfo"]["endCursor"]))["plan"]["changes"]
    assert ([node["place"] for node in second["nodes"]], second["totalCount"]) == ([2], 2)


@pytest.mark.rule("F3")
@pytest.mark.rule("F6")
async def test_an_applied_plan_says_so_explains_its_lines_and_is_applied_once(tenant: Tenant) -> None:
    orders = await two_orders(tenant)
    plan = (await planned(tenant))["plan"]["id"]
    stale = (await planned(tenant))["plan"]["id"]

    answer = await tenant.admin.data(APPLY, plan=plan, key="k")

    assert answer["userErrors"] == []
    assert (answer["plan"]["appliedBy"], answer["plan"]["applicable"]) == ("tester", False)
    assert await tenant.admin.data(APPLY, plan=plan, key="k") == answer
    assert await tenant.admin.data(APPLY, plan=plan) == answer
    refused = await tenant.admin.data(APPLY, plan=stale)
    assert [(error["code"], error["path"]) for error in refused["userErrors"]] == [("STALE_PLAN", ["planId"])]
    order = "query ($id: ID!) { order(id: $id) { lines { nodes { reallocation "
    order += "{ before after reason applied plan { id } } } } } }"
    told = [await tenant.admin.data(order, id=encode_id("Order", number)) for number in orders]
    assert [answer["lines"]["nodes"] for answer in told] == [
        [
            {
                "reallocation": {
                    "before": before,
                    "after": after,
                    "reason": reason,
                    "applied": True,
                    "plan": {"id": plan},
                }
            }
        ]
        for before, after, reason in ((3, 0, "TAKEN_BY_OTHERS"), (0, 4, "COMPLETE"))
    ]
    listed = await tenant.admin.data(
        "{ reallocationPlans(applied: true) { totalCount nodes { id unitsGained } } }"
    )
    assert listed == {"totalCount": 1, "nodes": [{"id": plan, "unitsGained": 4}]}


@pytest.mark.rule("F3")
async def test_a_large_plan_names_the_run_that_applies_it_and_is_not_to_be_applied_meanwhile(
    tenant: Tenant,
) -> None:
    await two_orders(tenant)
    plan = (await planned(tenant))["plan"]["id"]
    query = """
        query ($plan: ID!) { node(id: $plan) { ... on ReallocationPlan {
          appliedAt applicable run { id status progress failure reallocation { id } plan { id } }
        } } }
    """
    assert (await tenant.admin.data(query, plan=plan))["run"] is None

    await apply_reallocation(tenant.shop.command(), plan_id=1, at_once=1)

    waiting = await tenant.admin.data(query, plan=plan)
    assert waiting == {
        "appliedAt": None,
        "applicable": False,
        "run": {
            "id": encode_id("ProcessorRun", 1),
            "status": "SCHEDULED",
            "progress": 0,
            "failure": None,
            "reallocation": {"id": plan},
            "plan": None,
        },
    }
    shop = tenant.shop
    run = RunHandle(database=shop.database, client_id=shop.client_id, run_id=1, holder="worker")
    assert await claim_run(run, now=NOW)
    await apply_exactly(run, telling=run, now=NOW)
    applied = await tenant.admin.data(query, plan=plan)
    assert applied["appliedAt"] is not None
    assert (applied["run"]["status"], applied["run"]["progress"]) == ("COMPLETED", 1)


@pytest.mark.rule("F3")
async def test_a_pin_is_seen_on_its_line_and_keeps_what_the_line_has(tenant: Tenant) -> None:
    usual, _ = await two_orders(tenant)
    (line,) = await tenant.shop.lines_of(usual)

    answer = await tenant.admin.data(PIN, line=encode_id("OrderLine", line), reason="promised by phone")

    pinned = {"pin": {"reason": "promised by phone", "pinnedBy": "tester"}}
    assert answer["order"]["lines"]["nodes"] == [pinned]
    plan = (await planned(tenant))["plan"]
    assert (plan["winsUnmet"], plan["applicable"], plan["linesLost"]) == (1, False, 0)
    refused = await tenant.admin.data(APPLY, plan=plan["id"])
    assert [error["code"] for error in refused["userErrors"]] == ["INSUFFICIENT_STOCK"]
    unpin = "mutation ($line: ID!) { unpinOrderLine(lineId: $line) { order { id } userErrors { code } } }"
    assert (await tenant.admin.data(unpin, line=encode_id("OrderLine", line)))["userErrors"] == []
    assert (await planned(tenant))["plan"]["linesLost"] == 1


@pytest.mark.rule("F3")
async def test_each_line_names_those_that_gained_before_it(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=5)
    for number in range(5):
        await tenant.shop.order(f"SO-{number}", TEA=1)

    answer = await planned(tenant, {"name": "usual", "segments": [{"name": "all", "strategy": "GAIN"}]})

    served = [
        [each["order"]["number"] for each in node["servedBefore"]]
        for node in answer["plan"]["changes"]["nodes"]
    ]
    assert served == [[f"SO-{each}" for each in range(number)] for number in range(5)]


BAD = [
    ('setReallocationVariant(input: {name: "", segments: []})', "INVALID_INPUT", ["input", "name"]),
    ('setReallocationVariant(input: {name: "v", segments: []})', "INVALID_INPUT", ["input", "segments"]),
    (
        'setReallocationVariant(input: {name: "v", segments: [{name: "s", strategy: WIN, '
        'filter: {skuCodes: ["nope"]}}]})',
        "NOT_FOUND",
        ["input", "segments", "0", "filter", "skuCodes", "0"],
    ),
    (
        'setReallocationVariant(input: {name: "v", segments: [{name: "s", strategy: WIN, '
        "filter: {minAgeHours: -1}}]})",
        "INVALID_INPUT",
        ["input", "segments", "0", "filter", "minAgeHours"],
    ),
    ('deleteReallocationVariant(id: "garbage")', "INVALID_INPUT", ["id"]),
    (f'deleteReallocationVariant(id: "{encode_id("ReallocationVariant", 9)}")', "NOT_FOUND", ["id"]),
    (
        f'planReallocation(distributionCenter: "x", variant: "{encode_id("ReallocationVariant", 9)}")',
        "INVALID_INPUT",
        ["distributionCenter"],
    ),
    (
        f'planReallocation(distributionCenter: "{encode_id("DistributionCenter", 1)}", '
        f'variant: "{encode_id("ReallocationVariant", 9)}")',
        "NOT_FOUND",
        ["variant"],
    ),
    (f'applyReallocation(planId: "{encode_id("AllocationPlan", 1)}")', "INVALID_INPUT", ["planId"]),
    (f'applyReallocation(planId: "{encode_id("ReallocationPlan", 9)}")', "NOT_FOUND", ["planId"]),
    (f'pinOrderLine(lineId: "{encode_id("OrderLine", 9)}", reason: "")', "INVALID_INPUT", ["reason"]),
    (f'pinOrderLine(lineId: "{encode_id("OrderLine", 9)}", reason: "r")', "NOT_FOUND", ["lineId"]),
    (f'unpinOrderLine(lineId: "{encode_id("OrderLine", 1)}")', "NOTHING_TO_DO", ["lineId"]),
]


@pytest.mark.rule("F3")
@pytest.mark.parametrize(("call", "code", "path"), BAD, ids=[call[:60] for call, _, _ in BAD])
async def test_bad_input_is_refused_with_its_path_and_changes_nothing(
    tenant: Tenant, call: str, code: str, path: list[str]
) -> None:
    await tenant.shop.order("SO-1", TEA=3)
    before = await everything(tenant)

    answer = await tenant.admin.data(f"mutation {{ {call} {{ userErrors {{ code message path }} }} }}")

    (error,) = answer["userErrors"]
    assert (error["code"], error["path"]) == (code, path)
    assert await everything(tenant) == before


@pytest.mark.rule("F3")
async def test_other_roles_and_clients_can_not_plan_apply_or_pin(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    orders = await two_orders(tenant)
    plan = (await planned(tenant))["plan"]["id"]
    (line,) = await tenant.shop.lines_of(orders[0])
    before = await everything(tenant)

    foreign = await other_tenant.admin.data(APPLY, plan=plan)
    assert [error["code"] for error in foreign["userErrors"]] == ["NOT_FOUND"]
    for role, document, variables in (
        (Role.VIEWER, APPLY, {"plan": plan}),
        (Role.SCANNER, PIN, {"line": encode_id("OrderLine", line), "reason": "r"}),
        (Role.OPERATOR, SET, {"input": USUAL}),
    ):
        refused = await tenant.caller(role).data(document, **variables)
        assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
    assert await everything(tenant) == before
