"""What the members of a group are sent of its events: made once, and for most of them written as it is.

The messages of graphql-transport-ws around an event differ in the id of the operation only, and most clients
count their operations alike. So the bytes of a WebSocket frame are the same for many sockets, and several
events that come together are one write.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Protocol

EXTENSION = "backfill.frames"
"""The name under which a server offers to write frames, among the extensions of a socket's ASGI scope."""

_HEADS = 16
"""Different operation ids that the bytes of a batch are kept for."""

_MOST_BYTES = 32 * 1024
"""Of frames that are written at once: half of what a socket buffers before it is told to wait."""

_TEXT = 0x81  # the only and last frame of a text message
_TWO_BYTES, _EIGHT_BYTES = 126, 127


class FrameWriter(Protocol):
    """A server's end of a WebSocket."""

    def write_frames(self, data: bytes) -> bool:
        """Write whole frames now; False, and nothing is written, when the socket would have to wait."""
        ...


class Frame:
    """What all members are sent of one event."""

    __slots__ = ("payload", "seq")

    def __init__(self, seq: int, payload: str) -> None:
        self.seq = seq
        self.payload = payload


class Batch:
    """Frames that are handed out together, in the order of their seq."""

    __slots__ = ("_data", "_payloads", "frames", "size")

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = frames
        self._payloads = [frame.payload.encode() for frame in frames]
        self.size = sum(map(len, self._payloads))
        self._data: dict[bytes, bytes] = {}

    def data(self, head: bytes) -> bytes:
        """The WebSocket frames, each with `head` before its payload and a brace behind it."""
        data = self._data.get(head)
        if data is None:
            data = b"".join(text_frame(b"%b%b}" % (head, payload)) for payload in self._payloads)
            if len(self._data) < _HEADS:
                self._data[head] = data
        return data


def batches(frames: Sequence[Frame]) -> list[Batch]:
    """The frames in batches that a socket takes at once, unless a single one is larger than that."""
    found: list[list[Frame]] = []
    size = 0
    for frame in frames:
        size += len(frame.payload)
        if not found or size > _MOST_BYTES:
            found.append([])
            size = len(frame.payload)
        found[-1].append(frame)
    return [Batch(each) for each in found]


def text_frame(text: bytes) -> bytes:
    """An unmasked, uncompressed text message in one frame (RFC 6455, 5.2)."""
    size = len(text)
    if size < _TWO_BYTES:
        return struct.pack("!BB", _TEXT, size) + text
    if size < 1 << 16:
        return struct.pack("!BBH", _TEXT, _TWO_BYTES, size) + text
    return struct.pack("!BBQ", _TEXT, _EIGHT_BYTES, size) + text
