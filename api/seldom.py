"""Saying something once in a while: what others can cause at will must not fill a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

_KEYS = 10_000


class Seldom:
    """Lets each key pass once in `every_seconds`."""

    def __init__(self, *, every_seconds: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and never goes back."""
        self._every_seconds = every_seconds
        self._clock = clock
        # When each key may pass again, and how often it was stopped; oldest first.
        self._known: dict[Hashable, tuple[float, int]] = {}

    def passes(self, key: Hashable) -> int | None:
        """How often the key was stopped since it passed last; None: it is stopped now."""
        now = self._clock()
        again, stopped = self._known.get(key, (now, 0))
        if again > now:
            self._known[key] = (again, stopped + 1)
            return None
        self._known.pop(key, None)
        while len(self._known) >= _KEYS:
            del self._known[next(iter(self._known))]
        self._known[key] = (now + self._every_seconds, 0)
        return stopped
