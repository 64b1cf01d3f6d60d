"""Subscriptions over a real socket: shared execution, resuming, and what ends a subscriber."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx
import pytest
import strawberry
import uvicorn
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.execution.schema import BreadthFirstSchema
from api.realtime import cursor
from api.realtime.feed import Feed
from api.realtime.groups import Groups
from api.realtime.socket import SharedSubscriptionHandler
from api.realtime.stream import EventStream
from cli.http_server import SocketProtocol
from domain.operations.expire_events import expire_events
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.store.database import Database
from domain.store.event_log import Interest
from domain.store.events import Event, LoggedEvent, Topic, write
from jobs.relay import Relay

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALL = "subscription ($after: String) { changed(after: $after) { cursor number } }"
SOME = "subscription ($ids: [Int!], $after: String) { changed(ids: $ids, after: $after) { number } }"


@dataclass
class Context:
    """Of a connection; `executed` counts over all connections how often an event was executed."""

    authority: Authority
    groups: Groups
    executed: list[int] = field(default_factory=list)

    def for_event(self) -> Self:
        return replace(self)


@strawberry.type
class Change:
    cursor: str
    subject: strawberry.Private[int]
    padding: strawberry.Private[str]

    @strawberry.field
    def number(self, info: strawberry.Info[Context, None]) -> int:
        info.context.executed.append(self.subject)
        return self.subject

    @strawberry.field
    def bulk(self) -> str:
        return self.padding

    @strawberry.field
    def broken(self) -> str | None:
        raise LookupError("secret")


def change(event: LoggedEvent) -> Change:
    return Change(cursor=cursor.encode(event.seq), subject=event.subject_id, padding="x" * 20_000)


@strawberry.type
class Query:
    @strawberry.field
    def client(self, info: strawberry.Info[Context, None]) -> int:
        return info.context.authority.client_id


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def changed(
        self, info: strawberry.Info[Context, None], ids: list[int] | None = None, after: str | None = None
    ) -> AsyncIterator[Change]:
        authority = info.context.authority
        return await EventStream.open(
            feed=info.context.groups.feed,
            interest=Interest(
                client_id=authority.client_id,
                topic=Topic.ORDER,
                subject_ids=None if ids is None else frozenset(ids),
            ),
            after=after,
            root=change,
            token_id=authority.token_id,
        )


class View(GraphQL[Context, None]):
    """Admits a socket as the client and token that its path names."""

    graphql_transport_ws_handler_class = SharedSubscriptionHandler

    def __init__(self, groups: Groups) -> None:
        super().__init__(
            BreadthFirstSchema(Query, subscription=Subscription),
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL, "graphql-sse"],
        )
        self.groups = groups
        self.executed: list[int] = []

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        client_id, token_id = map(int, request.url.path.strip("/").split("/"))
        authority = Authority(client_id=client_id, role=Role.VIEWER, actor="test", token_id=token_id)
        return Context(authority, self.groups, self.executed)


@dataclass
class Program:
    database: Database
    feed: Feed
    view: View
    port: int

    async def commit(self, *subject_ids: int, client_id: int = 1) -> None:
        async with self.database.transaction() as transaction:
            await write(
                transaction.sql,
                [
                    Event(client_id=client_id, topic=Topic.ORDER, at=NOW, cause="test", subject_id=subject_id)
                    for subject_id in subject_ids
                ],
            )

    @asynccontextmanager
    async def socket(self, client_id: int = 1, token_id: int = 1) -> AsyncIterator[Socket]:
        url = f"ws://127.0.0.1:{self.port}/{client_id}/{token_id}"
        protocol = Subprotocol(GRAPHQL_TRANSPORT_WS_PROTOCOL)
        async with connect(url, subprotocols=[protocol], compression=None, max_queue=1) as connection:
            socket = Socket(connection)
            await socket.send({"type": "connection_init"})
            assert await socket.receive() == {"type": "connection_ack"}
            yield socket

    async def members(self, count: int) -> None:
        """Wait until so many subscribers are in the groups."""
        await until(lambda: len(self.view.groups.members()) == count)


@dataclass
class Socket:
    connection: ClientConnection

    async def send(self, message: dict[str, Any]) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Any:
        async with asyncio.timeout(10):
            received = await self.connection.recv()
        assert isinstance(received, str), "graphql-transport-ws is made of text frames"
        return json.loads(received)

    async def subscribe(self, operation_id: str, query: str = ALL, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send({"id": operation_id, "type": "subscribe", "payload": payload})

    async def numbers(self, count: int) -> list[int]:
        return [(await self.receive())["payload"]["data"]["changed"]["number"] for _ in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for announces itself to nobody
            await asyncio.sleep(0.01)


@pytest.fixture(params=["websockets-sansio", SocketProtocol], ids=["any server", "our server"])
async def program(request: pytest.FixtureRequest, database: Database, redis: Redis) -> AsyncIterator[Program]:
    """A server that knows ASGI only, and ours, which takes frames that are made already."""
    relay = asyncio.create_task(Relay(database=database, redis=redis, poll_seconds=0.05).run())
    feed = Feed(database=database, redis=redis, poll_seconds=0.1, capacity=20)
    await feed.start()
    view = View(Groups(feed))
    config = uvicorn.Config(
        view, port=0, log_level="error", lifespan="off", ws=request.param, ws_per_message_deflate=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield Program(database, feed, view, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await serving
        await feed.stop()
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay


async def test_an_event_is_executed_once_for_all_who_asked_the_same(program: Program) -> None:
    async with program.socket() as one, program.socket(token_id=2) as two:
        await one.subscribe("a")
        await two.subscribe("b")
        await two.subscribe('"c"')
        await program.members(3)
        assert len(program.view.groups) == 1
        await program.commit(7)

        expected = {
            "type": "next",
            "payload": {"data": {"changed": {"cursor": cursor.encode(1), "number": 7}}},
        }
        assert await one.receive() == {"id": "a", **expected}
        received = [await two.receive(), await two.receive()]
        assert received == [{"id": "b", **expected}, {"id": '"c"', **expected}]
        assert program.view.executed == [7]


async def test_what_is_committed_after_the_pong_to_a_ping_after_subscribing_is_delivered(
    program: Program,
) -> None:
    async with program.socket() as socket:
        for number in range(1, 20):
            await socket.subscribe(str(number))
            await socket.send({"type": "ping"})
            while (await socket.receive())["type"] != "pong":
                pass
            await program.commit(number)
            assert sorted(await socket.numbers(number)) == [number] * number


async def test_subscribers_of_other_clients_and_with_other_variables_are_told_apart(program: Program) -> None:
    async with program.socket() as one, program.socket(client_id=2) as foreign:
        await one.subscribe("all")
        await one.subscribe("some", SOME, ids=[8])
        await foreign.subscribe("foreign")
        await program.members(3)
        assert len(program.view.groups) == 3
        await program.commit(7)
        await program.commit(9, client_id=2)
        await program.commit(8)

        assert await foreign.numbers(1) == [9]
        received = [await one.receive() for _ in range(3)]
        assert [message["id"] for message in received].count("some") == 1
        assert sorted(message["payload"]["data"]["changed"]["number"] for message in received) == [7, 8, 8]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await foreign.connection.recv()


async def test_who_resumes_misses_and_repeats_nothing_and_shares_the_work_again(program: Program) -> None:
    async with program.socket() as steady, program.socket() as returning:
        await steady.subscribe("1")
        await program.members(1)
        writing = asyncio.create_task(_commit_slowly(program, range(1, 301)))
        await until(lambda: program.feed.position >= 100)
        await returning.subscribe("1", after=cursor.encode(40))

        assert await returning.numbers(260) == list(range(41, 301))
        assert await steady.numbers(300) == list(range(1, 301))
        await writing
        assert len(program.view.groups) == 1
        program.view.executed.clear()
        await program.commit(301)
        assert await returning.numbers(1) == await steady.numbers(1) == [301]
        assert program.view.executed == [301]


async def test_a_group_ends_with_its_last_member(program: Program) -> None:
    async with program.socket() as one, program.socket() as two:
        await one.subscribe("1")
        await two.subscribe("1")
        await program.members(2)
        await one.send({"id": "1", "type": "complete"})
        await program.members(1)
        assert len(program.view.groups) == 1

    await program.members(0)
    assert len(program.view.groups) == 0
    assert program.feed.readers() == []


async def test_a_socket_that_is_not_read_is_closed_with_the_advice_to_resume_and_delays_nobody(
    program: Program,
) -> None:
    bulky = "subscription { changed { number bulk } }"
    async with program.socket() as slow, program.socket() as quick:
        await slow.subscribe("1", bulky)
        await quick.subscribe("1", bulky)
        await program.members(2)
        for number in range(1, 1_001):
            await program.commit(number)
            assert await quick.numbers(1) == [number]
            if len(program.view.groups.members()) == 1:
                break

        assert program.feed.ended_slow == 1
        with pytest.raises(ConnectionClosed) as closed:
            await slow.numbers(1_000)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        assert "'after'" in closed.value.rcvd.reason


async def test_a_cursor_that_cannot_be_used_is_an_error_of_its_operation_alone(program: Program) -> None:
    await program.commit(1, 2)
    await until(lambda: program.feed.position == 2)
    await expire_events(database=program.database, now=NOW + timedelta(days=9), keep=timedelta(days=7))
    async with program.socket() as socket:
        await socket.subscribe("old", after=cursor.encode(1))
        expired = await socket.receive()
        await socket.subscribe("bad", after="nonsense")
        bad = await socket.receive()
        await socket.subscribe("good")
        await program.members(1)
        await program.commit(3)

        assert (expired["id"], expired["type"]) == ("old", "error")
        assert [error["extensions"] for error in expired["payload"]] == [{"code": "CURSOR_EXPIRED"}]
        assert (bad["id"], bad["type"]) == ("bad", "error")
        assert [error["extensions"] for error in bad["payload"]] == [
            {"code": "BAD_USER_INPUT", "argument": "after"}
        ]
        assert await socket.numbers(1) == [3]


async def test_a_field_that_fails_is_an_error_in_the_event_and_the_stream_goes_on(program: Program) -> None:
    async with program.socket() as socket:
        await socket.subscribe("1", "subscription { changed { cursor broken } }")
        await program.members(1)
        await program.commit(1, 2)

        for seq in (1, 2):
            payload = (await socket.receive())["payload"]
            assert payload["data"] == {"changed": {"cursor": cursor.encode(seq), "broken": None}}
            assert [error["path"] for error in payload["errors"]] == [["changed", "broken"]]


async def test_what_is_no_subscription_of_events_is_answered_as_ever(program: Program) -> None:
    async with program.socket() as socket:
        await socket.subscribe("1", "{ client }")
        assert await socket.receive() == {"id": "1", "type": "next", "payload": {"data": {"client": 1}}}
        assert await socket.receive() == {"id": "1", "type": "complete"}
        await socket.subscribe("2", "subscription { unknown }")
        assert (await socket.receive())["type"] == "error"


async def test_an_operation_id_cannot_be_used_twice_at_a_time(program: Program) -> None:
    async with program.socket() as socket:
        await socket.subscribe("1")
        await socket.subscribe("1")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4409


async def test_the_sockets_of_a_revoked_token_are_closed(program: Program) -> None:
    async with program.socket(token_id=1) as revoked, program.socket(token_id=2) as valid:
        await revoked.subscribe("1")
        await valid.subscribe("1")
        await program.members(2)
        assert program.view.groups.token_ids() == {1, 2}
        program.view.groups.end_for_token(1)
        await program.commit(5)

        assert await valid.numbers(1) == [5]
        with pytest.raises(ConnectionClosed) as closed:
            await revoked.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403


async def test_server_sent_events_resume_and_go_live_and_end_with_the_client(program: Program) -> None:
    await program.commit(1, 2, 3)
    await until(lambda: program.feed.position == 3)
    body = {"query": ALL, "variables": {"after": cursor.encode(1)}}
    url = f"http://127.0.0.1:{program.port}/1/1"
    async with httpx.AsyncClient(headers={"accept": "text/event-stream"}, timeout=10) as client:
        async with client.stream("POST", url, json=body) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = aiter(answer.aiter_lines())
            received = [await _next_event(lines), await _next_event(lines)]
            await program.commit(4)
            received.append(await _next_event(lines))
        assert [event["data"]["changed"]["number"] for event in received] == [2, 3, 4]
        await until(lambda: not program.feed.readers())

        bad = await client.post(url, json={"query": ALL, "variables": {"after": "nonsense"}})
        assert "BAD_USER_INPUT" in bad.text
        assert "event: complete" in bad.text


async def _next_event(lines: AsyncIterator[str]) -> Any:
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    raise EOFError


async def _commit_slowly(program: Program, numbers: range) -> None:
    for number in numbers:
        await program.commit(number)
