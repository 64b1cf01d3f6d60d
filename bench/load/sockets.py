"""A WebSocket client that does as little as possible: frames are counted and handed on, not decoded.

A package would spend more on each frame than the server that is measured. Frames to the server are masked
with zeros, which the protocol allows and which leaves them as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import orjson

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_SHORT, _MEDIUM = 126, 127
_HEAD_END = b"\r\n\r\n"


class SocketClosedError(Exception):
    """The server closed a socket that was to stay open."""


class WebSocket(asyncio.Protocol):
    """One socket; `on_text` is called with every text it receives."""

    def __init__(self, on_text: Callable[[bytes], None], *, path: str, protocol: str | None) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: bytes | None = None
        self._on_text = on_text
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._upgraded = False
        subprotocol = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
        self._handshake = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YmVuY2htYXJrcyBvZiB1cw==\r\n{subprotocol}\r\n"
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._handshake.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that it is over."""
        if self.closed is None:
            self.closed = b"the connection was cut"
        if not self.opened.done():
            self.opened.set_exception(SocketClosedError(self._buffer.decode(errors="replace")[:300]))

    def data_received(self, data: bytes) -> None:
        """Take the whole frames out of what has come."""
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, found, rest = buffer.partition(_HEAD_END)
            if not found:
                self._buffer = buffer
                return
            if b" 101 " not in head[:20]:
                self.opened.set_exception(SocketClosedError(head.decode(errors="replace")[:300]))
                return
            self._upgraded, buffer = True, rest
            self.opened.set_result(None)
        self._buffer = self._frames(buffer)

    def send(self, message: object) -> None:
        """Send a message as JSON text."""
        self._send(_TEXT, orjson.dumps(message))

    def close(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _frames(self, buffer: bytes) -> bytes:
        """Handle every whole frame in the buffer; what is left of it."""
        start, size = 0, len(buffer)
        while size - start >= 2:
            length, body = buffer[start + 1] & 0x7F, start + 2
            if length == _SHORT:
                length, body = int.from_bytes(buffer[start + 2 : start + 4]), start + 4
            elif length == _MEDIUM:
                length, body = int.from_bytes(buffer[start + 2 : start + 10]), start + 10
            if body + length > size:
                break
            kind = buffer[start] & 0x0F
            if kind == _TEXT:
                self._on_text(buffer[body : body + length])
            elif kind == _PING:
                self._send(_PONG, buffer[body : body + length])
            elif kind == _CLOSE:
                self.closed = buffer[body : body + length]
            start = body + length
        return buffer[start:]

    def _send(self, kind: int, payload: bytes) -> None:
        assert self._transport is not None  # noqa: S101 - nobody sends before it is connected
        size = len(payload)
        length = bytes([0x80 | size]) if size < _SHORT else bytes([0x80 | _SHORT]) + size.to_bytes(2)
        self._transport.write(bytes([0x80 | kind]) + length + b"\0\0\0\0" + payload)


async def open_socket(
    on_text: Callable[[bytes], None], *, port: int, path: str, protocol: str | None = None
) -> WebSocket:
    """A socket after its handshake. Raises SocketClosedError when it is refused."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(
        lambda: WebSocket(on_text, path=path, protocol=protocol), "127.0.0.1", port
    )
    await socket.opened
    return socket
