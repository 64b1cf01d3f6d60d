"""Whatever is said on a WebSocket, its protocol is kept, and nobody else is disturbed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import CloseCode, Frame, Opcode

from tests.api.transport.serving import Server, Socket
from tests.docs.close_codes import documented
from tests.fuzz.conversation import (
    FOLLOWING_ORDERS,
    MESSAGES,
    STEPS,
    VALID,
    Conversation,
    Init,
    Step,
    code_heard,
)
from tests.fuzz.examples import examples
from tests.fuzz.values import ANY_TEXT, LARGEST
from tests.fuzz.watching import Watch

pytestmark = pytest.mark.anyio

ORDER = 1
"""The number of the shop's only order."""


@given(admitted=st.sampled_from([True, True, True, False]), steps=st.lists(STEPS, max_size=8))
@examples(80)
async def test_a_conversation_goes_as_the_protocol_says(
    server: Server, watch: Watch, admitted: bool, steps: list[Step]
) -> None:
    async with watch.example(), _neighbour(server) as neighbour, server.raw_socket() as socket:
        conversation = Conversation(server, socket, neighbour.change)
        for step in [*([Init(VALID)] if admitted else []), *steps]:
            if await conversation.say(step) is not None:
                break


_ENDINGS = st.sampled_from(["closed", "cut", "half closed", "left alone"])
_PATIENCE = 0.2
"""Seconds that somebody waits for an answer who may have said half a message, which has none."""

_BODIES = st.one_of(
    MESSAGES.map(json.dumps).map(str.encode),
    st.binary(max_size=130),
    st.just(b'{"type": "ping"}'),
    st.just(b"\xc3\x28"),
    st.sampled_from([LARGEST, LARGEST + 1]).map(bytes),
    st.builds(
        lambda code, reason: code.to_bytes(2, "big") + reason.encode(), st.integers(0, 65_535), ANY_TEXT
    ),
)
_FRAMES = st.builds(
    lambda opcode, data, fin, rsv, masked: _frame(opcode, data, fin=fin, rsv=rsv, masked=masked),
    opcode=st.sampled_from([0, 1, 1, 1, 1, 2, 8, 9, 10, 3, 11]),
    data=_BODIES,
    fin=st.sampled_from([True, True, True, False]),
    rsv=st.sampled_from([0, 0, 0, 0, 0, 1, 7]),
    masked=st.sampled_from([True, True, True, True, False]),
)
_BYTES = st.binary(max_size=60) | st.sampled_from(
    [b"\x81\xff" + b"\xff" * 8, b"\x81\xff" + b"\x00" * 3 + b"\xff" * 5 + b"mask", b"\x88\xfe\x00\x80mask"]
)
_HEARD = set(documented())
# Whoever closes a socket hears its own code again, or none when it gave none.
_ANSWERS = {*range(1000, 1004), *range(3000, 5000), CloseCode.NO_STATUS_RCVD}


@given(
    sockets=st.lists(
        st.tuples(
            st.booleans(), st.lists(_FRAMES | _FRAMES | _FRAMES | _BYTES, min_size=1, max_size=6), _ENDINGS
        ),
        min_size=1,
        max_size=3,
    )
)
@examples(80)
async def test_frames_of_any_kind_hurt_nobody(
    server: Server, watch: Watch, sockets: list[tuple[bool, list[bytes], str]]
) -> None:
    async with watch.example(), _neighbour(server) as neighbour:
        talks = [_talk(server, admitted, frames, ending) for admitted, frames, ending in sockets]
        codes = await asyncio.gather(neighbour.change(), *talks)
        await neighbour.change()
        assert {code for code in codes if code is not None} <= _HEARD | _ANSWERS


_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
_PROTOCOLS = (
    st.sampled_from(["graphql-transport-ws", "graphql-ws", "graphql-transport-ws, x", "mqtt"]) | _VALUES
)
_HANDSHAKES = st.fixed_dictionaries(
    {"Host": st.just("127.0.0.1") | _VALUES, "Upgrade": st.just("websocket") | _VALUES},
    optional={
        "Connection": st.just("Upgrade") | _VALUES,
        "Sec-WebSocket-Key": st.just("dGhlIHNhbXBsZSBub25jZQ==") | _VALUES,
        "Sec-WebSocket-Version": st.sampled_from(["13", "8", "x"]),
        "Sec-WebSocket-Protocol": _PROTOCOLS,
        "Sec-WebSocket-Extensions": st.just("permessage-deflate") | _VALUES,
        "Origin": st.sampled_from(["https://elsewhere.example", "null", "http://[", "http://127.0.0.1"])
        | _VALUES,
        "Sec-Fetch-Site": st.sampled_from(["same-origin", "cross-site"]),
        "X-Request-Id": _VALUES,
        "Content-Length": st.sampled_from(["0", "4", "x"]),
    },
)
_COMPLETE = {
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@given(
    path=st.sampled_from(
        ["/graphql", "/graphql", "/graphql?query=%00", "/", "/metrics", "/graphql/", "/\xff"]
    ),
    whole=st.booleans(),
    headers=_HANDSHAKES,
)
@examples(100)
async def test_handshakes_of_any_kind_are_answered(
    server: Server, watch: Watch, path: str, whole: bool, headers: dict[str, str]
) -> None:
    told = {**headers, **(_COMPLETE if whole else {})}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    async with watch.example(), _neighbour(server) as neighbour:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write("\r\n".join(lines).encode("latin-1"))
        with suppress(ConnectionResetError):
            async with asyncio.timeout(60):
                answer = await reader.readline()
            assert answer[:10] in (b"HTTP/1.1 1", b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4", b""), answer
        writer.close()
        await neighbour.change()


class _Neighbour:
    """Somebody who follows orders on a socket of their own, and is told of each change."""

    def __init__(self, server: Server, socket: Socket) -> None:
        self._server = server
        self._socket = socket

    async def change(self) -> None:
        """Let the order change; the neighbour is told."""
        await self._server.commit(ORDER)
        message = await self._socket.receive()
        assert (message["type"], message["id"]) == ("next", "neighbour")
        assert message["payload"]["data"]["orderChanged"]["cursor"]


@asynccontextmanager
async def _neighbour(server: Server) -> AsyncIterator[_Neighbour]:
    async with server.socket() as socket:
        await socket.subscribe("neighbour", FOLLOWING_ORDERS[0])
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        yield _Neighbour(server, socket)


async def _talk(server: Server, admitted: bool, frames: list[bytes], ending: str) -> int | None:
    """Write frames as they are, and end in one of the ways that connections end; the code that was heard."""
    async with server.raw_socket(close_timeout=_PATIENCE) as socket:
        if admitted:
            await socket.init({"authorization": f"Bearer {server.token}"})
            assert await socket.receive() == {"type": "connection_ack"}
        transport = socket.connection.transport
        for frame in frames:
            transport.write(frame)
        match ending:
            case "cut":
                transport.abort()
            case "half closed":
                transport.write_eof()
            case "closed":
                await socket.connection.close()
            case _:
                pass
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await code_heard(socket)
        return None


def _frame(opcode: int, data: bytes, *, fin: bool, rsv: int, masked: bool) -> bytes:
    """A frame, whether the protocol has such a one or not."""
    whole = Frame(Opcode.BINARY, data).serialize(mask=masked)
    return bytes([opcode | rsv << 4 | fin << 7, *whole[1:]])
