"""A way to PostgreSQL that a test can cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit


@dataclass
class Proxy:
    """Passes bytes on, until it is cut or silenced."""

    url: str
    path: str | None
    cut: bool = False
    silent: bool = False
    port: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_off(self) -> None:
        """End every connection and take none."""
        self.cut = True
        for writer in self._writers:
            writer.close()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client with the server."""
        if self.cut:
            writer.close()
            return
        parts = urlsplit(self.url)
        if self.path:
            upstream = await asyncio.open_unix_connection(f"{self.path}/.s.PGSQL.{parts.port or 5432}")
        else:
            upstream = await asyncio.open_connection(parts.hostname, parts.port or 5432)
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
async def proxy_to(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy to the PostgreSQL at `url`, and the URL of the way through it."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [None])[0]
    proxy = Proxy(url, folder)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    port = proxy.port = server.sockets[0].getsockname()[1]
    user = f"{parts.username or 'postgres'}{f':{parts.password}' if parts.password else ''}"
    try:
        yield proxy, urlunsplit(("postgresql", f"{user}@127.0.0.1:{port}", parts.path, "", ""))
    finally:
        proxy.cut_off()
        server.close()
