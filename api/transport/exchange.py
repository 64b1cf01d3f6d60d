"""A request and its response, where the server offers them whole.

ASGI hands on a request and a response in messages; each layer between server and endpoint sees every
message, and the server looks at every header. That takes longer than to find out what most requests ask for.
So our server (`cli.http_server`) offers what it has under a name of its own, among the extensions of a
request's ASGI scope. With any other server, and wherever somebody listens to them, messages are sent.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from starlette.types import Scope, Send

from api.transport.headers import Header, missing

EXTENSION = "backfill.exchange"
"""The name under which a server offers an `Exchange`."""

ENVELOPE = "backfill.envelope"
"""In the state of a request: what sends the messages of its response, before anybody listens to them."""


class Exchange(Protocol):
    """One request over HTTP, and its response."""

    def body(self) -> bytes | None:
        """The body of the request, if all of it is there; else None, and it comes in messages."""

    def respond(self, head: bytes, body: bytes) -> bool:
        """Write a whole response now: the lines of status and headers, without the empty one, and the body.

        False, and nothing is written, when it would have to wait, or is the last on its connection.
        """


def exchange_of(scope: Scope) -> Exchange | None:
    """What the server offers for this request."""
    extensions = scope.get("extensions")
    found: Exchange | None = extensions.get(EXTENSION) if extensions else None
    return found


def responded(
    scope: Scope, send: Send, *, status: HTTPStatus, headers: tuple[Header, ...], body: bytes
) -> bool:
    """Whether a response was written as a whole, with these headers and those of every response.

    It was not where the server doesn't offer that, or `send` is somebody's who wants to see the messages.
    """
    exchange = exchange_of(scope)
    state = scope.get("state", {})
    if exchange is None or state.get(ENVELOPE) is not send:
        return False
    own = b"content-length: %d\r\nx-request-id: %b\r\n" % (len(body), state["request_id"].encode())
    return exchange.respond(_head(status, headers) + own, body)


@lru_cache(maxsize=256)
def _head(status: HTTPStatus, headers: tuple[Header, ...]) -> bytes:
    """The lines that are the same for all such responses."""
    complete = [*headers, *missing(tuple(name for name, _ in headers))]
    lines = [b"HTTP/1.1 %d %b" % (status, status.phrase.encode()), *(b": ".join(item) for item in complete)]
    return b"".join(line + b"\r\n" for line in lines)
