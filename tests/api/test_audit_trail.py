"""The audit trail through the API (F11): queries, and that every mutation is in it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.edit_orders import delay_order
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.api.story import MUTATIONS, Story, told_to_the_end
from tests.builders import NOW

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F11")]

TRAIL = """
query ($filter: AuditFilter, $first: Int, $after: String) {
  auditTrail(filter: $filter, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { at actor source action summary before after order { number } }
  }
}
"""


async def actions(tenant: Tenant, **told: Any) -> list[str]:
    found = await tenant.admin.data(TRAIL, filter=told)
    return [entry["action"] for entry in found["nodes"]]


async def test_an_entry_tells_who_did_what_when_from_where_and_how_it_was_before(tenant: Tenant) -> None:
    shop = tenant.shop
    order = await shop.order("SO-1", TEA=1)
    until = NOW + timedelta(days=2)
    await delay_order(shop.command(now=NOW + timedelta(hours=1)), order_id=order, until=until)

    found = await tenant.admin.data(TRAIL, first=1)

    assert found["nodes"] == [
        {
            "at": "2026-03-02T09:00:00Z",
            "actor": "ada",
            "source": "tests",
            "action": "ORDER_DELAYED",
            "summary": "Order SO-1 was delayed until 2026-03-04 08:00 UTC.",
            "before": {"delayed_until": None},
            "after": {"delayed_until": "2026-03-04T08:00:00+00:00"},
            "order": {"number": "SO-1"},
        }
    ]


async def test_the_trail_is_read_per_order_and_per_user_and_by_action_place_and_time(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    shop = tenant.shop
    first, second = await shop.order("SO-1", TEA=1), await shop.order("SO-2", TEA=1)
    later = NOW + timedelta(hours=1)
    await delay_order(shop.command(now=later), order_id=second, until=NOW + timedelta(days=2))
    await update_client_settings(shop.command(now=later), change=SettingsChange(hold_hours=5))
    await tenant.admin.data(
        "mutation ($id: ID!) { confirmOrder(id: $id) { userErrors { code } } }", id=encode_id("Order", first)
    )
    await other_tenant.shop.order("SO-1", TEA=1)

    assert await actions(tenant, order=encode_id("Order", first)) == ["ORDER_CONFIRMED", "ORDER_LOADED"]
    assert await actions(tenant, actor="tester") == ["ORDER_CONFIRMED"]
    assert await actions(tenant, actor="ada", action=["ORDER_LOADED"]) == ["ORDER_LOADED", "ORDER_LOADED"]
    assert await actions(tenant, source="test", **{"from": later.isoformat()}) == [
        "SETTINGS_CHANGED",
        "ORDER_DELAYED",
    ]
    until = {"until": later.isoformat()}
    assert await actions(tenant, action=["ORDER_DELAYED"], **until) == []
    assert await actions(tenant, actor="nobody") == []
    assert await actions(tenant, source="%") == []
    assert await actions(tenant, actor="a\x00b", action=["\x00"], source="\x00") == []


async def test_the_trail_is_read_page_by_page(tenant: Tenant) -> None:
    for number in range(3):
        await tenant.shop.order(f"SO-{number}", TEA=1)
    loaded = {"action": ["ORDER_LOADED"]}

    first = await tenant.admin.data(TRAIL, filter=loaded, first=2)
    rest = await tenant.admin.data(TRAIL, filter=loaded, first=2, after=first["pageInfo"]["endCursor"])

    told = [entry["order"]["number"] for page in (first, rest) for entry in page["nodes"]]
    assert told == ["SO-2", "SO-1", "SO-0"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert rest["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_an_admin_reads_the_trail(tenant: Tenant, role: Role) -> None:
    answer = await tenant.caller(role).execute(TRAIL)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_orders_history_has_the_values_too(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=1)
    history = '{ order(number: "SO-1") { history { nodes { action before after order { number } } } } }'
    assert (await tenant.admin.data(history))["history"]["nodes"] == [
        {
            "action": "ORDER_LOADED",
            "before": None,
            "after": {"number": "SO-1", "distribution_center": 1},
            "order": {"number": "SO-1"},
        }
    ]


async def test_every_mutation_is_in_the_trail_with_what_it_changed(tenant: Tenant) -> None:
    story = await told_to_the_end(tenant)

    assert MUTATIONS is not None
    assert set(story.done) == set(MUTATIONS.fields)
    # A plan changes nothing: it is a question, and what comes of it is in the trail when it is applied.
    silent = [name for name, written in story.done.items() if not written]
    assert silent == ["planAllocation", "planReallocation"]


@pytest.mark.rule("F5")
async def test_every_mutation_is_told_to_subscribers(tenant: Tenant) -> None:
    story = await told_to_the_end(tenant)

    # Plans and printing change nothing, recomputing finds nothing to change; delivery logs are logs.
    untold = {name for name, topics in story.told.items() if not topics}
    assert untold == {
        "planAllocation",
        "planReallocation",
        "pingWebhookEndpoint",
        "printOrder",
        "recomputeBackOrders",
        "redeliverWebhook",
        "retryEmailDelivery",
    }


async def test_reference_data_that_is_sent_again_as_it_was_is_no_change(tenant: Tenant) -> None:
    story = Story(tenant)
    sku = {"code": "TEA", "name": "Tea", "barcode": "1", "replacementCode": "CUP"}
    await story.call("upsertSkus", input=[sku, {"code": "CUP", "name": "Cup"}])
    await story.call("upsertSkus", input=[sku])
    await story.call("upsertSkus", input=[{"code": "TEA", "name": "Green tea"}])

    entries = await tenant.shop.rows("SELECT before, after FROM audit_entries WHERE action = 'SKU_CHANGED'")
    assert story.done["upsertSkus"] == ["SKU_CREATED", "SKU_CREATED", "SKU_CHANGED"]
    assert [(json.loads(row["before"]), json.loads(row["after"])) for row in entries] == [
        (
            {"code": "TEA", "name": "Tea", "barcode": "1", "replacement": "CUP"},
            {"code": "TEA", "name": "Green tea", "barcode": None, "replacement": None},
        )
    ]
