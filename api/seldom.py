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


class Ration:
    """Lets each key pass so many times at once, and one more time every so many seconds."""

    def __init__(
        self, *, at_once: int, every_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds and never goes back."""
        self._room = at_once * every_seconds
        self._every_seconds = every_seconds
        self._clock = clock
        # When what each key has passed will be forgotten; oldest first.
        self._until: dict[Hashable, float] = {}

    def passes(self, key: Hashable) -> bool:
        """Whether the key passes now."""
        now = self._clock()
        until = max(self._until.pop(key, now), now) + self._every_seconds
        passed = until - now <= self._room
        while len(self._until) >= _KEYS:
            del self._until[next(iter(self._until))]
        self._until[key] = until if passed else until - self._every_seconds
        return passed
