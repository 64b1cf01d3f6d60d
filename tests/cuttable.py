"""Ways to a server of this machine that a test can cut, silence, and mend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit, urlunsplit

_HOST = "127.0.0.1"

_Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Way:
    """Passes bytes on, both ways, until it is cut or `silent`.

    It begins at `port`, and `taken` counts the connections that it has had.
    """

    def __init__(self, connect: Callable[[], Awaitable[_Streams]]) -> None:
        self.port = 0
        self.silent = False
        self.taken = 0
        self._connect = connect
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """End every connection, and take none."""
        self._is_cut = True
        for writer in self._writers:
            writer.close()

    def mend(self) -> None:
        """Take connections again."""
        self._is_cut = False

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client with the server."""
        if self._is_cut:
            writer.close()
            return
        self.taken += 1
        upstream = await self._connect()
        self._writers |= {writer, upstream[1]}
        await asyncio.gather(self._pass(reader, upstream[1]), self._pass(upstream[0], writer))
        self._writers -= {writer, upstream[1]}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if not self.silent:
                    writer.write(data)
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def cuttable(port: int) -> AsyncIterator[Way]:
    """A way to this port."""
    async with _open(partial(asyncio.open_connection, _HOST, port)) as way:
        yield way


@asynccontextmanager
async def cuttable_postgresql(url: str) -> AsyncIterator[tuple[Way, str]]:
    """A way to the PostgreSQL at `url`, and the URL that leads along it."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [None])[0]
    port = parts.port or 5432
    connect = (
        partial(asyncio.open_unix_connection, f"{folder}/.s.PGSQL.{port}")
        if folder
        else partial(asyncio.open_connection, parts.hostname, port)
    )
    user = f"{parts.username or 'postgres'}{f':{parts.password}' if parts.password else ''}"
    async with _open(connect) as way:
        yield way, urlunsplit(("postgresql", f"{user}@{_HOST}:{way.port}", parts.path, "", ""))


@asynccontextmanager
async def _open(connect: Callable[[], Awaitable[_Streams]]) -> AsyncIterator[Way]:
    way = Way(connect)
    server = await asyncio.start_server(way.accept, _HOST, 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        way.cut()
        server.close()
