"""Bodies that are too large, come too slowly, or stop in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from api.transport.body import read_body
from api.transport.refusals import HttpRefusal

pytestmark = pytest.mark.anyio


def sent(
    parts: Iterable[bytes], *, pause: float = 0.0, ends: bool = True, announced: str | None = None
) -> Request:
    """A request whose body comes in parts, with a pause before each; one that does not end is cut off."""

    async def coming() -> AsyncIterator[Message]:
        for part in parts:
            await asyncio.sleep(pause)
            yield {"type": "http.request", "body": part, "more_body": True}
        yield {"type": "http.request", "more_body": False} if ends else {"type": "http.disconnect"}

    messages = coming()

    async def receive() -> Message:
        return await anext(messages)

    headers = [] if announced is None else [(b"content-length", announced.encode("latin-1"))]
    return Request({"type": "http", "headers": headers}, receive)


async def body_of(request: Request, **limits: Any) -> bytes:
    return await read_body(request.scope, request.receive, largest=10, too_large="Send less.", **limits)


def endless() -> Iterable[bytes]:
    while True:
        yield b""


async def test_a_body_is_put_together_from_its_parts() -> None:
    assert await body_of(sent([b"12345", b"", b"67890"])) == b"1234567890"


async def test_a_body_that_is_too_large_is_refused_with_what_to_do() -> None:
    with pytest.raises(HttpRefusal, match=r"Send less\.") as refused:
        await body_of(sent([b"12345", b"678901"]))
    assert refused.value.status == 413


async def test_a_body_that_is_announced_to_be_too_large_is_not_waited_for() -> None:
    with pytest.raises(HttpRefusal, match=r"Send less\.") as refused:
        await asyncio.wait_for(body_of(sent([b"1"], pause=600, announced="11")), 60)
    assert refused.value.status == 413


@pytest.mark.parametrize("announced", ["", "x", "-1", "\xb2", "1 1"])
async def test_what_is_announced_and_no_number_is_not_looked_at(announced: str) -> None:
    assert await body_of(sent([b"1"], announced=announced)) == b"1"


@pytest.mark.parametrize(
    ("request_", "limits"),
    [
        pytest.param(sent([b"1"], pause=600), {"pause_seconds": 0.02}, id="stands still"),
        pytest.param(sent(endless(), pause=0.001), {"seconds": 0.05}, id="trickles for ever"),
    ],
)
async def test_a_body_that_does_not_come_in_time_is_refused(
    request_: Request, limits: dict[str, float]
) -> None:
    with pytest.raises(HttpRefusal, match="did not come in time") as refused:
        await asyncio.wait_for(body_of(request_, **limits), 60)
    assert refused.value.status == 408


async def test_who_goes_away_in_the_middle_is_not_answered() -> None:
    with pytest.raises(ClientDisconnect):
        await body_of(sent([b"123"], ends=False))
