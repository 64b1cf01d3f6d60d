"""Operations over a real socket, and what closes it."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed

from api.realtime import cursor
from tests.api.realtime.listening import Program

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]


async def test_what_is_no_subscription_of_events_is_answered_as_ever(program: Program) -> None:
    async with program.socket() as socket:
        await socket.subscribe("1", "{ client }")
        assert await socket.receive() == {"id": "1", "type": "next", "payload": {"data": {"client": 1}}}
        assert await socket.receive() == {"id": "1", "type": "complete"}
        await socket.subscribe("2", "subscription { unknown }")
        assert (await socket.receive())["type"] == "error"


async def test_a_field_that_fails_is_an_error_in_the_event_and_the_stream_goes_on(program: Program) -> None:
    async with program.socket() as socket:
        await socket.subscribe("1", "subscription { changed { cursor broken } }")
        await program.members(1)
        await program.commit(1, 2)

        for seq in (1, 2):
            payload = (await socket.receive())["payload"]
            assert payload["data"] == {"changed": {"cursor": cursor.encode(seq), "broken": None}}
            assert [error["path"] for error in payload["errors"]] == [["changed", "broken"]]


async def test_an_operation_id_cannot_be_used_twice_at_a_time(program: Program) -> None:
    async with program.socket() as socket:
        await socket.subscribe("1")
        await socket.subscribe("1")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4409


async def test_a_socket_that_is_not_read_is_closed_with_the_advice_to_resume_and_delays_nobody(
    program: Program,
) -> None:
    bulky = "subscription { changed { number bulk } }"
    async with program.socket() as slow, program.socket() as quick:
        await slow.subscribe("1", bulky)
        await quick.subscribe("1", bulky)
        await program.members(2)
        for number in range(1, 1_001):
            await program.commit(number)
            assert await quick.numbers(1) == [number]
            if len(program.view.groups.members()) == 1:
                break

        assert program.feed.ended_slow == 1
        with pytest.raises(ConnectionClosed) as closed:
            await slow.numbers(1_000)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013
        assert "'after'" in closed.value.rcvd.reason


async def test_the_sockets_of_a_revoked_token_are_closed(program: Program) -> None:
    async with program.socket(token_id=1) as revoked, program.socket(token_id=2) as valid:
        await revoked.subscribe("1")
        await valid.subscribe("1")
        await program.members(2)
        assert program.view.groups.credentials() == {1, 2}
        program.view.groups.end_for(1)
        await program.commit(5)

        assert await valid.numbers(1) == [5]
        with pytest.raises(ConnectionClosed) as closed:
            await revoked.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
