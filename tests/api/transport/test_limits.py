"""What clients are refused when they ask for too much, and how they are told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from api.app import create_app
from api.execution.schema import LONGEST_CACHED
from domain.settings import Settings
from domain.store.database import Database
from tests.api.transport.probe import probe
from tests.api.transport.serving import Server, code_of, server_of
from tests.waiting import until

pytestmark = pytest.mark.anyio

GRAPHQL = "application/graphql-response+json"
CHANGED = "subscription { changed { number } }"

Served = Callable[..., AbstractAsyncContextManager[Server]]


@pytest.fixture
def served(settings: Settings, database: Database, redis: Redis) -> Served:
    """A running application with these settings."""

    @asynccontextmanager
    async def running(*, schema: Any = None, **changed: object) -> AsyncIterator[Server]:
        told = settings.model_copy(update=changed)
        more = {} if schema is None else {"schema": schema}
        app = create_app(told, database=database, redis=redis, **more)
        async with server_of(app, told, database) as server:
            yield server

    return running


async def test_every_answer_tells_what_it_cost_and_what_is_left(served: Served) -> None:
    async with served(cost_per_second=1, cost_burst=50_000, operation_cost=20_000) as server:
        answer = (await server.query("{ orders(first: 9) { nodes { id } } }")).json()
        assert answer["extensions"]["cost"] == {
            "requestedQueryCost": 10,
            "maximumQueryCost": 20_000,
            "throttleStatus": {
                "maximumAvailable": 50_000,
                "currentlyAvailable": answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"],
                "restoreRate": 1,
            },
        }
        left = answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
        again = (await server.query("{ orders(first: 9) { nodes { id } } }")).json()
        # Only the first time the document had to be read; a point comes back each second.
        assert left < 49_990
        assert left - 10 <= again["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] < left
        async with server.socket() as socket:
            await socket.subscribe("1", "{ client { code } }")
            assert (await socket.receive())["payload"]["extensions"]["cost"]["requestedQueryCost"] == 1


async def test_without_a_rate_the_cost_alone_is_told(served: Served) -> None:
    async with served(cost_per_second=0) as server:
        cost = (await server.query("{ client { code } }")).json()["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["throttleStatus"]) == (1, None)


async def test_an_operation_that_may_cost_too_much_is_refused_before_it_is_executed(served: Served) -> None:
    async with served(operation_cost=100) as server:
        document = "{ orders(first: 100) { nodes { number } } }"
        answer = await server.query(document, accept=GRAPHQL)
        assert (answer.status_code, code_of(answer)) == (400, "MAX_COST_EXCEEDED")
        (error,) = answer.json()["errors"]
        assert error["message"] == (
            "The operation may cost 101 points, and 100 are allowed: ask for smaller pages (`first`), or for "
            "fewer things at a time."
        )
        assert error["extensions"]["cost"]["requestedQueryCost"] == 101
        assert (await server.query(document.replace("100", "99"))).json()["data"]
        async with server.socket() as socket:
            await socket.subscribe("1", document)
            refused = await socket.receive()
            assert refused["type"] == "error"
            assert refused["payload"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"


async def test_who_spends_too_fast_is_told_when_to_come_again(served: Served) -> None:
    async with served(cost_per_second=1, cost_burst=80, operation_cost=60) as server:
        document = "{ orders(first: 50) { nodes { number } } }"
        assert (await server.query(document)).json()["data"]
        answer = await server.query(document, accept=GRAPHQL)
        assert (answer.status_code, code_of(answer)) == (429, "THROTTLED")
        (error,) = answer.json()["errors"]
        assert int(answer.headers["Retry-After"]) == error["extensions"]["retryAfter"]
        assert 1 <= error["extensions"]["retryAfter"] <= 51
        assert error["extensions"]["cost"]["throttleStatus"]["restoreRate"] == 1
        # As ever, application/json says in the body what the status doesn't.
        assert (await server.query(document, accept="application/json")).status_code == 200
        async with server.socket() as socket:
            await socket.subscribe("1", document)
            assert (await socket.receive())["payload"][0]["extensions"]["code"] == "THROTTLED"


def left_of(answer: httpx.Response) -> int:
    """What the token may still spend."""
    extensions = answer.json().get("extensions") or answer.json()["errors"][0]["extensions"]
    left: int = extensions["cost"]["throttleStatus"]["currentlyAvailable"]
    return left


@pytest.mark.parametrize(
    "document",
    ["{ client { code } } " + "# by heart " * 5_000, "{ client { " + "code " * 250 + "} }"],
    ids=["too long to be kept", "much to compare"],
)
async def test_who_has_a_document_read_pays_for_that(served: Served, document: str) -> None:
    async with served(cost_per_second=1, cost_burst=10_000_000) as server:
        first, second = [left_of(await server.query(document)) for _ in range(2)]

    known = len(document) <= LONGEST_CACHED
    reading = 10_000_000 - first - 2
    assert reading > 300_000
    assert first - second == pytest.approx(1 if known else reading, abs=60)


@pytest.mark.parametrize(
    "documents",
    [
        ["{ client { " + "code " * times for times in range(1_000, 1_200)],
        ["{ client { " + f"code{times}: code " + "code " * 200 + "} }" for times in range(200)],
    ],
    ids=["broken", "never the same"],
)
async def test_who_has_ever_other_documents_read_is_throttled(served: Served, documents: list[str]) -> None:
    async with served(cost_per_second=1, cost_burst=1_000_000) as server:
        statuses = [(await server.query(document, accept=GRAPHQL)).status_code for document in documents]
        assert statuses[-1] == 429
        assert statuses.index(429) > 3
        async with server.socket() as socket:
            await socket.subscribe("1", documents[-1])
            assert (await socket.receive())["payload"][0]["extensions"]["code"] == "THROTTLED"


async def test_a_subscription_pays_for_its_document_too(served: Served) -> None:
    async with served(schema=probe, cost_per_second=1, cost_burst=1_000_000) as server:
        before = left_of(await server.query("{ client }"))
        async with server.socket() as socket:
            for id_ in ("1", "2"):
                await socket.subscribe(id_, CHANGED + " #" + "." * 1_000)
            await socket.subscribe("3", "{ client }")
            answer = await socket.receive()
        left = answer["payload"]["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
        assert 15_000 < before - left < 16_000


async def test_nobody_is_paid_for_pages_of_less_than_nothing(served: Served) -> None:
    async with served(cost_per_second=1, cost_burst=60, operation_cost=60) as server:
        answer = await server.query("{ orders(first: -1000000) { nodes { number } } }")
        assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
        assert answer.json()["extensions"]["cost"]["requestedQueryCost"] == 1
        assert answer.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] <= 60


async def test_a_token_has_so_many_sockets(served: Served) -> None:
    async with (
        served(sockets_per_token=2) as server,
        server.socket(),
        server.socket(),
        server.raw_socket() as third,
    ):
        await third.init({"authorization": f"Bearer {server.token}"})
        assert await third.closed() == (
            1013,
            "This token has 2 WebSockets open, and may have no more: close some.",
        )


async def test_a_socket_that_was_closed_leaves_its_place(served: Served) -> None:
    async with served(sockets_per_token=1) as server:
        for _ in range(3):
            async with server.socket() as socket:
                await socket.send({"type": "ping"})
                assert await socket.receive() == {"type": "pong"}
            await until(lambda: not server.app.state.cashier.sockets)


async def test_a_token_has_so_many_subscriptions_over_sockets_and_streams(served: Served) -> None:
    async with (
        served(schema=probe, subscriptions_per_token=2) as server,
        server.socket() as one,
        server.socket() as two,
    ):
        for number, socket in enumerate((one, two)):
            await socket.subscribe(str(number), CHANGED)
            await socket.send({"type": "ping"})
            assert await socket.receive() == {"type": "pong"}
        await two.subscribe("3", CHANGED)
        refused = await two.receive()
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"
        streamed = await server.query(CHANGED, accept="text/event-stream")
        assert "TOO_MANY_CONNECTIONS" in streamed.text
        await one.send({"type": "complete", "id": "0"})
        await one.subscribe("4", CHANGED)
        await one.send({"type": "ping"})
        assert await one.receive() == {"type": "pong"}


async def test_a_message_over_a_socket_has_the_limit_of_a_body(served: Served) -> None:
    async with served(body_bytes=2_000) as server, server.socket() as socket:
        await socket.subscribe("1", "{ client { code } } #" + "x" * 3_000)
        code, _ = await socket.closed()
        assert code == 1009
        assert (await server.post({"query": "{ client { code } }" + " " * 3_000})).status_code == 413


async def test_a_document_is_named_over_every_transport(served: Served, tmp_path: Path) -> None:
    document = "query Code { client { code } }"
    (tmp_path / "code.graphql").write_text(document)
    name = f"sha256:{sha256(document.encode()).hexdigest()}"
    async with served(documents=tmp_path, trusted_documents_only=True) as server:
        assert (await server.post({"documentId": name})).json()["data"] == {"client": {"code": "ACME"}}
        answer = await server.http.get("/graphql", params={"documentId": name}, headers=server.headers)
        assert answer.json()["data"] == {"client": {"code": "ACME"}}
        hashed = {"persistedQuery": {"version": 1, "sha256Hash": name.removeprefix("sha256:")}}
        assert (await server.post({"extensions": hashed})).json()["data"] == {"client": {"code": "ACME"}}
        answer = await server.query("{ client { name } }", accept=GRAPHQL)
        assert (answer.status_code, code_of(answer)) == (400, "DOCUMENT_NOT_TRUSTED")
        async with server.socket() as socket:
            await socket.send({"id": "1", "type": "subscribe", "payload": {"documentId": name}})
            assert (await socket.receive())["payload"]["data"] == {"client": {"code": "ACME"}}
            assert (await socket.receive())["type"] == "complete"
            await socket.subscribe("2", "{ client { name } }")
            refused = await socket.receive()
            assert refused["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_the_schema_is_a_secret_where_that_is_set(served: Served) -> None:
    async with served(introspection=False) as server:
        answer = await server.query("{ __schema { types { name } } }", accept=GRAPHQL)
        assert (answer.status_code, code_of(answer)) == (400, "INTROSPECTION_DISABLED")
        answer = await server.query("{ client { cod } }", accept=GRAPHQL)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"] == "Cannot query field 'cod' on type 'Client'."
