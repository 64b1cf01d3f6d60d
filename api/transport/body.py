"""The body of a request, read within bounds of size and time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from api.transport.exchange import exchange_of
from api.transport.headers import header
from api.transport.refusals import HttpRefusal

_PAUSE_SECONDS = 20.0
"""How long the next part of a body may take to come."""

_SECONDS = 300.0
"""How long all of it may take: on bad Wi-Fi much is sent slowly, but nobody sends for ever."""


async def read_body(
    scope: Scope,
    receive: Receive,
    *,
    largest: int,
    too_large: str,
    pause_seconds: float = _PAUSE_SECONDS,
    seconds: float = _SECONDS,
) -> bytes:
    """The body of at most `largest` bytes; `too_large` says what to do about a larger one.

    Raises HttpRefusal (413, and 408 for one that does not come), and ClientDisconnect.
    """
    announced = header(scope, b"content-length") or "0"
    if announced.isdecimal() and int(announced) > largest:
        raise _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "PAYLOAD_TOO_LARGE", too_large)
    exchange = exchange_of(scope)
    whole = exchange.body() if exchange is not None else None
    if whole is not None and len(whole) <= largest:
        return whole
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(pause_seconds) as limit:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size > largest:
                    raise _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "PAYLOAD_TOO_LARGE", too_large)
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
                limit.reschedule(min(loop.time() + pause_seconds, deadline))
    except TimeoutError:
        raise _refusal(
            HTTPStatus.REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "The body of the request did not come in time."
        ) from None


def _refusal(status: HTTPStatus, code: str, message: str) -> HttpRefusal:
    # What is still on its way is not worth reading.
    return HttpRefusal(status, code, message, headers={"Connection": "close"})
