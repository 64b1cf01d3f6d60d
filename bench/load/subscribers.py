"""Many subscribers in one process: they subscribe, and count what they are sent.

Questions, told apart by `do`:
open      `count` sockets on `port` and `path`; with `subscriptions` (payloads, dealt in turn) they speak
          graphql-transport-ws, and count as open when the server has answered a ping after the subscription
receive   wait until every socket has got `messages` more; when the last came, and a sample of the texts
close     cut all sockets
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import orjson

from bench.load.answering import answer_lines
from bench.load.sockets import SocketClosedError, WebSocket, open_socket

_AT_A_TIME = 100
_PROTOCOL = "graphql-transport-ws"
_PATIENCE_SECONDS = 300.0
_NEXT = b'"next"'


class _Subscriber:
    """One socket and how many messages it has got."""

    def __init__(self, crowd: Subscribers, payload: Mapping[str, Any] | None) -> None:
        self.received = 0
        self.socket: WebSocket | None = None
        self._crowd = crowd
        self._payload = payload
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, *, port: int, path: str, token: str | None) -> None:
        if self._payload is None:
            self.socket = await open_socket(self._count, port=port, path=path)
            return
        self.socket = await open_socket(self._control, port=port, path=path, protocol=_PROTOCOL)
        authority = {"authorization": f"Bearer {token}"} if token else {}
        self.socket.send({"type": "connection_init", "payload": authority})
        self.socket.send({"id": "1", "type": "subscribe", "payload": self._payload})
        self.socket.send({"type": "ping"})
        await self._ready

    def _control(self, text: bytes) -> None:
        if _NEXT in text[:40]:
            self._count(text)
            return
        kind = orjson.loads(text)["type"]
        if kind == "pong":
            self._ready.set_result(None)
        elif kind == "next":
            self._count(text)
        elif kind in ("error", "complete"):
            self._crowd.fail(text)

    def _count(self, text: bytes) -> None:
        if b'"errors"' in text[:60]:
            self._crowd.fail(text)
        self.received += 1
        self._crowd.counted(self, text)


class Subscribers:
    """All subscribers of this process."""

    def __init__(self) -> None:
        self._subscribers: list[_Subscriber] = []
        self._wanted = 0
        self._missing = 0
        self._texts: list[bytes] = []
        self._all: asyncio.Future[float] | None = None
        self._failure: str | None = None

    async def answer(self, question: Mapping[str, Any]) -> Any:
        """Do what is asked."""
        return await _DO[question["do"]](self, question)

    def counted(self, subscriber: _Subscriber, text: bytes) -> None:
        """A subscriber got a message."""
        if subscriber is self._subscribers[0]:
            self._texts.append(text)
        if subscriber.received == self._wanted:
            self._missing -= 1
            if self._missing == 0 and self._all is not None and not self._all.done():
                self._all.set_result(time.monotonic())

    def fail(self, text: bytes) -> None:
        """A subscriber was refused or told of an error."""
        self._failure = text.decode(errors="replace")[:500]
        if self._all is not None and not self._all.done():
            self._all.set_exception(SocketClosedError(self._failure))

    async def _open(self, question: Mapping[str, Any]) -> int:
        payloads: Sequence[Mapping[str, Any] | None] = question.get("subscriptions") or [None]
        for begin in range(0, question["count"], _AT_A_TIME):
            batch = [
                _Subscriber(self, payloads[number % len(payloads)])
                for number in range(begin, min(begin + _AT_A_TIME, question["count"]))
            ]
            async with asyncio.timeout(_PATIENCE_SECONDS), asyncio.TaskGroup() as group:
                for one in batch:
                    group.create_task(
                        one.open(port=question["port"], path=question["path"], token=question.get("token"))
                    )
            self._subscribers += batch
        if self._failure is not None:
            raise SocketClosedError(self._failure)
        return len(self._subscribers)

    async def _receive(self, question: Mapping[str, Any]) -> dict[str, Any]:
        cpu = time.process_time()
        self._wanted += question["messages"]
        self._missing = sum(one.received < self._wanted for one in self._subscribers)
        self._all = asyncio.get_running_loop().create_future()
        if self._missing == 0:
            self._all.set_result(time.monotonic())
        async with asyncio.timeout(_PATIENCE_SECONDS):
            last_at = await self._all
        closed = [one.socket.closed for one in self._subscribers if one.socket and one.socket.closed]
        if closed:
            raise SocketClosedError(f"{len(closed)} sockets were closed: {closed[0]!r}")
        texts, self._texts = self._texts, []
        return {
            "last_at": last_at,
            "cpu": time.process_time() - cpu,
            "texts": [text.decode() for text in texts],
        }

    async def _close(self, _question: Mapping[str, Any]) -> int:
        closed = len(self._subscribers)
        for one in self._subscribers:
            if one.socket is not None:
                one.socket.close()
        self._subscribers, self._wanted, self._texts = [], 0, []
        return closed


_DO: Mapping[str, Callable[[Subscribers, Mapping[str, Any]], Awaitable[Any]]] = MappingProxyType(
    {
        "open": Subscribers._open,
        "receive": Subscribers._receive,
        "close": Subscribers._close,
    }
)


async def _answer(question: Mapping[str, Any]) -> Any:
    return await _CROWD.answer(question)


_CROWD = Subscribers()

if __name__ == "__main__":
    answer_lines(_answer)
