"""Whoever was cut off goes on where it was, over a socket or server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.realtime import cursor
from domain.operations.expire_events import expire_events
from tests.api.realtime.listening import ALL, NOW, Program
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]


async def test_who_resumes_misses_and_repeats_nothing_and_shares_the_work_again(program: Program) -> None:
    async with program.socket() as steady, program.socket() as returning:
        await steady.subscribe("1")
        await program.members(1)
        writing = asyncio.create_task(_commit_slowly(program, range(1, 301)))
        await until(lambda: program.feed.position >= 100)
        await returning.subscribe("1", after=cursor.encode(40))

        assert await returning.numbers(260) == list(range(41, 301))
        assert await steady.numbers(300) == list(range(1, 301))
        await writing
        assert len(program.view.groups) == 1
        program.view.executed.clear()
        await program.commit(301)
        assert await returning.numbers(1) == await steady.numbers(1) == [301]
        assert program.view.executed == [301]


async def test_a_cursor_that_cannot_be_used_is_an_error_of_its_operation_alone(program: Program) -> None:
    await program.commit(1, 2)
    await until(lambda: program.feed.position == 2)
    await expire_events(database=program.database, now=NOW + timedelta(days=9), keep=timedelta(days=7))
    async with program.socket() as socket:
        await socket.subscribe("old", after=cursor.encode(1))
        expired = await socket.receive()
        await socket.subscribe("bad", after="nonsense")
        bad = await socket.receive()
        await socket.subscribe("good")
        await program.members(1)
        await program.commit(3)

        assert (expired["id"], expired["type"]) == ("old", "error")
        assert [error["extensions"] for error in expired["payload"]] == [{"code": "CURSOR_EXPIRED"}]
        assert (bad["id"], bad["type"]) == ("bad", "error")
        assert [error["extensions"] for error in bad["payload"]] == [
            {"code": "INVALID_INPUT", "argumentPath": ["after"]}
        ]
        assert await socket.numbers(1) == [3]


async def test_server_sent_events_resume_and_go_live_and_end_with_the_client(program: Program) -> None:
    await program.commit(1, 2, 3)
    await until(lambda: program.feed.position == 3)
    body = {"query": ALL, "variables": {"after": cursor.encode(1)}}
    url = f"http://127.0.0.1:{program.port}/1/1"
    async with httpx.AsyncClient(headers={"accept": "text/event-stream"}, timeout=60) as client:
        async with client.stream("POST", url, json=body) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = aiter(answer.aiter_lines())
            received = [await _next_event(lines), await _next_event(lines)]
            await program.commit(4)
            received.append(await _next_event(lines))
        assert [event["data"]["changed"]["number"] for event in received] == [2, 3, 4]
        await until(lambda: not program.feed.readers())

        bad = await client.post(url, json={"query": ALL, "variables": {"after": "nonsense"}})
        assert "INVALID_INPUT" in bad.text
        assert "event: complete" in bad.text


async def _next_event(lines: AsyncIterator[str]) -> Any:
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    raise EOFError


async def _commit_slowly(program: Program, numbers: range) -> None:
    for number in numbers:
        await program.commit(number)
