"""A GraphQL request as it comes over HTTP: read within bounds, and checked before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from api.transport.body import read_body
from api.transport.headers import header
from api.transport.refusals import HttpRefusal, bad_request


class GraphQLRequest(NamedTuple):
    """What a client asks to be executed; `query` is empty where the document is only named."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    document_id: str | None = None


def check_method(scope: Scope) -> None:
    """Raises HttpRefusal (405) for another method than GET and POST."""
    if scope["method"] not in ("GET", "POST"):
        raise method_not_allowed(
            f"{scope['method']} is not allowed: send GraphQL with POST, or queries with GET."
        )


def method_not_allowed(message: str, *, allow: str = "GET, POST") -> HttpRefusal:
    """The method is wrong for what is asked; `allow` says which one is right."""
    return HttpRefusal(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message, headers={"Allow": allow})


def check_content_type(scope: Scope) -> None:
    """Raises HttpRefusal (415) when a body is not plain JSON in UTF-8.

    A page of another origin can post forms and text without the browser asking us first, but not JSON.
    Nothing more is needed against forged requests, with GET neither: every request carries its token in
    the Authorization header, which no browser adds by itself and which makes it ask first as well.
    """
    if scope["method"] != "POST":
        return
    problem = _problem_of(header(scope, b"content-type") or "", header(scope, b"content-encoding"))
    if problem is not None:
        raise HttpRefusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            problem,
            headers={"Accept-Post": "application/json"},
        )


@lru_cache(maxsize=64)
def _problem_of(content_type: str, content_encoding: str | None) -> str | None:
    """What is wrong with a body that says this of itself."""
    media_type, *parameters = content_type.lower().split(";")
    charsets = [text.partition("=")[2].strip().strip('"') for text in parameters if "charset" in text]
    if media_type.strip() != "application/json" or charsets not in ([], ["utf-8"], ["utf8"]):
        return "Send the request as JSON: Content-Type: application/json, in UTF-8."
    if (content_encoding or "identity").lower() != "identity":
        return "Send the request without a Content-Encoding."
    return None


async def read_request(scope: Scope, receive: Receive, *, largest: int) -> GraphQLRequest:
    """The request in the body of at most `largest` bytes, or with GET in the URL.

    Raises HttpRefusal (400, 408, 413), and ClientDisconnect.
    """
    if scope["method"] == "GET":
        fields: dict[str, Any] = dict(QueryParams(scope["query_string"]))
        for name in ("variables", "extensions"):
            if text := fields.get(name):
                fields[name] = _decoded(text, f"The parameter `{name}`")
            else:
                fields.pop(name, None)
        # An empty parameter is how forms and some clients leave one out.
        fields["operationName"] = fields.get("operationName") or None
        return _checked(fields)
    too_large = f"A request has at most {largest:,} bytes: send fewer things at a time."
    body = _decoded(await read_body(scope, receive, largest=largest, too_large=too_large), "The body")
    if isinstance(body, list):
        raise bad_request("Batches are not supported: send each operation in a request of its own.")
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object with a `query`.")
    return _checked(body)


def _decoded(text: bytes | str, what: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"{what} is not valid JSON: {error}.") from None


def _checked(fields: Mapping[str, Any]) -> GraphQLRequest:
    query, document_id, extensions = (fields.get(name) for name in ("query", "documentId", "extensions"))
    for name in ("variables", "extensions"):
        if not isinstance(fields.get(name), dict | None):
            raise bad_request(f"`{name}` must be an object or null.")
    if not isinstance(document_id, str | None) or document_id == "":
        raise bad_request("`documentId` must be text or null.")
    named = document_id is not None or (extensions is not None and "persistedQuery" in extensions)
    if query is None and named:
        query = ""
    elif document_id is not None:
        raise bad_request("Send either a `query` or the `documentId` of one.")
    elif not isinstance(query, str) or not query.strip():
        raise bad_request(
            "The request has no `query`: a GraphQL document as text, or the `documentId` of one."
        )
    operation_name = fields.get("operationName")
    if not isinstance(operation_name, str | None):
        raise bad_request("`operationName` must be text or null.")
    return GraphQLRequest(query, operation_name, fields.get("variables"), extensions, document_id)
