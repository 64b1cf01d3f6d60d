"""Refusals of authority are in the audit trail, for administrators to see, and nobody can fill it (F11)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.auth import Authenticator
from api.ids import encode_id
from api.refusal_trail import RefusalTrail
from domain.bootstrap import create_token, find_tokens, revoke_token
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.store.database import Database
from tests.api.conftest import Tenant
from tests.builders import NOW

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F11")]

TRAIL = """
query ($action: [String!]) {
  auditTrail(filter: { action: $action }) { nodes { actor action summary before after source } }
}
"""
SETTINGS = "mutation { updateClientSettings(input: { holdHours: 1 }) { userErrors { code } } }"


async def entries(tenant: Tenant, *actions: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await tenant.admin.data(TRAIL, action=actions))["nodes"]
    return found


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_role_that_does_not_suffice_is_in_the_trail(tenant: Tenant) -> None:
    viewer = tenant.caller(Role.VIEWER)
    refused = await viewer.data(SETTINGS)
    await viewer.execute("{ apiTokens { totalCount } }")
    await viewer.execute("{ auditTrail { totalCount } }")

    assert refused["userErrors"] == [{"code": "FORBIDDEN"}]
    found = await entries(tenant, "ROLE_REFUSED")
    assert [entry["after"]["field"] for entry in found] == [
        "auditTrail",
        "apiTokens",
        "updateClientSettings",
    ]
    assert found[-1] == {
        "actor": "tester",
        "action": "ROLE_REFUSED",
        "summary": "updateClientSettings was refused: it takes ADMIN, not VIEWER.",
        "before": None,
        "after": {
            "field": "updateClientSettings",
            "role": "VIEWER",
            "takes": ["ADMIN"],
            "notRecordedBefore": 0,
        },
        "source": None,
    }


async def test_an_id_that_the_client_has_not_is_in_the_trail(tenant: Tenant, other_tenant: Tenant) -> None:
    theirs = encode_id("Order", await other_tenant.shop.order("SO-1", TEA=1))
    refused = await tenant.admin.data(
        "mutation ($id: ID!) { confirmOrder(id: $id) { userErrors { code } } }", id=theirs
    )
    inside = await tenant.admin.data(
        "mutation ($input: WebhookEndpointInput!) { saveWebhookEndpoint(input: $input) "
        "{ userErrors { code path } } }",
        input={
            "name": "ERP",
            "url": "https://erp.example/",
            "events": ["ORDER_CHANGED"],
            "distributionCenterId": encode_id("DistributionCenter", 4711),
        },
    )
    await tenant.admin.data(
        "mutation ($ids: [ID!]!) { setBackOrderMark(orderIds: $ids, mark: BACK_ORDER) "
        "{ userErrors { code } } }",
        ids=[encode_id("Order", await tenant.shop.order("SO-2", TEA=1)), theirs],
    )
    # What has a number of the client's own, and is not there, is a slip of the pen.
    await tenant.admin.data(
        'mutation { loadSalesOrderCancel(salesOrderNumber: "SO-1") { userErrors { code } } }'
    )

    assert refused["userErrors"] == [{"code": "NOT_FOUND"}]
    assert inside["userErrors"][0]["code"] == "NOT_FOUND"
    found = await entries(tenant, "ID_REFUSED")
    assert [
        (entry["after"]["field"], entry["after"]["argument"], entry["after"]["id"]) for entry in found
    ] == [
        ("setBackOrderMark", "orderIds.1", theirs),
        ("saveWebhookEndpoint", "input.distributionCenterId", encode_id("DistributionCenter", 4711)),
        ("confirmOrder", "id", theirs),
    ]
    assert await entries(other_tenant, "ID_REFUSED") == [], "whose it is learns nothing of who asked"


@pytest.mark.parametrize(
    "ids", ['"{theirs}"', '["{theirs}"]', '["{theirs}", "{theirs}"]'], ids=["no brackets", "one", "two"]
)
async def test_an_id_is_in_the_trail_however_its_list_is_written(
    tenant: Tenant, other_tenant: Tenant, ids: str
) -> None:
    theirs = encode_id("Order", await other_tenant.shop.order("SO-1", TEA=1))
    await tenant.admin.data(
        f"mutation {{ setBackOrderMark(orderIds: {ids.format(theirs=theirs)}, mark: BACK_ORDER) "
        "{ userErrors { code } } }"
    )
    (entry,) = await entries(tenant, "ID_REFUSED")
    assert (entry["after"]["argument"], entry["after"]["id"]) == ("orderIds.0", theirs)


@pytest.mark.parametrize("ended", ["revoked", "expired"])
async def test_a_token_that_has_ended_is_in_the_trail_of_its_client(tenant: Tenant, ended: str) -> None:
    database, client_id = tenant.shop.database, tenant.shop.client_id
    now = datetime.now(UTC)
    expires_at = now - timedelta(days=1) if ended == "expired" else None
    secret = await create_token(
        database, client_id=client_id, role=Role.ADMIN, label="old till", now=NOW, expires_at=expires_at
    )
    if ended == "revoked":
        (token,) = await find_tokens(database, client_id=client_id)
        await revoke_token(database, client_id=client_id, token_id=token.id, now=NOW)
    authenticator = Authenticator(database)
    for _ in range(3):
        assert await authenticator.authority(secret, source="192.0.2.7 r-1") is None
    assert await authenticator.authority("bf_unknown", source="192.0.2.7 r-2") is None

    (entry,) = await entries(tenant, "TOKEN_REFUSED")
    assert (entry["actor"], entry["source"]) == ("old till", "192.0.2.7 r-1")
    assert ended in entry["after"]["reason"]
    assert secret not in json.dumps(entry)


async def test_the_same_refusal_is_told_once_a_minute_with_how_often_it_was_not(tenant: Tenant) -> None:
    clock = Clock()
    trail = RefusalTrail(clock=clock)
    for seconds in (0.0, 1.0, 59.0, 60.0):
        clock.seconds = seconds
        await refuse(trail, tenant, "updateClientSettings")

    found = await entries(tenant, "ROLE_REFUSED")
    assert [entry["after"]["notRecordedBefore"] for entry in found] == [2, 0]


async def test_a_client_has_no_more_than_an_hours_worth_of_refusals_at_once(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    clock = Clock()
    trail = RefusalTrail(clock=clock)
    for number in range(100):
        await refuse(trail, tenant, f"field{number}")
    await refuse(trail, other_tenant, "field")
    assert await tenant.shop.value("SELECT count(*) FROM audit_entries WHERE action = 'ROLE_REFUSED'") == 61
    assert len(await entries(other_tenant, "ROLE_REFUSED")) == 1
    clock.seconds = 60.0
    await refuse(trail, tenant, "another")
    assert (await entries(tenant, "ROLE_REFUSED"))[0]["after"]["notRecordedBefore"] == 40
    await refuse(trail, tenant, "and another")
    assert (await entries(tenant, "ROLE_REFUSED"))[0]["after"]["field"] == "another"


async def test_a_refusal_is_one_though_it_can_not_be_recorded(tenant: Tenant) -> None:
    gone = await Database.open("postgresql://nobody@127.0.0.1:1/none", min_size=0)
    try:
        await RefusalTrail().role_refused(
            gone, authority(tenant), field="updateClientSettings", takes=["ADMIN"], now=NOW
        )
    finally:
        await gone.close()
    assert await entries(tenant, "ROLE_REFUSED") == []


def authority(tenant: Tenant) -> Authority:
    return Authority(client_id=tenant.shop.client_id, role=Role.VIEWER, actor="ada")


async def refuse(trail: RefusalTrail, tenant: Tenant, field: str) -> None:
    await trail.role_refused(tenant.shop.database, authority(tenant), field=field, takes=["ADMIN"], now=NOW)
