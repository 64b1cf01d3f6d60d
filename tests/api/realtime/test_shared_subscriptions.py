"""Who asks the same is told by the same work, and who asks otherwise is not."""

from __future__ import annotations

import asyncio

import pytest

from api.realtime import cursor
from tests.api.realtime.listening import Program

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]

SOME = "subscription ($ids: [Int!], $after: String) { changed(ids: $ids, after: $after) { number } }"


async def test_an_event_is_executed_once_for_all_who_asked_the_same(program: Program) -> None:
    async with program.socket() as one, program.socket(token_id=2) as two:
        await one.subscribe("a")
        await two.subscribe("b")
        await two.subscribe('"c"')
        await program.members(3)
        assert len(program.view.groups) == 1
        await program.commit(7)

        expected = {
            "type": "next",
            "payload": {"data": {"changed": {"cursor": cursor.encode(1), "number": 7}}},
        }
        assert await one.receive() == {"id": "a", **expected}
        received = [await two.receive(), await two.receive()]
        assert received == [{"id": "b", **expected}, {"id": '"c"', **expected}]
        assert program.view.executed == [7]


async def test_subscribers_of_other_clients_and_with_other_variables_are_told_apart(program: Program) -> None:
    async with program.socket() as one, program.socket(client_id=2) as foreign:
        await one.subscribe("all")
        await one.subscribe("some", SOME, ids=[8])
        await foreign.subscribe("foreign")
        await program.members(3)
        assert len(program.view.groups) == 3
        await program.commit(7)
        await program.commit(9, client_id=2)
        await program.commit(8)

        assert await foreign.numbers(1) == [9]
        received = [await one.receive() for _ in range(3)]
        assert [message["id"] for message in received].count("some") == 1
        assert sorted(message["payload"]["data"]["changed"]["number"] for message in received) == [7, 8, 8]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await foreign.connection.recv()


async def test_what_is_committed_after_the_pong_to_a_ping_after_subscribing_is_delivered(
    program: Program,
) -> None:
    async with program.socket() as socket:
        for number in range(1, 20):
            await socket.subscribe(str(number))
            await socket.send({"type": "ping"})
            while (await socket.receive())["type"] != "pong":
                pass
            await program.commit(number)
            assert sorted(await socket.numbers(number)) == [number] * number


async def test_a_group_ends_with_its_last_member(program: Program) -> None:
    async with program.socket() as one, program.socket() as two:
        await one.subscribe("1")
        await two.subscribe("1")
        await program.members(2)
        await one.send({"id": "1", "type": "complete"})
        await program.members(1)
        assert len(program.view.groups) == 1

    await program.members(0)
    assert len(program.view.groups) == 0
    assert program.feed.readers() == []
