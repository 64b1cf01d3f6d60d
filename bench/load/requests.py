"""A closed loop of HTTP requests: so many connections, each sending its next request when it has the answer.

Written here and not taken from a package, because on two cores the client takes CPU from the server it
measures. A request is a ready-made run of bytes and an answer is parsed by httptools, which costs about a
tenth of what httpx or aiohttp would, and no program has to be installed as with wrk or oha.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httptools

from bench.load.answering import answer_lines

_OK = 200
_SEEN_OF_ERRORS = 64


class FailedAnswerError(Exception):
    """A server answered with an error: what it does faster then is of no interest."""


class _Connection(asyncio.Protocol):
    """One keep-alive connection, which goes on with the next request until it is told to stop."""

    def __init__(self, loop: _Loop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = 0.0
        self._first = b""
        self._status = _OK

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._loop.lost(exc)

    def on_status(self, _status: bytes) -> None:
        self._status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if not self._first:
            self._first = body

    def on_message_complete(self) -> None:
        self._loop.latencies.append(time.perf_counter() - self._sent_at)
        if self._status != _OK or b'"errors"' in self._first[:_SEEN_OF_ERRORS]:
            self._loop.fail(self._first)
            return
        self._first = b""
        self._parser = httptools.HttpResponseParser(self)
        self._next()

    def _next(self) -> None:
        request = self._loop.next_request()
        if self._transport is None:
            return
        if request is None:
            self._transport.close()
        else:
            self._sent_at = time.perf_counter()
            self._transport.write(request)


class _Loop:
    """What the connections share: the requests, which come again and again, and the end."""

    def __init__(self, requests: Sequence[bytes], *, connections: int, seconds: float) -> None:
        self.latencies: list[float] = []
        self._requests = requests
        self._position = 0
        self._open = connections
        self._ends_at = time.perf_counter() + seconds
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes | None:
        if time.perf_counter() >= self._ends_at:
            return None
        self._position += 1
        return self._requests[self._position % len(self._requests)]

    def lost(self, error: Exception | None) -> None:
        self._open -= 1
        if error is None and time.perf_counter() < self._ends_at:
            error = FailedAnswerError("The server closed a connection.")
        if not self.done.done():
            if error is not None:
                self.done.set_exception(error)
            elif self._open == 0:
                self.done.set_result(None)

    def fail(self, body: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(FailedAnswerError(body.decode(errors="replace")[:500]))


async def send_requests(question: Mapping[str, Any]) -> dict[str, Any]:
    """Send `requests` (texts of whole HTTP requests) for `seconds` over `connections` to `port`."""
    loop = _Loop(
        [request.encode() for request in question["requests"]],
        connections=question["connections"],
        seconds=question["seconds"],
    )
    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(question["connections"]):
        await asyncio.get_running_loop().create_connection(
            lambda: _Connection(loop), "127.0.0.1", question["port"]
        )
    await loop.done
    return {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "latencies": loop.latencies,
    }


def http_request(body: bytes, *, path: str = "/graphql", token: str | None = None) -> str:
    """The bytes of a POST of JSON, as text."""
    authority = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\n{authority}Content-Length: {len(body)}\r\n\r\n"
    )
    return head + body.decode()


if __name__ == "__main__":
    answer_lines(send_requests)
