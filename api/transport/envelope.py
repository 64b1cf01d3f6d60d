"""What every request and response is wrapped in: an id, and headers that keep browsers careful."""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache
from os import urandom

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from api.transport.headers import header
from api.transport.refusals import unavailable

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")

_HEADERS = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""A page that needs more than nothing sets its own."""


_STOPPED = (
    "The server is being stopped. What was asked for may have been done: send it again, with the same "
    "idempotencyKey."
)


class Envelope:
    """Gives each request an id: in its logs, in `scope["state"]["request_id"]` and in the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request and its response."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _request_id(header(scope, b"x-request-id"))
        # A copy: the server gives every request of the process the same state.
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}

        begun = False

        async def send_in_envelope(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                headers = [item for item in message["headers"] if item[0].lower() != b"x-request-id"]
                headers += _missing(tuple(name for name, _ in headers))
                headers.append((b"x-request-id", request_id.encode()))
                message = {**message, "headers": headers}
            await send(message)

        tokens = bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_in_envelope)
        except asyncio.CancelledError:
            # The server stops, and has waited as long as it may: uvicorn would say, in plain text, that this
            # was an error of ours.
            if begun or scope["type"] != "http":
                raise
            await unavailable(_STOPPED).response()(scope, receive, send_in_envelope)
        finally:
            reset_contextvars(**tokens)


@lru_cache(maxsize=256)
def _missing(names: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
    """Our headers that a response with headers of these names does not have of its own."""
    own = {name.lower() for name in names}
    return [item for item in _HEADERS.items() if item[0] not in own]


def _request_id(given: str | None) -> str:
    """The id that the client or a proxy gave, if it can safely be logged; else a new one."""
    return given if given and _SANE_ID.fullmatch(given) else urandom(16).hex()
