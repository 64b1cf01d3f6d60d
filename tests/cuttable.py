"""A way to a port of this machine that a test can cut, and mend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Way:
    """A way to a port that can be cut, and mended."""

    def __init__(self, port: int) -> None:
        self._port = port
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
        """Pass on what comes, both ways."""
        if self._is_cut:
            writer.close()
            return
        upstream = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, upstream[1]}
        await asyncio.gather(_pass(reader, upstream[1]), _pass(upstream[0], writer))
        self._writers -= {writer, upstream[1]}


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def cuttable(port: int) -> AsyncIterator[tuple[Way, int]]:
    """A way to this port, and the port it begins at."""
    way = Way(port)
    server = await asyncio.start_server(way.accept, "127.0.0.1", 0)
    try:
        yield way, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        way.cut()
