"""What every response carries: the request's id, and headers that keep browsers careful."""

from __future__ import annotations

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from redis.asyncio import Redis

from api.app import create_app
from domain.bootstrap import create_client, create_token
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from tests.api.transport.probe import WAITING, probe
from tests.api.transport.serving import NOW, Server, code_of, serve, server_of
from tests.waiting import until

pytestmark = pytest.mark.anyio

PAGE = "https://shop.example"


async def test_a_sane_request_id_is_kept_and_any_other_replaced(server: Server) -> None:
    for given in ("a", "order-7", "2026:03/02.8_x=", "a" * 128):
        answer = await server.query("{ requestId }", x_request_id=given)
        assert answer.headers["x-request-id"] == answer.json()["data"]["requestId"] == given
    for given in ("", "a b", "a\tb", "<script>", "ü", "a" * 129):
        answer = await server.http.get("/healthz", headers=[(b"X-Request-Id", given.encode())])
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_whatever_is_logged_for_a_request_carries_its_id(
    server: Server, logged: list[MutableMapping[str, Any]]
) -> None:
    await server.query("{ perhaps }", x_request_id="seven")
    (entry,) = [entry for entry in logged if entry["event"] == "unexpected_error"]
    assert entry["request_id"] == "seven"


async def test_refusals_carry_the_id_and_the_headers_too(server: Server) -> None:
    for path in ("/graphql", "/healthz", "/nowhere"):
        answer = await server.http.get(path, headers={"X-Request-Id": "seven"})
        assert answer.headers["x-request-id"] == "seven"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert "server" not in answer.headers


async def test_answers_are_kept_by_nobody(server: Server) -> None:
    answer = await server.query("{ client }")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept, Authorization"


async def test_who_waits_when_the_server_has_to_stop_is_told_to_ask_again(
    settings: Settings, database: Database, redis: Redis
) -> None:
    told = settings.model_copy(update={"shutdown_seconds": 1})
    app = create_app(told, database=database, redis=redis, schema=probe)
    client = await create_client(database, code="ACME", name="Acme", now=NOW)
    token = await create_token(database, client_id=client.id, role=Role.OPERATOR, label="till", now=NOW)
    async with httpx.AsyncClient(timeout=60) as http:
        async with serve(app, told) as port:
            base = f"http://127.0.0.1:{port}"
            await http.get(f"{base}/healthz")
            asking = asyncio.create_task(
                http.post(
                    f"{base}/graphql",
                    json={"query": "{ waits(seconds: 600) }"},
                    headers={"Authorization": f"Bearer {token}"},
                )
            )
            await until(lambda: bool(WAITING))
        answer = await asking
    assert (answer.status_code, code_of(answer)) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_pages_of_other_origins_are_not_told_anything(server: Server) -> None:
    answer = await server.query("{ client }", origin=PAGE)
    assert "access-control-allow-origin" not in answer.headers


def test_origins_are_allowed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKFILL_ALLOWED_ORIGINS", f"{PAGE}, http://localhost:5173")
    assert Settings().allowed_origins == (PAGE, "http://localhost:5173")
    for wrong in ("*", "shop.example", f"{PAGE}/", f"{PAGE},ftp://shop.example"):
        monkeypatch.setenv("BACKFILL_ALLOWED_ORIGINS", wrong)
        with pytest.raises(ValidationError, match="must be origins"):
            Settings()


async def test_allowed_origins_may_use_everything(
    settings: Settings, database: Database, redis: Redis
) -> None:
    told = settings.model_copy(update={"allowed_origins": (PAGE,)})
    app = create_app(told, database=database, redis=redis, schema=probe)
    async with server_of(app, told, database) as server:
        asked_first = await server.http.options(
            "/graphql",
            headers={
                "Origin": PAGE,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, content-type",
            },
        )
        assert asked_first.status_code == 200
        answer = await server.query("{ client }", origin=PAGE)
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert (await server.query("{ client }", origin="https://elsewhere.example")).status_code == 200
        async with server.raw_socket(origin=PAGE):
            pass
