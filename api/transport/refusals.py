"""Requests that no operation is executed for: an HTTP status, and an error as GraphQL clients expect it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response

from api.errors import UNAVAILABLE

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

UNAUTHENTICATED = "UNAUTHENTICATED"


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
    return Response(
        orjson.dumps(body, default=str),
        status,
        {
            "Content-Type": f"{media_type}; charset=utf-8",
            "Cache-Control": "no-store",
            # The same URL answers in several media types and for several tokens.
            "Vary": "Accept, Authorization",
            **(headers or {}),
        },
    )
