"""Requests that no operation is executed for: an HTTP status, and an error as GraphQL clients expect it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from graphql import GraphQLError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import UNAVAILABLE
from api.execution.encoding import encoded
from api.transport.exchange import responded
from api.transport.headers import Header

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

UNAUTHENTICATED = "UNAUTHENTICATED"

_LAST = (b"connection", b"close")


class HttpRefusal(Exception):  # noqa: N818 -- a refusal is an answer, not an error
    """A request is refused with this status; `headers` tell the client what would be right."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = GraphQLError(message, extensions={"code": code})
        self.headers = dict(headers or {})

    def response(self, media_type: str = JSON) -> Response:
        """The refusal as a JSON response."""
        return json_response(
            {"errors": [self.error.formatted]}, self.status, media_type=media_type, headers=self.headers
        )


def bad_request(message: str) -> HttpRefusal:
    """The request is not made as GraphQL over HTTP demands."""
    return HttpRefusal(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", message)


def unauthenticated() -> HttpRefusal:
    """Nobody may ask anything without a valid token."""
    return HttpRefusal(
        HTTPStatus.UNAUTHORIZED,
        UNAUTHENTICATED,
        "Send a valid API token: Authorization: Bearer TOKEN.",
        headers={"WWW-Authenticate": 'Bearer realm="Backfill"'},
    )


def unavailable(message: str) -> HttpRefusal:
    """What the request needs is away; the same request may do in a moment."""
    return HttpRefusal(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, message, headers={"Retry-After": "1"})


def json_response(
    body: Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A JSON response in UTF-8 that nobody on the way keeps."""
    return _JsonResponse(encoded(body), status, _headers(media_type, tuple((headers or {}).items())))


class _JsonResponse(Response):
    """A response whose headers are written once for all responses of its kind."""

    def __init__(self, body: bytes, status: HTTPStatus, headers: tuple[Header, ...]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self._status = status
        self._headers_of_kind = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, as a whole where that is possible."""
        # Of the last response on a connection the server must see that it is.
        if _LAST in self._headers_of_kind or not responded(
            scope, send, status=self._status, headers=self._headers_of_kind, body=bytes(self.body)
        ):
            self.raw_headers = [*self._headers_of_kind, (b"content-length", b"%d" % len(self.body))]
            await super().__call__(scope, receive, send)


@lru_cache(maxsize=64)
def _headers(media_type: str, further: tuple[tuple[str, str], ...]) -> tuple[Header, ...]:
    headers = {
        "Content-Type": f"{media_type}; charset=utf-8",
        "Cache-Control": "no-store",
        # The same URL answers in several media types and for several tokens.
        "Vary": "Accept, Authorization",
        **dict(further),
    }
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
