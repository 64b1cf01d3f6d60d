"""Shipment policies of distribution centers through the API (B8)."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.processor_runs import claim_run
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.builders import MAIN, NOW
from tests.runs import process, requested

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B8")]

POLICY = "{ kind maxDispatches splitLines scope }"
SET = f"""
mutation ($center: ID!, $policy: ShipmentPolicyInput) {{
  setShipmentPolicy(distributionCenter: $center, policy: $policy) {{
    distributionCenter {{ code shipmentPolicy {POLICY} }}
    userErrors {{ code path }}
  }}
}}
"""
WHOLE = {"kind": "ALL_OR_NOTHING", "maxDispatches": None, "splitLines": False, "scope": "DISTRIBUTION_CENTER"}
DEFAULT = {"kind": "UP_TO", "maxDispatches": 2, "splitLines": False, "scope": "CLIENT"}


async def center(tenant: Tenant) -> str:
    return str(encode_id("DistributionCenter", await tenant.shop.id_of("distribution_centers", MAIN)))


async def set_policy(tenant: Tenant, policy: dict[str, Any] | None) -> Any:
    return await tenant.admin.data(SET, center=await center(tenant), policy=policy)


async def test_a_policy_is_set_shown_and_taken_away(tenant: Tenant) -> None:
    assert await set_policy(tenant, {"kind": "ALL_OR_NOTHING"}) == {
        "distributionCenter": {"code": MAIN, "shipmentPolicy": WHOLE},
        "userErrors": [],
    }
    # What is set for one distribution center leaves the client's setting alone.
    found = await tenant.admin.data(f"{{ client {{ settings {{ shipmentPolicy {POLICY} }} }} }}")
    assert found["settings"]["shipmentPolicy"] == DEFAULT
    answer = await set_policy(tenant, None)
    assert answer["distributionCenter"]["shipmentPolicy"] == DEFAULT


@pytest.mark.rule("F1")
@pytest.mark.rule("F2")
async def test_a_run_a_plan_and_an_explanation_tell_which_policy_applied(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=1)
    await tenant.shop.order("SO-1", TEA=1, CUP=1)
    await set_policy(tenant, {"kind": "ALL_OR_NOTHING"})
    run = await requested(tenant.shop)
    assert await claim_run(run, now=NOW)
    before = await tenant.admin.data(f"{{ processorRuns {{ nodes {{ shipmentPolicy {POLICY} }} }} }}")
    await process(run, now=NOW)
    await set_policy(tenant, None)

    after = await tenant.admin.data(
        f"""{{
          processorRuns {{ nodes {{ shipmentPolicy {POLICY} }} }}
          order(number: "SO-1") {{ lines {{ nodes {{ explanation {{ shipmentPolicy {POLICY} }} }} }} }}
        }}"""
    )
    plan = await tenant.admin.data(
        f"mutation ($center: ID!) {{ planAllocation(distributionCenter: $center) "
        f"{{ plan {{ shipmentPolicy {POLICY} }} }} }}",
        center=await center(tenant),
    )

    assert before == {"nodes": [{"shipmentPolicy": None}]}
    assert after["processorRuns"] == {"nodes": [{"shipmentPolicy": WHOLE}]}
    assert after["order"]["lines"]["nodes"] == [{"explanation": {"shipmentPolicy": WHOLE}}] * 2
    assert plan == {"plan": {"shipmentPolicy": DEFAULT}}


async def test_a_policy_that_is_refused_changes_nothing(tenant: Tenant) -> None:
    answer = await set_policy(tenant, {"kind": "UP_TO"})
    assert answer == {
        "distributionCenter": None,
        "userErrors": [{"code": "INVALID_INPUT", "path": ["policy", "maxDispatches"]}],
    }
    refused = await tenant.caller(Role.OPERATOR).data(SET, center=await center(tenant), policy=None)
    assert refused["userErrors"] == [{"code": "FORBIDDEN", "path": None}]
    assert await tenant.shop.value("SELECT count(*) FROM shipment_policies") == 0
