"""Coroutines that are begun at once and awaited only when they have to wait."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from api.realtime.eager import start

pytestmark = pytest.mark.anyio


async def write(sent: list[str], gate: asyncio.Event) -> None:
    try:
        await gate.wait()
        sent.append("written")
        await asyncio.sleep(0)
        sent.append("flushed")
    finally:
        sent.append("left")


async def test_what_need_not_wait_is_done_at_once() -> None:
    done: list[str] = []

    async def append() -> None:
        done.append("done")

    assert start(append()) is None
    assert done == ["done"]


async def test_what_fails_at_once_raises() -> None:
    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        start(fail())


async def test_what_has_to_wait_goes_on_where_it_stopped_when_it_is_awaited() -> None:
    sent: list[str] = []
    gate = asyncio.Event()
    rest = start(write(sent, gate))
    assert rest is not None
    assert sent == []

    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    gate.set()
    await task

    assert sent == ["written", "flushed", "left"]


async def test_what_is_cancelled_while_it_waits_is_cleaned_up() -> None:
    sent: list[str] = []
    rest = start(write(sent, asyncio.Event()))
    assert rest is not None
    task = asyncio.ensure_future(rest)
    await asyncio.sleep(0)

    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert task.cancelled()
    assert sent == ["left"]
