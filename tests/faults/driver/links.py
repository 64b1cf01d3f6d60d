"""The network between the processes: TCP on loopback that can be cut, slowed down and made to stand still.

TCP loses nothing in the middle of a stream, so nor does a link: what it holds back it passes on later, unless
the connection is cut meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

_CHUNK = 65536
_LATER_SECONDS = 0.15


@dataclass(eq=False)
class Link:
    """The way to one address, for one process: `port` on loopback leads to `target`."""

    name: str
    target: tuple[str, int]
    port: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _delay: float = 0.0
    _is_cut: bool = False
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to take connections, on a free port."""
        self._flows.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End every connection, and take none any more."""
        if self._server is not None:
            self._server.close()
        self._flows.set()
        self._cut_all()
        await asyncio.sleep(0)

    async def cut(self, for_seconds: float) -> None:
        """End every connection and refuse new ones for a while."""
        self._is_cut = True
        self._cut_all()
        self.faults["cuts"] += 1
        try:
            await asyncio.sleep(for_seconds)
        finally:
            self._is_cut = False

    async def stall(self, for_seconds: float) -> None:
        """Pass nothing on for a while, on old and new connections alike."""
        self._flows.clear()
        self.faults["stalls"] += 1
        try:
            await asyncio.sleep(for_seconds)
        finally:
            self._flows.set()

    async def delay(self, for_seconds: float) -> None:
        """Pass everything on a little later, for a while."""
        self._delay = _LATER_SECONDS
        self.faults["delays"] += 1
        try:
            await asyncio.sleep(for_seconds)
        finally:
            self._delay = 0.0

    def _cut_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        await self._flows.wait()
        try:
            there = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, there[1]}
        self._writers |= ends
        try:
            ways = [
                asyncio.create_task(self._pass(reader, there[1])),
                asyncio.create_task(self._pass(there[0], writer)),
            ]
            # Whoever ends a connection ends it for both, as a reset does.
            _, other = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in other:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self._writers -= ends
            for end in ends:
                end.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
