"""GraphQL over WebSocket: admission, the protocol's rules, and its closing codes."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from unittest.mock import AsyncMock

import pytest
from redis.asyncio.client import Pipeline
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from domain.bootstrap import find_tokens, revoke_token
from domain.settings import Settings
from tests.api.transport.serving import NOW, Server, origin

pytestmark = pytest.mark.anyio

CHANGED = "subscription { changed { number } }"


async def test_a_token_in_connection_init_admits(server: Server) -> None:
    async with server.socket() as socket:
        await socket.subscribe("1", "{ client }")
        assert await socket.receive() == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"client": server.client.id}},
        }
        assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_a_wrong_token_or_none_closes_the_socket_as_forbidden(server: Server) -> None:
    for payload in (
        {"authorization": "Bearer wrong"},
        {"authorization": server.token},
        {"authorization": 3},
        {},
        None,
    ):
        async with server.raw_socket() as socket:
            await socket.init(payload)
            assert await socket.closed() == (4403, "Forbidden")


async def test_who_asks_before_saying_who_they_are_is_unauthorized(server: Server) -> None:
    async with server.raw_socket() as socket:
        await socket.subscribe("1", "{ client }")
        assert await socket.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize("server", [{"socket_init_seconds": 0.5}], indirect=True, ids=["hasty"])
async def test_who_never_says_who_they_are_is_closed(server: Server) -> None:
    async with server.raw_socket() as socket:
        assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_one_says_who_one_is_once(server: Server) -> None:
    async with server.socket() as socket:
        await socket.init({"authorization": f"Bearer {server.token}"})
        assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_another_protocol_is_not_spoken(server: Server) -> None:
    async with server.raw_socket(protocol="graphql-ws") as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")


async def test_messages_that_are_none_close_the_socket(server: Server) -> None:
    for message in (
        "[1]",
        "3",
        "null",
        '"x"',
        "{",
        "",
        b"{}",
        {},
        {"type": 3},
        {"type": "x" * 10_000},
        {"type": "start"},
        {"type": "complete"},
        {"type": "subscribe"},
        {"type": "subscribe", "id": 3, "payload": {"query": "{ client }"}},
        {"type": "subscribe", "id": "", "payload": {"query": "{ client }"}},
        {"type": "subscribe", "id": "1", "payload": []},
        {"type": "subscribe", "id": "1", "payload": {"query": 3}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ client }", "variables": []}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ client }", "operationName": 3}},
    ):
        async with server.socket() as socket:
            await socket.send(message)
            code, _ = await socket.closed()
            assert code == 4400, message


async def test_a_payload_of_connection_init_is_an_object(server: Server) -> None:
    async with server.raw_socket() as socket:
        await socket.init([])
        assert await socket.closed() == (4400, "Invalid connection init payload")


async def test_an_operation_that_is_wrong_is_an_error_of_its_own(server: Server) -> None:
    wrong = {
        "{ client": "Syntax Error: Expected Name, found <EOF>.",
        "": "Syntax Error: Unexpected <EOF>.",
        "{ unknown }": "Cannot query field 'unknown' on type 'Query'.",
        "subscription { unknown }": "Cannot query field 'unknown' on type 'Subscription'.",
        "query A { client } query B { client }": (
            "The document has several operations: say which to execute with `operationName`."
        ),
        "{ " + "again { " * 30 + "client" + "}" * 31: "Selections may be nested 20 levels deep.",
    }
    async with server.socket() as socket:
        for number, (query, message) in enumerate(wrong.items()):
            await socket.subscribe(str(number), query)
            answer = await socket.receive()
            assert (answer["id"], answer["type"]) == (str(number), "error")
            assert [error["message"] for error in answer["payload"]] == [message]
        await socket.subscribe("right", "{ client }")
        assert (await socket.receive())["payload"] == {"data": {"client": server.client.id}}


async def test_a_field_that_fails_keeps_its_secret(server: Server) -> None:
    async with server.socket() as socket:
        await socket.subscribe("1", "{ client perhaps }")
        payload = (await socket.receive())["payload"]
        assert payload["data"] == {"client": server.client.id, "perhaps": None}
        assert payload["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}


async def test_a_mistake_of_ours_ends_one_operation_and_not_the_socket(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server.socket() as socket:
        with monkeypatch.context() as mistaken:
            # What Redis answers to taking points is not what it should be.
            mistaken.setattr(Pipeline, "execute", AsyncMock(return_value=[]))
            for id_, document in (("1", CHANGED), ("2", "{ client }")):
                await socket.subscribe(id_, document)
                refused = await socket.receive()
                assert (refused["id"], refused["type"]) == (id_, "error")
                (error,) = refused["payload"]
                assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
                assert "index" not in error["message"]
        await socket.subscribe("1", "{ client }")
        assert (await socket.receive())["type"] == "next"


@pytest.mark.parametrize("server", [{"request_seconds": 3.0}], indirect=True, ids=["hasty"])
async def test_what_takes_too_long_is_given_up_and_keeps_nobody_waiting(server: Server) -> None:
    async with server.socket() as socket:
        await socket.subscribe("slow", "{ waits(seconds: 600) }")
        await socket.subscribe("quick", "{ client }")
        assert [(await socket.receive())["id"] for _ in range(2)] == ["quick", "quick"]
        answer = await socket.receive()
        assert (answer["id"], answer["type"]) == ("slow", "error")
        assert answer["payload"][0]["extensions"] == {"code": "SERVICE_UNAVAILABLE"}


async def test_a_query_can_be_cancelled(server: Server) -> None:
    async with server.socket() as socket:
        await socket.subscribe("1", "{ waits(seconds: 600) }")
        await socket.send({"id": "1", "type": "complete"})
        await socket.subscribe("1", "{ client }")
        assert (await socket.receive())["payload"] == {"data": {"client": server.client.id}}


async def test_pings_are_answered(server: Server) -> None:
    async with server.raw_socket() as socket:
        await socket.send({"type": "ping", "payload": {"a": 1}})
        assert await socket.receive() == {"type": "pong"}


async def test_an_id_is_used_for_one_operation_at_a_time(server: Server) -> None:
    long = "x" * 1_000
    async with server.socket() as socket:
        await socket.subscribe(long, CHANGED)
        await socket.subscribe(long, CHANGED)
        code, reason = await socket.closed()
        assert (code, reason[:26]) == (4409, "Subscriber for xxxxxxxxxxx")


async def test_a_socket_has_so_many_operations(server: Server) -> None:
    async with server.socket() as socket:
        for number in range(Settings().socket_operations + 1):
            await socket.subscribe(str(number), CHANGED)
        answer = await socket.receive()
        assert (answer["id"], answer["type"]) == (str(Settings().socket_operations), "error")


@pytest.mark.rule("F5")
async def test_events_arrive_as_text_frames(server: Server) -> None:
    async with server.socket() as socket:
        await socket.subscribe("1", CHANGED)
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        await server.commit(7)
        assert await socket.receive() == {
            "id": "1",
            "type": "next",
            "payload": {"data": {"changed": {"number": 7}}},
        }


async def test_a_revoked_token_ends_its_subscriptions_and_its_sockets(server: Server) -> None:
    (token,) = await find_tokens(server.database, client_id=server.client.id)
    async with server.socket() as subscriber, server.socket() as idle:
        await subscriber.subscribe("1", CHANGED)
        await revoke_token(server.database, client_id=server.client.id, token_id=token.id, now=NOW)
        code, reason = await subscriber.closed()
        assert (code, reason) == (
            4403,
            "The token was revoked or has expired: connect again with a valid one.",
        )
        with suppress(ConnectionClosed):
            for number in range(100):
                await idle.subscribe(str(number), "{ waits(seconds: 0.1) }")
                while (await idle.receive())["type"] != "complete":
                    pass
        assert await idle.closed() == (4403, "Forbidden")


async def test_text_that_is_not_utf_8_closes_the_socket(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with server.socket() as socket:
        frame = Frame(Opcode.TEXT, b"\xc3\x28").serialize(mask=True)
        socket.connection.transport.write(frame)
        assert await socket.closed() == (1007, "invalid continuation byte at position 0")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_handshake_that_is_none_is_refused_at_once(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Content-Length: 4\r\n\r\n"
    )
    async with asyncio.timeout(60):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body) == {"errors": [{"message": "The handshake of the WebSocket is not a valid one."}]}


async def test_pages_of_other_origins_may_not_connect(server: Server) -> None:
    own = origin(f"http://127.0.0.1:{server.port}")
    async with server.raw_socket(origin=own):
        pass
    with pytest.raises(InvalidStatus) as refused:
        async with server.raw_socket(origin=origin("https://elsewhere.example")):
            pass
    assert refused.value.response.status_code == 403
