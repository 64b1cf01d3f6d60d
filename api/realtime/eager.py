"""Doing at once what usually doesn't have to wait."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any


def start(coroutine: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run `coroutine` until it would wait; None when it has ended, else what remains, to be awaited.

    Writing to a socket waits only when the peer doesn't read. A task per write would cost more than
    the write. (From Python 3.12 on, tasks can do this themselves.)
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return _Rest(coroutine, waits_for)


class _Rest:
    """A coroutine that has begun, and what it waits for: what its first step yielded to the event loop."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        try:
            yield self._waits_for
        except BaseException:
            self._coroutine.close()
            raise
        yield from self._coroutine.__await__()
