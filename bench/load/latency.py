"""How long after its commit an event reaches a subscriber, while requests come at a fixed rate.

The commit is known from a notification that the transaction itself sends: PostgreSQL delivers it when the
transaction has committed, to this very process, which also holds the subscriber's socket. So both ends are
taken by one clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import asyncpg
import orjson

from api.ids import encode_id
from bench.load.answering import answer_lines
from bench.load.http_pool import HttpPool, RefusedError
from bench.load.sockets import WebSocket, open_socket

_PATIENCE_SECONDS = 30.0

_LOST_SECONDS = 5.0
"""What a request counts as that was refused, or of which the subscriber never heard."""


class _Waiting:
    """Commits and arrivals by the key of their event."""

    def __init__(self) -> None:
        self.committed: dict[str, float] = {}
        self.arrived: dict[str, float] = {}

    def complete(self, count: int) -> bool:
        """Whether so many were committed, and all of them have arrived."""
        return len(self.committed) >= count and self.committed.keys() <= self.arrived.keys()


def _backfill_key(told: Any) -> str | None:
    """The line and what it lacks now, of a message of `backOrderLineChanged`."""
    if told["type"] != "next":
        return None
    event = told["payload"]["data"]["backOrderLineChanged"]
    return f"{event['line']['id']}:{event['backOrderedQty']}"


def _backfill_notified(text: str) -> str:
    line, _, lacks = text.partition(":")
    return f"{encode_id('OrderLine', int(line))}:{lacks}"


_KINDS: Mapping[str, tuple[Callable[[Any], str | None], Callable[[str], str]]] = MappingProxyType(
    {
        "backfill": (_backfill_key, _backfill_notified),
        "by hand": (lambda told: str(told["subject"]), lambda text: text),
    }
)


async def take(question: Mapping[str, Any]) -> dict[str, Any]:
    """Send `requests` to `port`, `rate` a second for `seconds`; how long each event took from its commit.

    `kind` says how events are told apart, `channel` where commits are notified, and `socket` where the
    subscriber is: its path, and for graphql-transport-ws the token and the subscription.
    """
    key_of, notified = _KINDS[question["kind"]]
    waiting = _Waiting()

    def on_text(text: bytes) -> None:
        key = key_of(orjson.loads(text))
        if key is not None:
            waiting.arrived[key] = time.perf_counter()

    def on_commit(*heard: Any) -> None:
        waiting.committed[notified(heard[-1])] = time.perf_counter()

    listener = await asyncpg.connect(question["database_url"])
    await listener.add_listener(question["channel"], on_commit)
    socket = await _subscribe(on_text, question)
    pool = HttpPool(question["port"])
    began = time.perf_counter()
    try:
        accepted, refused = await _send(pool, question)
        seconds = time.perf_counter() - began
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not socket.closed and not waiting.complete(accepted):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    finally:
        pool.close()
        socket.close()
        await listener.close()
    # What was refused, and what was never told, because the server could not keep up.
    lost = refused + len(waiting.committed.keys() - waiting.arrived.keys())
    latencies = [
        max(waiting.arrived[key] - at, 0.0) for key, at in waiting.committed.items() if key in waiting.arrived
    ]
    return {"seconds": seconds, "latencies": latencies + [_LOST_SECONDS] * lost}


async def _subscribe(on_text: Callable[[bytes], None], question: Mapping[str, Any]) -> WebSocket:
    told = question["socket"]
    protocol = "graphql-transport-ws" if "subscription" in told else None
    socket = await open_socket(on_text, port=question["port"], path=told["path"], protocol=protocol)
    if protocol:
        socket.send({"type": "connection_init", "payload": {"authorization": f"Bearer {told['token']}"}})
        socket.send({"id": "1", "type": "subscribe", "payload": told["subscription"]})
    # Nothing tells a raw socket that it takes part; half a second is ample, and nothing is timed yet.
    await asyncio.sleep(0.5)
    return socket


async def _send(pool: HttpPool, question: Mapping[str, Any]) -> tuple[int, int]:
    """Send the requests at their rate, whether or not earlier ones are answered.

    How many were accepted, and how many refused.
    """
    requests = [request.encode() for request in question["requests"]]
    count = int(question["rate"] * question["seconds"])
    began = time.perf_counter()
    sent = []
    async with asyncio.timeout(question["seconds"] + _PATIENCE_SECONDS):
        for number in range(count):
            due = began + number / question["rate"]
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            sent.append(asyncio.create_task(pool.request(requests[number % len(requests)])))
        answers = await asyncio.gather(*sent, return_exceptions=True)
    refused = sum(isinstance(answer, RefusedError) for answer in answers)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, RefusedError):
            raise answer
    return count - refused, refused


if __name__ == "__main__":
    answer_lines(take)
