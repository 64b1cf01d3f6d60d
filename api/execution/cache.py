"""A cache that forgets what was used longest ago, bounded by number and by weight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class WeighedCache(Generic[Key, Value]):
    """At most `entries` values whose weights sum up to `weight` at most.

    A value heavier than `heaviest` is not kept: a few such would push out what is asked for all the time.
    """

    def __init__(self, *, entries: int, weight: int, heaviest: int) -> None:
        self._entries = entries
        self._limit = weight
        self._heaviest = heaviest
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """The value of the key, if it is here."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value, *, weight: int) -> None:
        """Keep the value, unless it is too heavy, in place of whatever was used longest ago."""
        self._drop(key)
        if weight > self._heaviest:
            return
        self._values[key] = (value, weight)
        self.weight += weight
        while len(self._values) > self._entries or self.weight > self._limit:
            self._drop(next(iter(self._values)))

    def _drop(self, key: Key) -> None:
        found = self._values.pop(key, None)
        if found is not None:
            self.weight -= found[1]
