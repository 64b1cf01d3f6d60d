"""Tokens of an issuer over HTTP, WebSocket and event streams: they open what ours do, and end as ours do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from redis.asyncio import Redis
from starlette.responses import Response

from api.app import create_app
from domain.settings import Settings
from domain.store.database import Database
from tests.api.transport.probe import probe
from tests.api.transport.serving import Server, code_of, events_of, server_of
from tests.oidc_issuer import OidcIssuer, ec_key, oidc_issuer
from tests.relaying import relaying
from tests.waiting import eventually, until

pytestmark = pytest.mark.anyio

CHANGED = "subscription { changed { number } }"
ENDED = "The token was revoked or has expired: connect again with a valid one."


@pytest.fixture
async def issuer() -> AsyncIterator[OidcIssuer]:
    async with oidc_issuer() as running:
        yield running


@asynccontextmanager
async def served(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[Server]:
    settings = settings.model_copy(update={"show_cost": False})
    app = create_app(settings, database=database, redis=redis, schema=probe)
    async with relaying(database, redis), server_of(app, settings, database) as running:
        yield running


@pytest.fixture
async def server(
    settings: Settings, database: Database, redis: Redis, issuer: OidcIssuer
) -> AsyncIterator[Server]:
    told = settings.model_copy(
        update={"oidc_issuer": issuer.url, "oidc_audience": ("backfill",), "oidc_leeway_seconds": 0}
    )
    async with served(told, database, redis) as running:
        yield running


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_of_the_issuer_opens_every_transport_and_ours_still_do(
    server: Server, issuer: OidcIssuer
) -> None:
    # As long as tokens get that say much of somebody.
    token = issuer.token(groups=[f"group number {number}" for number in range(150)])
    assert 3000 < len(token) < 8192
    own = {"data": {"client": server.client.id}}
    assert (await server.query("{ client }", **bearer(token))).json() == own
    assert (await server.query("{ client }")).json() == own
    async with server.socket(token) as socket:
        await socket.subscribe("1", "{ client }")
        assert (await socket.receive())["payload"] == own
    streamed = await server.query("{ client }", accept="text/event-stream", **bearer(token))
    assert f'"client":{server.client.id}' in streamed.text


@pytest.mark.parametrize(
    "changed", [{"aud": "else"}, {"backfill_client": "OTHER"}, {"backfill_role": "ROOT"}]
)
async def test_a_token_that_is_not_for_here_opens_none(
    server: Server, issuer: OidcIssuer, changed: dict[str, Any]
) -> None:
    token = issuer.token(**changed)
    for accept in ("application/json", "text/event-stream"):
        refused = await server.query("{ client }", accept=accept, **bearer(token))
        assert (refused.status_code, code_of(refused)) == (401, "UNAUTHENTICATED")
        assert token not in refused.text
    async with server.raw_socket() as socket:
        await socket.init({"authorization": f"Bearer {token}"})
        assert await socket.closed() == (4403, "Forbidden")


async def test_what_was_subscribed_to_ends_when_the_token_expires(server: Server, issuer: OidcIssuer) -> None:
    expires_at = datetime.now(UTC) + timedelta(minutes=10)
    token = issuer.token(exp=int(expires_at.timestamp()))
    sent = {"query": CHANGED}
    events = {"Accept": "text/event-stream", **bearer(token)}
    async with (
        server.socket(token) as socket,
        server.socket() as ours,
        server.http.stream("POST", "/graphql", json=sent, headers=events) as stream,
    ):
        await socket.subscribe("1", CHANGED)
        await ours.subscribe("1", CHANGED)
        await until(lambda: len(server.app.state.groups.members()) == 3)
        with time_machine.travel(expires_at):
            assert await socket.closed() == (4403, ENDED)
            told = [event async for event in events_of(stream)]
            assert [name for name, _ in told] == ["next", "complete"]
            assert told[0][1]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
            # The client's other subscribers stay.
            await server.commit(7)
            assert (await ours.receive())["payload"] == {"data": {"changed": {"number": 7}}}

            async def is_refused() -> bool:
                return (await server.query("{ client }", **bearer(token))).status_code == 401

            # What was known of it a moment ago may still be taken for true.
            await eventually(is_refused)


async def test_what_was_subscribed_to_ends_when_the_issuer_withdraws_the_key(
    server: Server, issuer: OidcIssuer
) -> None:
    token = issuer.token()
    async with server.socket(token) as socket:
        await socket.subscribe("1", CHANGED)
        await until(lambda: len(server.app.state.groups.members()) == 1)
        issuer.keys = [ec_key("second")]
        # The keys are fetched anew for the sake of one that nobody has seen yet.
        server.app.state.issuer.keys._looked_at = None
        assert (await server.query("{ client }", **bearer(issuer.token()))).status_code == 200
        assert await socket.closed() == (4403, ENDED)


async def test_sockets_are_counted_per_subject(
    settings: Settings, database: Database, redis: Redis, issuer: OidcIssuer
) -> None:
    told = settings.model_copy(
        update={"oidc_issuer": issuer.url, "oidc_audience": ("backfill",), "sockets_per_token": 1}
    )
    async with served(told, database, redis) as server:
        first, renewed = issuer.token(), issuer.token(jti="another token of hers")
        async with server.socket(first):
            async with server.raw_socket() as second:
                await second.init({"authorization": f"Bearer {renewed}"})
                assert (await second.closed())[0] == 1013
            async with server.socket(issuer.token(sub="bob")):
                pass


async def test_while_the_keys_can_not_be_had_everybody_is_told_to_come_again(
    settings: Settings, database: Database, redis: Redis, issuer: OidcIssuer
) -> None:
    issuer.answer = Response(status_code=500)
    told = settings.model_copy(update={"oidc_issuer": issuer.url, "oidc_audience": ("backfill",)})
    async with served(told, database, redis) as server:
        token = issuer.token()
        refused = await server.query("{ client }", **bearer(token))
        assert (refused.status_code, code_of(refused)) == (503, "SERVICE_UNAVAILABLE")
        assert refused.headers["retry-after"] == "1"
        async with server.raw_socket() as socket:
            await socket.init({"authorization": f"Bearer {token}"})
            assert (await socket.closed())[0] == 1013
        # Ours need no issuer.
        assert (await server.query("{ client }")).status_code == 200
        issuer.answer = None

        async def is_let_in() -> bool:
            return (await server.query("{ client }", **bearer(token))).status_code == 200

        await eventually(is_let_in)
