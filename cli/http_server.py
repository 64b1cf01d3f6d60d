"""The HTTP server around the API application."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import cast

import orjson
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode
from websockets.http11 import Request

from api.realtime.frames import EXTENSION as FRAMES
from api.transport.exchange import EXTENSION as EXCHANGE
from domain.settings import Settings

_HEAD_SECONDS = 20.0
_HEAD_BYTES = 1 << 16
"""How long, in every sense, the head of a request may be."""

_UNREAD_SECONDS = 60
"""How long a client may leave what it is sent unread, or not acknowledged: then it is there no more."""

_COPIED_BYTES = 65536
"""Of a body that leaves together with its head: to copy so many takes less time than to write twice."""


class RequestProtocol(HttpToolsProtocol):
    """HTTP whose requests begin in time, and whose refusals of what is no HTTP are JSON, as all others are.

    uvicorn waits for the rest of a request for ever, and keeps all of its head, however long. For a client
    to read it waits for ever, too: nobody could end its event stream then.
    """

    _deadline: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request."""
        super().connection_made(transport)
        _end_unread(transport.get_extra_info("socket"))
        self._deadline = self.loop.call_later(_HEAD_SECONDS, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._forget_head()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head of a request is there; the application starts in the next turn of the event loop."""
        self._forget_head()
        super().on_headers_complete()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.scope is self.scope:
            extensions = cast("dict[str, object]", self.scope.setdefault("extensions", {}))
            extensions[EXCHANGE] = WholeExchange(cycle)

    def on_response_complete(self) -> None:
        """A response is written. Of a body that nobody reads the rest may take as long as a head.

        uvicorn would wait for it, and for what comes after it, for ever.
        """
        super().on_response_complete()
        answered: RequestResponseCycle = self.cycle
        if answered.response_complete and answered.more_body and self._deadline is None:
            self._deadline = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

    def data_received(self, data: bytes) -> None:
        """Take bytes; of a head that goes on and on no more than a few."""
        went_on = self._in_head
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data) if went_on else 0
        if self._head_bytes > _HEAD_BYTES:
            self._refuse(f"The head of a request has at most {_HEAD_BYTES:,} bytes.")
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_HEAD_SECONDS, self._too_late)

    def _forget_head(self) -> None:
        self._in_head, self._head_bytes = False, 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self._refuse(f"The head of a request has to come within {_HEAD_SECONDS:g} seconds.")

    def _refuse(self, message: str) -> None:
        answering: RequestResponseCycle | None = self.cycle
        if answering is None or answering.response_complete:
            self.send_400_response(message)
        else:
            # What is answered is the request before.
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what can't be parsed, and close the connection."""
        self.transport.write(_bad_request(msg))
        self.transport.close()


class WholeExchange:
    """A request whose body is there, and a response that is written at once: `api.transport.exchange`.

    It does what uvicorn does with the messages of such a request, and leaves everything else to it.
    """

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def body(self) -> bytes | None:
        """The body, if all of it is there."""
        cycle = self._cycle
        return None if cycle.more_body or cycle.disconnected else bytes(cycle.body)

    def respond(self, head: bytes, body: bytes) -> bool:
        """Write a whole response; False where it would have to wait, or the connection ends with it."""
        cycle = self._cycle
        if (
            cycle.response_started
            or cycle.disconnected
            or not cycle.keep_alive
            or cycle.flow.write_paused
            or cycle.scope["method"] == "HEAD"
        ):
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        parts = [head, *(b"%b: %b\r\n" % header for header in cycle.default_headers), b"\r\n"]
        if len(body) <= _COPIED_BYTES:
            cycle.transport.write(b"".join([*parts, body]))
        else:
            cycle.transport.write(b"".join(parts))
            cycle.transport.write(body)
        cycle.message_event.set()
        cycle.on_response()
        return True


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that takes frames that are made already (`api.realtime.frames.FrameWriter`)."""

    def data_received(self, data: bytes) -> None:
        """Take bytes; a handshake that can't be parsed is refused."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # uvicorn would leave it without an answer, and open for as long as the client likes.
            self.transport.write(_bad_request("The handshake of the WebSocket is not a valid one."))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        """Offer to write frames to the application, which starts in the next turn of the event loop."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS and not self.conn.extensions:
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[FRAMES] = self

    def send_receive_event_to_app(self) -> None:
        """Hand a message to the application; text that isn't UTF-8 ends the socket, as RFC 6455 says.

        uvicorn would log a traceback of it, and fail when the client has closed the socket meanwhile.
        """
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError as error:
                self.frames = []
                self.conn.fail(CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close a socket whose bytes are none; what the application says after that reaches nobody."""
        super().handle_parser_exception()
        # uvicorn would take it for a mistake of the application, and log a traceback.
        self.disconnected = True

    def write_frames(self, data: bytes) -> bool:
        """Write whole frames now; False, and nothing is written, when the socket would have to wait."""
        if not self.writable.is_set() or self.close_sent or self.disconnected or not self.handshake_complete:
            return False
        self.transport.write(data)
        return True


def _end_unread(connected: socket.socket | None) -> None:
    """Have the kernel end the connection when it has waited for the client for so long."""
    # Not every system can.
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None and connected is not None and connected.family in (socket.AF_INET, socket.AF_INET6):
        connected.setsockopt(socket.IPPROTO_TCP, option, _UNREAD_SECONDS * 1000)


def _bad_request(message: str) -> bytes:
    body = orjson.dumps({"errors": [{"message": message}]})
    head = (
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


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

    def hurry(self) -> None:
        """While it stops: wait no longer for requests under way."""
        self.force_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the application ends in good order however much of a hurry there is."""
        await super().shutdown(sockets)
        if self.force_exit:
            for task in list(self.server_state.tasks):
                task.cancel()
            await self.lifespan.shutdown()


def http_server(app: Starlette, settings: Settings) -> HttpServer:
    """A server for `app`; `await server.serve(sockets=[listening_socket(...)])` runs it."""
    return HttpServer(
        uvicorn.Config(
            app,
            http=RequestProtocol,
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
