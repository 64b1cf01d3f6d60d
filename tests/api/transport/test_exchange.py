"""Requests and responses that are handed on whole are the same as those that come and go in messages."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from api.transport import exchange
from cli import http_server
from tests.api.transport.serving import Server

pytestmark = pytest.mark.anyio


class Wire:
    """A connection on which bytes are sent as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def receive(self) -> tuple[str, dict[str, str], bytes]:
        """The next response: its status line, headers and body."""
        async with asyncio.timeout(60):
            status, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            return status, headers, await self.reader.readexactly(int(headers["content-length"]))


@asynccontextmanager
async def wire(server: Server) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def request(
    server: Server, query: str, *more: str, version: str = "1.1", **variables: str
) -> tuple[bytes, bytes]:
    """Head and body of a request."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    lines = [
        f"POST /graphql HTTP/{version}",
        "Host: here",
        f"Authorization: Bearer {server.token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode(), body


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each response of the endpoint, whether it was written as a whole."""
    answered: list[bool] = []
    whole = exchange.responded

    def noting(*args: object, **told: object) -> bool:
        answered.append(whole(*args, **told))  # type: ignore[arg-type]
        return answered[-1]

    monkeypatch.setattr("api.transport.refusals.responded", noting)
    return answered


@pytest.mark.parametrize("query", ["{ client }", "{ unknown }", "{"])
async def test_a_response_is_the_same_whole_and_in_messages(
    server: Server, answered: list[bool], query: str
) -> None:
    async with wire(server) as one:
        one.writer.write(b"".join(request(server, query, "X-Request-Id: seven")))
        status, headers, body = await one.receive()
    async with wire(server) as other:
        # The last response of a connection goes the ordinary way.
        other.writer.write(b"".join(request(server, query, "X-Request-Id: seven", "Connection: close")))
        other_status, other_headers, other_body = await other.receive()

    assert answered[-2:] == [True, False]
    assert other_headers.pop("connection") == "close"
    headers.pop("date"), other_headers.pop("date")
    assert (status, headers, body) == (other_status, other_headers, other_body)
    assert headers["x-request-id"] == "seven"


async def test_a_response_that_somebody_listens_to_comes_in_messages(
    server: Server, answered: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "ENVELOPE", "somebody else's")
    assert (await server.query("{ client }")).json()["data"]["client"]
    assert not any(answered)


async def test_requests_that_come_together_are_answered_one_after_the_other(server: Server) -> None:
    async with wire(server) as one:
        queries = [f'{{ echo(text: "{number}") }}' for number in range(5)]
        one.writer.write(b"".join(b"".join(request(server, query)) for query in queries))
        answers = [json.loads((await one.receive())[2]) for _ in queries]
    assert [answer["data"]["echo"] for answer in answers] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("letters", [3_000, 65_000, 200_000])
async def test_bodies_of_every_size_come_and_go_whole(server: Server, letters: int) -> None:
    async with wire(server) as one:
        for _ in range(2):
            query = "query ($text: String!) { echo(text: $text) }"
            one.writer.write(b"".join(request(server, query, text="x" * letters)))
            _, _, body = await one.receive()
            assert json.loads(body)["data"]["echo"] == "x" * letters


async def test_a_body_that_comes_later_than_its_head_is_waited_for(server: Server) -> None:
    async with wire(server) as one:
        head, body = request(server, "{ client }")
        for part in (head[:20], head[20:], body[:5], body[5:]):
            one.writer.write(part)
            await asyncio.sleep(0.05)
        assert json.loads((await one.receive())[2])["data"]["client"]


async def test_a_client_that_asks_before_it_sends_its_body_is_told_to_go_on(server: Server) -> None:
    async with wire(server) as one:
        head, body = request(server, "{ client }", "Expect: 100-continue")
        one.writer.write(head)
        assert await one.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        one.writer.write(body)
        status, _, answer = await one.receive()
    assert status == "HTTP/1.1 200 OK"
    assert json.loads(answer)["data"]["client"]


async def test_a_connection_that_is_to_end_ends_after_its_response(server: Server) -> None:
    async with wire(server) as one:
        one.writer.write(b"".join(request(server, "{ client }", version="1.0")))
        assert json.loads((await one.receive())[2])["data"]["client"]
        assert await one.reader.read() == b""


async def test_who_sends_more_than_may_be_sent_is_told_so_and_listened_to_no_longer(server: Server) -> None:
    async with wire(server) as one:
        head, _ = request(server, "{ client }", "X-Request-Id: seven")
        one.writer.write(re.sub(rb"Content-Length: \d+", b"Content-Length: 99999999", head) + b"{")
        status, headers, _ = await one.receive()
        assert status == "HTTP/1.1 413 Request Entity Too Large"
        assert (headers["connection"], headers["x-request-id"]) == ("close", "seven")
        # Sooner than a connection on which nothing comes any more is closed.
        assert await asyncio.wait_for(one.reader.read(), http_server._HEAD_SECONDS / 2) == b""


async def test_the_rest_of_a_body_that_nobody_reads_may_take_as_long_as_a_head(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, body = request(server, "{ client }", "X-Request-Id: seven")
    stranger = re.sub(rb"Bearer \S+", b"Bearer nobody", head)
    async with wire(server) as one:
        one.writer.write(stranger)
        assert (await one.receive())[0] == "HTTP/1.1 401 Unauthorized"
        one.writer.write(body + head + body)
        assert (await one.receive())[0] == "HTTP/1.1 200 OK"
    monkeypatch.setattr(http_server, "_HEAD_SECONDS", 1.0)
    for rest in (body[1:], b""):
        async with wire(server) as other:
            other.writer.write(stranger)
            assert (await other.receive())[0] == "HTTP/1.1 401 Unauthorized"
            other.writer.write(body[:1])
            await other.writer.drain()
            other.writer.write(rest)
            assert await asyncio.wait_for(other.reader.read(), 60) == b""
