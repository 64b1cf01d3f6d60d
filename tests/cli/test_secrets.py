"""The whole program, at its most talkative, logs nothing that opens anything, whoever says it wherever."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from domain.settings import Settings
from tests.cli.running import TOKEN, Served, backfill, environment, serving
from tests.oidc_issuer import OidcIssuer, oidc_issuer

pytestmark = pytest.mark.anyio

WRONG = "bf_the-token-of-somebody-else"
PASSWORD = "hunter2-and-more"


@asynccontextmanager
async def talkative(settings: Settings, issuer: OidcIssuer) -> AsyncIterator[Served]:
    told = {"LOG_LEVEL": "debug", "OIDC_ISSUER": issuer.url, "OIDC_AUDIENCE": "backfill"}
    env = environment(settings, embedded=False)
    async with serving(env={**env, **{f"BACKFILL_{name}": value for name, value in told.items()}}) as served:
        yield served


@asynccontextmanager
async def socket_of(served: Served) -> AsyncIterator[ClientConnection]:
    url = str(served.api.base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        yield socket


async def say_over_sockets(served: Served, *tokens: str) -> None:
    """Every token in a payload that is right, in some that are not, and in messages that are none."""
    for token in tokens:
        for message in (
            {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}},
            {"type": "connection_init", "payload": {"authorization": {"Bearer": token}}},
            {"type": "connection_init", "payload": token},
            {"type": f"Bearer {token}"},
            f"Bearer {token}",
        ):
            async with socket_of(served) as socket:
                with suppress(ConnectionClosed):
                    await socket.send(message if isinstance(message, str) else json.dumps(message))
                    await socket.send(
                        json.dumps(
                            {"id": "1", "type": "subscribe", "payload": {"query": "{ client { no } }"}}
                        )
                    )
                    await socket.recv()
                    await socket.recv()


async def say_over_http(served: Served, *tokens: str) -> None:
    """Every token in the header of requests that are answered, refused and broken."""
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}"}
        for content in (b'{"query": "{ client { code } }"}', b'{"query": "{ nothing }"}', b"no JSON"):
            with suppress(httpx.HTTPError):
                typed = {**headers, "Content-Type": "application/json"}
                await served.api.post("/graphql", content=content, headers=typed)
        await served.api.get("/print/order/none", headers=headers)
        # Where no token belongs; who puts it there finds it in logs of servers in between, but not in ours.
        await served.api.get("/graphql", params={"query": "{ client { code } }", "token": token})


async def test_no_secret_is_logged_whoever_says_it_and_wherever(settings: Settings) -> None:
    async with oidc_issuer() as issuer, talkative(settings, issuer) as served:
        good, bad = issuer.token(backfill_client="DEMO"), issuer.token(aud="else")
        made = (
            await served.query(
                'mutation { createApiToken(role: VIEWER, label: "till") { secret } saveWebhookEndpoint('
                'input: {name: "ERP", url: "https://erp.example/", events: [ORDER_CHANGED]}) { secret } }'
            )
        ).values()
        secrets = [payload["secret"] for payload in made]
        told = [TOKEN, WRONG, good, bad, *secrets]
        await say_over_http(served, *told)
        await say_over_sockets(served, *told)

    everything = "".join(served.logged)
    assert "auth.refused" in everything, "a program that tells nothing proves nothing"
    for secret in told:
        # What a JSON Web Token says can be read without a key; its signature is the secret.
        assert secret.rpartition(".")[2].removeprefix("whsec_") not in everything


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", f"postgresql://shop:{PASSWORD}@127.0.0.1:1/backfill"),
        ("DATABASE_URL", f"postgresql://shop:{PASSWORD}@no-such-host.invalid/backfill"),
        ("REDIS_URL", f"redis://:{PASSWORD}@127.0.0.1:1"),
        ("SMTP_URL", f"smtp://shop:{PASSWORD}@127.0.0.1:1"),
        ("TRACES_URL", f"file://shop:{PASSWORD}@127.0.0.1:1"),
    ],
)
async def test_the_password_of_a_server_that_can_not_be_used_is_not_told(
    settings: Settings, name: str, url: str
) -> None:
    env = environment(settings, embedded=False)
    told = {"LOG_LEVEL": "debug", name: url, "SMTP_SENDER": "a@acme.example"}
    env |= {f"BACKFILL_{variable}": value for variable, value in told.items()}
    for words in (("doctor",), ("client", "list")):
        ended = await backfill(*words, env=env)
        assert words != ("doctor",) or name.partition("_")[0].lower() in (ended.output + ended.errors).lower()
        assert PASSWORD not in ended.output + ended.errors
