"""Frames that are made once for many sockets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from api.realtime.frames import Batch, Frame, batches, text_frame


def read(data: bytes) -> list[str]:
    """The text messages in the data, as a client of another make reads them."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN, max_size=None)
    client.receive_data(data)
    assert client.parser_exc is None
    found = [event for event in client.events_received() if isinstance(event, WireFrame)]
    assert all(frame.opcode is Opcode.TEXT and frame.fin for frame in found)
    return [bytes(frame.data).decode() for frame in found]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_text_of_any_length_is_one_message(size: int) -> None:
    assert read(text_frame(b"x" * size)) == ["x" * size]


@given(st.lists(st.text(max_size=200), min_size=1, max_size=5), st.text(max_size=30))
def test_a_batch_is_a_message_for_each_event_with_the_head_before_it(payloads: list[str], head: str) -> None:
    batch = Batch([Frame(seq, payload) for seq, payload in enumerate(payloads)])

    assert read(batch.data(head.encode())) == [f"{head}{payload}}}" for payload in payloads]


def test_sockets_with_the_same_head_are_sent_the_same_bytes() -> None:
    batch = Batch([Frame(1, "{}")])

    assert batch.data(b"1") is batch.data(b"1")


def test_what_is_more_than_a_socket_takes_at_once_is_several_batches() -> None:
    frames = [Frame(seq, "x" * size) for seq, size in enumerate([100, 20_000, 20_000, 90_000, 5, 5])]

    assert [[frame.seq for frame in batch.frames] for batch in batches(frames)] == [[0, 1], [2], [3], [4, 5]]


def test_nothing_is_no_batch() -> None:
    assert batches([]) == []
