"""The limits: an ASGI application that passes on what PostgreSQL built, and bytes that it was given.

POST /graphql  {"query": name of a statement, "parameters": […]}: the JSON that the statement gives
POST /rows     {"after": cursor}: a page of orders, put together in Python from rows
WebSocket /    takes part in broadcasts: every text goes to all sockets in turn
POST /broadcast  [text, …]: sends each text to all
POST /write    {"subject": number}: writes, notifies; the listener beside it sends to all (see `latency`)
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

import asyncpg
import orjson

from bench.peers.assembled import page
from bench.peers.statements import STATEMENTS

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CHANNEL = "bench_by_hand"

_WRITE = "INSERT INTO bench_written (subject) VALUES ($1)"
_NOTIFY = f"SELECT pg_notify('{CHANNEL}', $1)"


class Bare:
    """The application."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._listener: asyncpg.Connection[asyncpg.Record] | None = None
        self._sockets: set[Send] = set()
        self._sending: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await self._follow(receive, send)
        else:
            body = await _body(receive)
            answer = await self._answers[scope["path"]](self, orjson.loads(body))
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(answer)).encode()),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": answer})

    async def _query(self, asked: Any) -> bytes:
        async with self._connection() as connection:
            found: str = await connection.fetchval(STATEMENTS[asked["query"]], *asked["parameters"])
        return found.encode()

    async def _rows(self, asked: Any) -> bytes:
        async with self._connection() as connection:
            return await page(connection, asked["after"])

    async def _broadcast(self, texts: Any) -> bytes:
        for text in texts:
            await self._send_all(text)
        return b"{}"

    async def _write(self, asked: Any) -> bytes:
        async with self._connection() as connection, connection.transaction():
            await connection.execute(_WRITE, asked["subject"])
            await connection.execute(_NOTIFY, str(asked["subject"]))
        return b"{}"

    _answers: Mapping[str, Callable[[Bare, Any], Awaitable[bytes]]] = {
        "/graphql": _query,
        "/rows": _rows,
        "/broadcast": _broadcast,
        "/write": _write,
    }

    def _connection(self) -> Any:
        assert self._pool is not None  # noqa: S101 - open while requests are served
        return self._pool.acquire()

    async def _send_all(self, text: str) -> None:
        message = {"type": "websocket.send", "text": text}
        for number, send in enumerate(list(self._sockets), start=1):
            await send(message)
            if number % 200 == 0:
                await asyncio.sleep(0)

    async def _follow(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self._sockets.add(send)
        try:
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self._sockets.discard(send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        url = os.environ["DATABASE_URL"]
        self._pool = await asyncpg.create_pool(
            url, min_size=1, max_size=10, server_settings={"jit": "off"}, reset=_keep
        )
        self._listener = await asyncpg.connect(url)
        await self._listener.add_listener(CHANNEL, self._heard)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._listener.close()
        self._pool.terminate()
        await send({"type": "lifespan.shutdown.complete"})

    def _heard(self, *heard: Any) -> None:
        sending = asyncio.create_task(self._send_all(orjson.dumps({"subject": heard[-1]}).decode()))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _keep(_connection: Any) -> None:
    """No reset: nothing here leaves anything on a connection."""


app = Bare()
