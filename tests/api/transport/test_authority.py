"""Who may ask: tokens over HTTP, and how soon they end."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.auth import Authenticator, bearer_token
from domain.bootstrap import create_client, create_token, find_tokens, revoke_token
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.store.database import Database
from tests.api.transport.serving import NOW, Server, code_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc ", "Bearer a.b-c_d~e+f/g=="])
async def test_a_bearer_token_is_found_in_the_header(header: str) -> None:
    assert bearer_token(header) == header.split()[1]


@pytest.mark.parametrize(
    "header",
    [
        *(
            None,
            "",
            "abc",
            "Basic abc",
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer ü",
            "Bearer " + "a" * 9000,
            3,
        ),
        # What is a "k" or an "s" for whoever takes small letters for large ones.
        *("Bearer \N{KELVIN SIGN}", "Bearer \N{LATIN SMALL LETTER LONG S}"),
    ],
)
async def test_anything_else_is_no_token(header: object) -> None:
    assert bearer_token(header) is None


async def test_without_a_valid_token_nothing_is_answered(server: Server) -> None:
    for authorization in ("", "Bearer", "Bearer wrong", f"Basic {server.token}", f"Bearer {server.token}x"):
        answer = await server.query("{ client }", authorization=authorization)
        assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == 'Bearer realm="Backfill"'
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
    unread = await server.post(b"not json", authorization="Bearer wrong")
    assert unread.status_code == 401


async def test_a_request_acts_for_its_tokens_client_and_says_where_it_came_from(server: Server) -> None:
    answer = await server.query("{ client source requestId }", x_request_id="order-7")
    assert answer.json() == {
        "data": {"client": server.client.id, "source": "127.0.0.1 order-7", "requestId": "order-7"}
    }


async def test_a_revoked_token_is_refused_within_seconds(server: Server) -> None:
    clock = _Clock()
    authenticator = Authenticator(server.database, keep_seconds=3, clock=clock)
    known = Authority(client_id=server.client.id, role=Role.OPERATOR, actor="till", source="a", credential=1)
    assert await authenticator.authority(server.token, source="a") == known
    (token,) = await find_tokens(server.database, client_id=server.client.id)
    await revoke_token(server.database, client_id=server.client.id, token_id=token.id, now=NOW)
    clock.seconds = 2.9
    assert await authenticator.authority(server.token, source="a") == known
    clock.seconds = 3.0
    assert await authenticator.authority(server.token, source="a") is None


async def test_an_expired_token_is_none(database: Database) -> None:
    client = await create_client(database, code="ACME", name="Acme", now=NOW)
    now = datetime.now(UTC)
    tokens = [
        await create_token(
            database,
            client_id=client.id,
            role=Role.VIEWER,
            label="x",
            now=now,
            expires_at=now + timedelta(days=days),
        )
        for days in (-1, 1)
    ]
    authenticator = Authenticator(database)
    admitted = [await authenticator.authority(token, source=None) is not None for token in tokens]
    assert admitted == [False, True]


async def test_as_many_tokens_are_remembered_as_there_is_room_for(database: Database) -> None:
    client = await create_client(database, code="ACME", name="Acme", now=NOW)
    authenticator = Authenticator(database, keep_seconds=1000, capacity=1)
    tokens = [
        await create_token(database, client_id=client.id, role=Role.VIEWER, label=label, now=NOW)
        for label in "ab"
    ]
    for token in tokens:
        assert await authenticator.authority(token, source=None)
    for known in await find_tokens(database, client_id=client.id):
        await revoke_token(database, client_id=client.id, token_id=known.id, now=NOW)
    remembered = [await authenticator.authority(token, source=None) is not None for token in reversed(tokens)]
    assert remembered == [True, False]


async def test_tokens_are_never_logged(
    server: Server, caplog: pytest.LogCaptureFixture, logged: list[MutableMapping[str, Any]]
) -> None:
    with caplog.at_level(logging.DEBUG):
        await server.query("{ client perhaps }")
        await server.query("{ client }", authorization="Bearer wrong-secret")
        async with server.socket() as socket:
            await socket.subscribe("1", "{ perhaps }")
            await socket.receive()
    # What the tests' own WebSocket client logs is not the program's affair.
    own = [record.getMessage() for record in caplog.records if record.name != "websockets.client"]
    assert [entry["event"] for entry in logged].count("unexpected_error") == 2
    assert not [line for line in [*own, str(logged)] if server.token in line or "wrong-secret" in line]


class _Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds
