"""The HTTP server around the API application."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from api.realtime.frames import EXTENSION
from domain.settings import Settings


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that takes frames that are made already (`api.realtime.frames.FrameWriter`)."""

    def handle_connect(self, event: Request) -> None:
        """Offer to write frames to the application, which starts in the next turn of the event loop."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS and not self.conn.extensions:
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[EXTENSION] = self

    def write_frames(self, data: bytes) -> bool:
        """Write whole frames now; False, and nothing is written, when the socket would have to wait."""
        if not self.writable.is_set() or self.close_sent or self.disconnected or not self.handshake_complete:
            return False
        self.transport.write(data)
        return True


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers: the command decides when to stop, and ends with code 0.

    `stopping` tells the application of it.
    """

    def __init__(self, config: uvicorn.Config, *, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the command."""
        yield

    def stop(self) -> None:
        """Take no more requests, finish those under way, and return from `serve`."""
        self._stopping.set()
        self.should_exit = True


def http_server(app: Starlette, settings: Settings) -> HttpServer:
    """A server for `app`; `await server.serve(sockets=[listening_socket(...)])` runs it."""
    return HttpServer(
        uvicorn.Config(
            app,
            http="httptools",
            ws=SocketProtocol,
            # Compression state per socket is memory that a flood of compressible messages multiplies.
            ws_per_message_deflate=False,
            ws_max_size=settings.body_bytes,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        ),
        stopping=app.state.stopping,
    )


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port` (0: any free one). Raises OSError when it can't."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
