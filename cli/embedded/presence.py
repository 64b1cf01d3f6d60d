"""Who uses the embedded servers of one data directory, so that the last one out can stop them.

Two file locks, because the kernel drops them however a process ends:
`starting.lock` is held alone while servers are being started or stopped;
`users.lock` is shared by every process that uses them. Whoever can take it alone is the last.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Presence:
    """This process among the users of the servers in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._users = (directory / "users.lock").open("a")
        self._starting = (directory / "starting.lock").open("a")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold off every other process that starts or stops these servers."""
        fcntl.flock(self._starting, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._starting, fcntl.LOCK_UN)

    def enter(self) -> None:
        """Become a user of the servers. Call it inside `alone()`."""
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop being a user; True when nobody else is one. Call it inside `alone()`."""
        fcntl.flock(self._users, fcntl.LOCK_UN)
        with suppress(BlockingIOError):
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def close(self) -> None:
        """Give up both locks."""
        self._users.close()
        self._starting.close()
