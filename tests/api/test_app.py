"""The application as it is served: its own schema, pages, health and figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.app import create_app
from domain.bootstrap import ensure_demo_client
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate
from tests.api.transport.serving import Server, serve, until_ready
from tests.new_database import new_database

pytestmark = pytest.mark.anyio

FIRST_TOKEN = "a-token-for-the-first-start"


@pytest.fixture
async def empty_database(settings: Settings) -> AsyncIterator[Database]:
    """A database without any table."""
    async with new_database(settings) as told:
        opened = await Database.open(told.postgresql_url())
        try:
            yield opened
        finally:
            await opened.close()


async def test_the_published_schema_is_served(server: Server) -> None:
    answer = await server.query("{ client { code } }")
    assert answer.json()["data"] == {"client": {"code": "ACME"}}


async def test_a_mistake_of_ours_is_told_as_one_anywhere(
    settings: Settings, database: Database, redis: Redis
) -> None:
    app = create_app(settings, database=database, redis=redis)

    def fail(_request: Request) -> Response:
        raise LookupError("a secret of the implementation")

    app.router.routes.append(Route("/broken", fail))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://backfill") as client:
        answer = await client.get("/broken")

    assert answer.status_code == 500
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert "secret" not in answer.text


async def test_it_lives_and_is_ready(server: Server) -> None:
    alive = await server.http.get("/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    ready = await server.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {
            "status": "ready",
            "parts": {
                "postgresql": "ok",
                "redis": "ok",
                "schema": "ok",
                "first_client": "ok",
                "events": "ok",
            },
        },
    )


async def test_it_starts_without_tables_and_is_ready_as_soon_as_there_are_some(
    settings: Settings, empty_database: Database, redis: Redis
) -> None:
    app = create_app(settings, database=empty_database, redis=redis)
    async with (
        serve(app, settings) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
    ):
        assert (await http.get("/healthz")).status_code == 200
        ready = await http.get("/readyz")
        assert ready.status_code == 503
        parts = ready.json()["parts"]
        assert (parts["postgresql"], parts["redis"]) == ("ok", "ok")
        assert parts["schema"].startswith("migrations are pending: 0001_initial")
        assert parts["events"] == "events are not followed yet"
        asked = await http.post(
            "/graphql", json={"query": "{ client { code } }"}, headers={"Authorization": "Bearer any"}
        )
        assert asked.status_code == 503

        await migrate(empty_database)
        await until_ready(http)


async def test_it_is_not_ready_before_the_first_token_opens_anything(
    settings: Settings, database: Database, redis: Redis
) -> None:
    settings = settings.model_copy(update={"bootstrap_token": SecretStr(FIRST_TOKEN)})
    app = create_app(settings, database=database, redis=redis)
    async with (
        serve(app, settings) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
    ):
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["first_client"]) == (
            503,
            "the first client is not made yet",
        )

        await ensure_demo_client(database, token=FIRST_TOKEN, now=datetime(2026, 1, 1, tzinfo=UTC))
        await until_ready(http)
        asked = await http.post(
            "/graphql",
            json={"query": "{ client { code } }"},
            headers={"Authorization": f"Bearer {FIRST_TOKEN}"},
        )
        assert asked.json()["data"] == {"client": {"code": "DEMO"}}


async def test_without_redis_it_says_so(settings: Settings, database: Database) -> None:
    nowhere = Redis(host="127.0.0.1", port=1)
    app = create_app(settings, database=database, redis=nowhere)
    async with (
        serve(app, settings) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
    ):
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
        assert ready.json()["parts"]["redis"] == "does not answer"
    await nowhere.aclose()


async def test_there_is_a_page_for_people_at_the_root(server: Server) -> None:
    page = await server.http.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Backfill</title>" in page.text


async def test_what_happens_is_counted(server: Server) -> None:
    before = await _figures(server)
    await server.query("{ client { code } }")
    await server.query("{ unknown }")
    await server.query("{ client }", authorization="")
    async with server.socket() as socket:
        await socket.subscribe("1", "subscription { orderChanged { cursor } }")
        await socket.subscribe("2", "{ client { code } }")
        while (await socket.receive())["type"] != "complete":
            pass
        after = await _figures(server)

    def counted(transport: str, type_: str, outcome: str) -> float:
        labels = f"outcome={outcome},transport={transport},type={type_}"
        name = f"backfill_graphql_operations_total{{{labels}}}"
        return after[name] - before.get(name, 0)

    assert counted("http", "query", "ok") == 1
    assert counted("http", "query", "refused") == 1
    assert counted("http", "unknown", "refused") == 1
    assert counted("websocket", "subscription", "ok") == 1
    assert counted("websocket", "query", "ok") == 1
    assert after["backfill_graphql_operation_seconds_count{type=query}"] == 3
    assert after["backfill_subscriptions_open{}"] == 1
    assert sum(after[f"backfill_feed_state{{state={state}}}"] for state in ("stream", "log", "stopped")) == 1
    assert after["backfill_database_connections_most{}"] == 10
    assert after["backfill_database_connections{state=idle}"] >= 1


async def _figures(server: Server) -> dict[str, float]:
    answer = await server.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    figures = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            figures[f"{sample.name}{{{labels}}}"] = sample.value
    return figures
