"""A span for each HTTP request; only in the application where traces are exported."""

from __future__ import annotations

from opentelemetry.trace import SpanKind, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.transport.headers import header
from domain.tracing import span

_SERVER_ERRORS = 500
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
"""What monitoring asks every few seconds."""


class Traced:
    """Continues the trace that a request comes with, or begins one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request; the span of an event stream is as long as the stream."""
        if scope["type"] != "http" or scope["path"] in _UNTRACED:
            await self._app(scope, receive, send)
            return
        parent = header(scope, b"traceparent")
        request = span(
            f"{scope['method']} {scope['path']}",
            parent=parent,
            kind=SpanKind.SERVER,
            request_id=scope.get("state", {}).get("request_id"),
        )
        with request as one:

            async def send_and_note(message: Message) -> None:
                if one is not None and message["type"] == "http.response.start":
                    one.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _SERVER_ERRORS:
                        one.set_status(StatusCode.ERROR)
                await send(message)

            await self._app(scope, receive, send_and_note)
