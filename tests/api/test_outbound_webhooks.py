"""Endpoints of outbound webhooks and their delivery log through the API."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.webhook_endpoints import MOST_ENDPOINTS
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.webhook_receiver import delivered, webhook_receiver

pytestmark = pytest.mark.anyio

SAVE = """
mutation Save($id: ID, $input: WebhookEndpointInput!, $key: String) {
  saveWebhookEndpoint(id: $id, input: $input, idempotencyKey: $key) {
    secret
    endpoint { id name url events enabled disabledReason circuit failures oldSecretUntil
               distributionCenter { code } }
    userErrors { code message path }
  }
}
"""
ROTATE = """
mutation Rotate($id: ID!, $hours: Int, $key: String) {
  rotateWebhookSecret(id: $id, overlapHours: $hours, idempotencyKey: $key) {
    secret endpoint { oldSecretUntil } userErrors { code path }
  }
}
"""
DELETE = "mutation Delete($id: ID!) { deleteWebhookEndpoint(id: $id) { deletedId userErrors { code path } } }"
PING = """
mutation Ping($id: ID!) {
  pingWebhookEndpoint(id: $id) { delivery { id type status attempts } userErrors { code path } }
}
"""
AGAIN = """
mutation Again($id: ID!) {
  redeliverWebhook(id: $id) { delivery { status attempts } userErrors { code message path } }
}
"""
ENDPOINTS = "{ webhookEndpoints { totalCount nodes { name events } } }"
LOG = """
query Log($filter: WebhookDeliveryFilter, $first: Int, $after: String) {
  webhookDeliveries(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id event type status messageId body attempts responseStatus reason nextAttemptAt
            endpoint { name } }
  }
}
"""
ERP = {"name": "ERP", "url": "https://erp.example/hooks", "events": ["PROMISE_CHANGED", "ORDER_CHANGED"]}


async def saved(tenant: Tenant, *, endpoint: str | None = None, key: str | None = None, **told: Any) -> Any:
    """The answer of saving an endpoint."""
    return await tenant.admin.data(SAVE, id=endpoint, input={**ERP, **told}, key=key)


async def test_an_endpoint_is_created_with_a_secret_changed_and_deleted(tenant: Tenant) -> None:
    center = encode_id("DistributionCenter", 1)
    created = await saved(tenant, distributionCenterId=center)
    endpoint = created["endpoint"]
    assert created["userErrors"] == []
    assert created["secret"].startswith("whsec_")
    assert endpoint == {
        "id": encode_id("WebhookEndpoint", 1),
        "name": "ERP",
        "url": "https://erp.example/hooks",
        "events": ["ORDER_CHANGED", "PROMISE_CHANGED"],
        "enabled": True,
        "disabledReason": None,
        "circuit": "CLOSED",
        "failures": 0,
        "oldSecretUntil": None,
        "distributionCenter": {"code": "MAIN"},
    }

    changed = await saved(
        tenant, endpoint=endpoint["id"], name="SAP", events=["STOCK_LEVEL_CHANGED"], enabled=False
    )
    assert changed["secret"] is None
    assert (changed["endpoint"]["name"], changed["endpoint"]["enabled"]) == ("SAP", False)
    assert changed["endpoint"]["distributionCenter"] is None
    viewer = tenant.caller(Role.VIEWER)
    assert await viewer.data(ENDPOINTS) == {
        "totalCount": 1,
        "nodes": [{"name": "SAP", "events": ["STOCK_LEVEL_CHANGED"]}],
    }
    assert await tenant.admin.data(DELETE, id=endpoint["id"]) == {
        "deletedId": endpoint["id"],
        "userErrors": [],
    }
    assert (await tenant.admin.data(ENDPOINTS))["totalCount"] == 0
    actions = await tenant.shop.tuples(
        "SELECT action FROM audit_entries WHERE action ~ 'WEBHOOK' ORDER BY id"
    )
    assert actions == [
        ("WEBHOOK_ENDPOINT_SAVED",),
        ("WEBHOOK_ENDPOINT_SAVED",),
        ("WEBHOOK_ENDPOINT_DELETED",),
    ]


async def test_a_secret_is_shown_by_the_call_that_made_it_and_kept_nowhere_else(tenant: Tenant) -> None:
    first = await saved(tenant, key="once")
    again = await saved(tenant, key="once")
    assert again == first
    secret = first["secret"]
    kept = await tenant.shop.tuples("SELECT answer::text FROM idempotency_keys")
    told = await tenant.shop.tuples("SELECT before::text, after::text FROM audit_entries")
    assert secret not in str((kept, told))

    rotated = await tenant.admin.data(ROTATE, id=first["endpoint"]["id"], hours=1, key="twice")
    assert rotated["secret"] not in (secret, None)
    assert rotated["endpoint"]["oldSecretUntil"] is not None
    # The first call can't show what it made any more: that is not the secret now.
    assert (await saved(tenant, key="once"))["secret"] is None
    at_once = await tenant.admin.data(ROTATE, id=first["endpoint"]["id"], hours=0)
    assert at_once["endpoint"]["oldSecretUntil"] is None
    assert await tenant.shop.value("SELECT previous_secret FROM webhook_endpoints") is None


@pytest.mark.parametrize(
    ("told", "code", "path"),
    [
        ({"name": " ERP"}, "INVALID_INPUT", "name"),
        ({"url": "ftp://erp.example/"}, "INVALID_INPUT", "url"),
        ({"url": "https://user@erp.example/"}, "INVALID_INPUT", "url"),
        ({"url": "https://erp.example/#top"}, "INVALID_INPUT", "url"),
        ({"events": []}, "INVALID_INPUT", "events"),
        ({"events": ["PING"]}, "INVALID_INPUT", "events"),
        ({"distributionCenterId": encode_id("DistributionCenter", 99)}, "NOT_FOUND", "distributionCenterId"),
    ],
)
async def test_an_endpoint_that_could_not_work_is_refused(
    tenant: Tenant, told: dict[str, Any], code: str, path: str
) -> None:
    answer = await saved(tenant, **told)

    (error,) = answer["userErrors"]
    assert (error["code"], error["path"]) == (code, ["input", path])
    assert (answer["endpoint"], answer["secret"]) == (None, None)
    assert await tenant.shop.value("SELECT count(*) FROM webhook_endpoints") == 0


async def test_names_are_unique_and_there_are_not_endlessly_many(tenant: Tenant) -> None:
    for number in range(MOST_ENDPOINTS):
        assert (await saved(tenant, name=f"ERP {number}"))["userErrors"] == []

    (taken,) = (await saved(tenant, name="ERP 0"))["userErrors"]
    (too_many,) = (await saved(tenant, name="One more"))["userErrors"]

    assert (taken["code"], taken["path"]) == ("DUPLICATE", ["input", "name"])
    assert (too_many["code"], too_many["message"][:26]) == ("INVALID_INPUT", "A client has at most 20 we")


async def test_the_log_shows_what_was_delivered_what_waits_and_why_and_sends_again(tenant: Tenant) -> None:
    shop = tenant.shop
    async with webhook_receiver() as receiver:
        endpoint = (await saved(tenant, url=receiver.url, events=["ORDER_CHANGED"]))["endpoint"]["id"]
        ping = (await tenant.admin.data(PING, id=endpoint))["delivery"]
        assert (ping["type"], ping["status"], ping["attempts"]) == ("ping", "PENDING", 0)
        await shop.order("SO-1", TEA=1)
        await shop.order("SO-2", TEA=1)
        receiver.of_order = {"SO-2": [503]}
        await delivered(shop, 1)

        log = await tenant.admin.data(LOG, first=2)
        assert (log["totalCount"], log["pageInfo"]["hasNextPage"]) == (3, True)
        waiting, sent = log["nodes"]
        assert (waiting["status"], waiting["responseStatus"]) == ("PENDING", 503)
        assert waiting["reason"] == "It answered with the status 503."
        assert waiting["nextAttemptAt"] is not None
        assert (sent["status"], sent["type"], sent["endpoint"]) == (
            "DELIVERED",
            "order.changed",
            {"name": "ERP"},
        )
        assert sent["messageId"] in receiver.ids
        assert '"number":"SO-1"' in sent["body"]
        rest = await tenant.admin.data(LOG, after=log["pageInfo"]["endCursor"])
        assert [node["event"] for node in rest["nodes"]] == ["PING"]
        only = {"status": ["PENDING"], "event": ["ORDER_CHANGED"], "endpointId": endpoint}
        assert (await tenant.admin.data(LOG, filter=only))["totalCount"] == 1

        again = await tenant.admin.data(AGAIN, id=sent["id"])
        assert again == {"delivery": {"status": "PENDING", "attempts": 0}, "userErrors": []}
        old_test = await tenant.admin.data(AGAIN, id=ping["id"])
        assert old_test["userErrors"][0]["code"] == "NOTHING_TO_DO"
        await saved(tenant, endpoint=endpoint, enabled=False)
        off = await tenant.admin.data(AGAIN, id=sent["id"])
        assert off["userErrors"][0]["code"] == "FEATURE_DISABLED"


async def test_only_admins_have_a_say_about_webhooks(tenant: Tenant) -> None:
    endpoint = (await saved(tenant))["endpoint"]["id"]
    operator = tenant.caller(Role.OPERATOR)

    answers = [
        await operator.data(SAVE, input=ERP),
        await operator.data(ROTATE, id=endpoint),
        await operator.data(DELETE, id=endpoint),
        await operator.data(PING, id=endpoint),
        await operator.data(AGAIN, id=encode_id("WebhookDelivery", 1)),
    ]

    assert [answer["userErrors"][0]["code"] for answer in answers] == ["FORBIDDEN"] * 5


async def test_another_client_sees_and_changes_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    endpoint = (await saved(tenant))["endpoint"]["id"]
    await tenant.admin.data(PING, id=endpoint)
    stranger = other_tenant.admin

    answers = [
        await stranger.data(SAVE, id=endpoint, input=ERP),
        await stranger.data(ROTATE, id=endpoint),
        await stranger.data(DELETE, id=endpoint),
        await stranger.data(PING, id=endpoint),
        await stranger.data(AGAIN, id=encode_id("WebhookDelivery", 1)),
    ]

    assert [answer["userErrors"][0]["code"] for answer in answers] == ["NOT_FOUND"] * 5
    assert (await stranger.data(ENDPOINTS))["totalCount"] == 0
    assert (await stranger.data(LOG))["totalCount"] == 0
    assert await tenant.shop.value("SELECT count(*) FROM webhook_deliveries") == 1
