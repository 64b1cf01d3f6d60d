"""API tokens through the API: administrators make and revoke them, and nobody sees a secret twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.auth import Authenticator
from api.ids import encode_id
from domain.bootstrap import create_token, find_tokens
from domain.operations.api_tokens import hash_of
from domain.rules.vocabulary import Role
from domain.store.api_tokens import note_use, with_hash
from tests.api.conftest import Tenant
from tests.builders import NOW

pytestmark = pytest.mark.anyio

CREATE = """
mutation ($role: Role!, $label: String!, $expiresAt: DateTime, $idempotencyKey: String) {
  createApiToken(role: $role, label: $label, expiresAt: $expiresAt, idempotencyKey: $idempotencyKey) {
    secret
    apiToken { id label role createdAt lastUsedAt expiresAt revokedAt valid }
    userErrors { code path message }
  }
}
"""
REVOKE = """
mutation ($id: ID!) {
  revokeApiToken(id: $id) { apiToken { label valid revokedAt } userErrors { code path } }
}
"""
LIST = "{ apiTokens { totalCount nodes { id label role valid lastUsedAt } } }"


async def created(tenant: Tenant, **told: Any) -> Any:
    return await tenant.admin.data(CREATE, **{"role": "VIEWER", "label": "till", **told})


async def test_a_token_is_made_and_opens_what_its_role_may(tenant: Tenant) -> None:
    answer = await created(tenant, role="SCANNER", label="scanner 7", expiresAt="2090-01-01T00:00:00Z")

    secret, token = answer["secret"], answer["apiToken"]
    assert answer["userErrors"] == []
    assert (token["label"], token["role"], token["valid"]) == ("scanner 7", "SCANNER", True)
    assert (token["expiresAt"], token["lastUsedAt"]) == ("2090-01-01T00:00:00Z", None)
    admitted = await Authenticator(tenant.shop.database).authority(secret, source="a")
    assert admitted is not None
    assert (admitted.client_id, admitted.role, admitted.actor) == (
        tenant.shop.client_id,
        Role.SCANNER,
        "scanner 7",
    )
    (listed,) = (await tenant.admin.data(LIST))["nodes"]
    assert listed["id"] == token["id"]
    assert listed["lastUsedAt"] is not None


@pytest.mark.rule("F6")
async def test_a_repetition_is_told_the_token_and_not_its_secret_which_is_kept_nowhere(
    tenant: Tenant,
) -> None:
    first = await created(tenant, idempotencyKey="k")
    again = await created(tenant, idempotencyKey="k")
    other = await created(tenant, idempotencyKey="k", label="another")

    assert first["secret"].startswith("bf_")
    assert (again["secret"], again["apiToken"]) == (None, first["apiToken"])
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert (await tenant.admin.data(LIST))["totalCount"] == 1
    kept = await tenant.shop.rows(
        "SELECT t::text AS row FROM idempotency_keys AS t UNION ALL SELECT t::text FROM audit_entries AS t "
        "UNION ALL SELECT t::text FROM event_outbox AS t UNION ALL SELECT t::text FROM api_tokens AS t"
    )
    assert len(kept) > 2
    assert not [row for row in kept if first["secret"].removeprefix("bf_") in row["row"]]


@pytest.mark.rule("F11")
async def test_a_revoked_token_opens_nothing_and_stays_in_the_list(tenant: Tenant) -> None:
    answer = await created(tenant)

    revoked = await tenant.admin.data(REVOKE, id=answer["apiToken"]["id"])
    again = await tenant.admin.data(REVOKE, id=answer["apiToken"]["id"])

    assert revoked["apiToken"]["valid"] is False
    assert again == revoked, "revoked once, whoever asks again"
    assert await Authenticator(tenant.shop.database).authority(answer["secret"], source=None) is None
    (listed,) = (await tenant.admin.data(LIST))["nodes"]
    assert (listed["label"], listed["valid"]) == ("till", False)
    entries = await tenant.shop.rows("SELECT action, actor FROM audit_entries ORDER BY id")
    told = [(entry["action"], entry["actor"]) for entry in entries]
    assert told[-3:-1] == [("TOKEN_CREATED", "tester"), ("TOKEN_REVOKED", "tester")]
    assert told[-1] == ("TOKEN_REFUSED", "till"), "using it afterwards is in the trail as well"


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"label": ""}, ["label"]),
        ({"label": "x" * 256}, ["label"]),
        ({"label": "oidc:ada"}, ["label"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ["expiresAt"]),
    ],
)
async def test_what_can_be_no_token_is_refused(tenant: Tenant, told: dict[str, Any], path: list[str]) -> None:
    answer = await created(tenant, **told)
    assert [(error["code"], error["path"]) for error in answer["userErrors"]] == [("INVALID_INPUT", path)]
    assert (answer["secret"], answer["apiToken"]) == (None, None)
    assert await find_tokens(tenant.shop.database, client_id=tenant.shop.client_id) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_an_admin_sees_makes_and_revokes_tokens(tenant: Tenant, role: Role) -> None:
    made = await created(tenant)
    caller = tenant.caller(role)

    listed = await caller.execute(LIST)
    refused = [
        await caller.data(CREATE, role="ADMIN", label="mine"),
        await caller.data(REVOKE, id=made["apiToken"]["id"]),
    ]
    reached = await caller.data("query ($id: ID!) { node(id: $id) { id } }", id=made["apiToken"]["id"])

    assert listed["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert [answer["userErrors"][0]["code"] for answer in refused] == ["FORBIDDEN", "FORBIDDEN"]
    assert reached is None, "a token is no node"
    (token,) = await find_tokens(tenant.shop.database, client_id=tenant.shop.client_id)
    assert token.revoked_at is None


async def test_another_clients_token_is_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    made = await created(tenant)
    answer = await other_tenant.admin.data(REVOKE, id=made["apiToken"]["id"])
    assert answer == {"apiToken": None, "userErrors": [{"code": "NOT_FOUND", "path": ["id"]}]}
    assert (await other_tenant.admin.data(LIST))["nodes"] == []
    assert (await tenant.admin.data(LIST))["nodes"][0]["valid"] is True


async def test_when_a_token_was_used_is_noted_now_and_then(tenant: Tenant) -> None:
    database, client_id = tenant.shop.database, tenant.shop.client_id
    secret = await create_token(database, client_id=client_id, role=Role.VIEWER, label="x", now=NOW)
    long_ago = datetime.now(UTC) - timedelta(minutes=6)
    lately = datetime.now(UTC) - timedelta(minutes=4)
    used = []
    for before in (long_ago, lately):
        await tenant.shop.write("UPDATE api_tokens SET last_used_at = $1", before)
        await Authenticator(database).authority(secret, source=None)
        (token,) = await find_tokens(database, client_id=client_id)
        used.append(token.last_used_at)
    assert used[0] is not None
    assert used[0] > lately
    assert used[1] == lately


async def test_to_note_a_use_waits_neither_for_the_disk_nor_for_who_changes_the_token(tenant: Tenant) -> None:
    database, client_id = tenant.shop.database, tenant.shop.client_id
    secret = await create_token(database, client_id=client_id, role=Role.VIEWER, label="x", now=NOW)
    async with database.transaction_across_clients() as transaction:
        token = await with_hash(transaction.sql, token_hash=hash_of(secret))
        assert token is not None
        await transaction.sql.execute("SET LOCAL synchronous_commit = on")
        await note_use(transaction.sql, token, now=NOW)
        assert await transaction.sql.fetchval("SHOW synchronous_commit") == "off"
        async with asyncio.timeout(60):
            assert await Authenticator(database).authority(secret, source=None) is not None
    (listed,) = await find_tokens(database, client_id=client_id)
    assert listed.last_used_at == NOW


async def test_tokens_that_never_were_are_told_apart_from_ids_that_are_none(tenant: Tenant) -> None:
    never = await tenant.admin.data(REVOKE, id=encode_id("ApiToken", 4711))
    other = await tenant.admin.data(REVOKE, id=encode_id("Order", 1))
    codes = [answer["userErrors"][0]["code"] for answer in (never, other)]
    assert codes == ["NOT_FOUND", "INVALID_INPUT"]
