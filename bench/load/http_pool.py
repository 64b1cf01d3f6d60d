"""Requests that don't wait for each other: each takes a free connection, or opens one."""

from __future__ import annotations

import asyncio
from typing import cast

import httptools

_OK = 200


class RefusedError(Exception):
    """A server did not answer with 200 and no error."""


class _Connection(asyncio.Protocol):
    """One keep-alive connection, which has one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._answer is None or self._answer.done():
            return
        if self._parser.get_status_code() != _OK or b'"errors"' in self._body[:64]:
            self._answer.set_exception(RefusedError(self._body.decode(errors="replace")[:500]))
        else:
            self._answer.set_result(self._body)

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def request(self, request: bytes) -> bytes:
        assert self._transport is not None  # noqa: S101 - a connection is used once it is made
        self._body, self._parser = b"", httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class HttpPool:
    """Connections to one port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Connection] = []
        self._all: list[_Connection] = []

    async def request(self, request: bytes) -> bytes:
        """The body of the answer. Raises RefusedError."""
        # Servers close connections that were idle for a few seconds.
        self._free = [connection for connection in self._free if connection.is_open]
        connection = self._free.pop() if self._free else await self._open()
        try:
            return await connection.request(request)
        finally:
            self._free.append(connection)

    def close(self) -> None:
        """Cut all connections."""
        for connection in self._all:
            connection.close()

    async def _open(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, "127.0.0.1", self._port)
        self._all.append(connection)
        return connection
