"""What clients are told while PostgreSQL is away, and that everything goes on when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis

from api.app import create_app
from domain.settings import Settings
from domain.store.database import Database
from jobs.relay import Relay
from tests.api.transport.probe import probe
from tests.api.transport.serving import Server, code_of, server_of, until_ready
from tests.cuttable import Way, cuttable_postgresql
from tests.waiting import eventually

pytestmark = pytest.mark.anyio

GRAPHQL = "application/graphql-response+json"
SLEEPING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'
"""


@pytest.fixture
async def behind(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[tuple[Server, Way]]:
    """A server whose way to PostgreSQL can be cut."""
    async with cuttable_postgresql(settings.postgresql_url()) as (way, url):
        cuttable = await Database.open(url, max_size=2)
        told = settings.model_copy(update={"request_seconds": 3.0})
        app = create_app(told, database=cuttable, redis=redis, schema=probe)
        try:
            async with server_of(app, told, cuttable) as server:
                yield server, way
                way.silent = False
        finally:
            await cuttable.close()


async def test_while_the_database_is_away_everything_says_so_at_once(
    behind: tuple[Server, Way],
) -> None:
    server, way = behind
    assert (await server.query("{ stored }")).json()["data"] == {"stored": 1}
    async with server.socket() as socket:
        way.cut()
        async with asyncio.timeout(60):
            # The token is still known; what the operation needs is away.
            known = await server.query("{ stored }", accept=GRAPHQL)
            assert (known.status_code, code_of(known)) == (503, "SERVICE_UNAVAILABLE")
            assert known.headers["retry-after"] == "1"
            unknown = await server.query("{ client }", authorization="Bearer other")
            assert (unknown.status_code, code_of(unknown)) == (503, "SERVICE_UNAVAILABLE")
            await socket.subscribe("1", "{ stored }")
            answer = await socket.receive()
            assert answer["payload"]["errors"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE"}
            ready = await server.http.get("/readyz")
            assert (ready.status_code, ready.json()["parts"]["postgresql"]) == (503, "does not answer")
            assert (await server.http.get("/healthz")).status_code == 200
        async with server.raw_socket() as newcomer:
            await newcomer.init({"authorization": "Bearer other"})
            assert (await newcomer.closed())[0] == 1013

    way.mend()
    await until_ready(server.http)
    assert (await server.query("{ stored }")).json()["data"] == {"stored": 1}


async def test_while_redis_is_away_mutations_commit_and_subscribers_are_told_and_catch_up(
    settings: Settings, database: Database
) -> None:
    redis_server = FakeServer()
    app = create_app(settings, database=database, redis=FakeAsyncRedis(server=redis_server), schema=probe)
    relay = asyncio.create_task(
        Relay(database=database, redis=FakeAsyncRedis(server=redis_server), poll_seconds=0.05).run()
    )
    try:
        async with server_of(app, settings, database) as server, server.socket() as socket:
            await socket.subscribe("1", "subscription { changed { number } }")
            await socket.send({"type": "ping"})
            assert await socket.receive() == {"type": "pong"}
            redis_server.connected = False
            await server.commit(7)
            told = [await socket.receive_any(), await socket.receive_any()]
            assert {"type": "ping", "payload": {"events": "delayed"}} in told
            assert [message["payload"]["data"] for message in told if message["type"] == "next"] == [
                {"changed": {"number": 7}}
            ]
            ready = await server.http.get("/readyz")
            assert (ready.status_code, ready.json()["parts"]["redis"]) == (503, "does not answer")
            async with server.socket() as newcomer:
                assert await newcomer.receive_any() == {"type": "ping", "payload": {"events": "delayed"}}
            redis_server.connected = True
            assert await socket.receive_any() == {"type": "ping", "payload": {"events": "live"}}
            await server.commit(8)
            assert (await socket.receive())["payload"] == {"data": {"changed": {"number": 8}}}
            await until_ready(server.http)
    finally:
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay


async def test_a_mutation_does_not_hang_when_the_database_goes_silent_inside_its_transaction(
    behind: tuple[Server, Way], database: Database
) -> None:
    server, way = behind
    assert (await server.query("{ stored }")).json()["data"] == {"stored": 1}

    async def goes_silent() -> None:
        await eventually(sleeps)
        way.silent = True

    async def sleeps() -> bool:
        async with database.connection_across_clients() as sql:
            return bool(await sql.fetchval(SLEEPING))

    async with asyncio.timeout(60):
        answer, _ = await asyncio.gather(
            server.query("mutation { sleepInTransaction(seconds: 2) }", accept=GRAPHQL), goes_silent()
        )
    assert (answer.status_code, code_of(answer)) == (503, "SERVICE_UNAVAILABLE")


async def test_a_database_that_stays_silent_is_not_waited_for(behind: tuple[Server, Way]) -> None:
    server, way = behind
    way.silent = True
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(server.query("{ stored }", accept=GRAPHQL) for _ in range(8)))
        assert {(answer.status_code, code_of(answer)) for answer in answers} == {(503, "SERVICE_UNAVAILABLE")}
        ready = await server.http.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["postgresql"]) == (503, "does not answer")
