"""What every request and response is wrapped in: an id, and headers that keep browsers careful."""

from __future__ import annotations

import asyncio
import re
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from api.transport.exchange import ENVELOPE, EXTENSION
from api.transport.headers import header, missing
from api.transport.refusals import unavailable

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")

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
        begun = False

        async def send_in_envelope(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                headers = [item for item in message["headers"] if item[0].lower() != b"x-request-id"]
                headers += missing(tuple(name for name, _ in headers))
                headers.append((b"x-request-id", request_id.encode()))
                message = {**message, "headers": headers}
            await send(message)

        # A copy: the server gives every request of the process the same state.
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, ENVELOPE: send_in_envelope}
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
            # These lead back to the scope: only a search for garbage would find the circle.
            del scope["state"][ENVELOPE]
            scope.get("extensions", {}).pop(EXTENSION, None)


def _request_id(given: str | None) -> str:
    """The id that the client or a proxy gave, if it can safely be logged; else a new one."""
    if given and _SANE_ID.fullmatch(given):
        return given
    return f"{getrandbits(128):032x}"
