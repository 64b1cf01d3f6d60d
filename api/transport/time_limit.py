"""A limit of time for everything of one kind, watched by one timer.

`asyncio.timeout` sets a timer for each, which is taken back a few milliseconds later: much work for nothing,
where all have the same time.
"""

from __future__ import annotations

import asyncio
from types import TracebackType


class TimeLimit:
    """Whatever runs inside `with limit.watched():` may take `seconds`; what takes longer is cancelled.

    All have the same time, so who began first is the first to be too late.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._running: dict[Watched, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watched(self) -> Watched:
        """For the current task, and one block. The block raises TimeoutError when it has taken too long."""
        return Watched(self)

    def begin(self, watched: Watched) -> None:
        """Watch from now on."""
        loop = watched.task.get_loop()
        self._running[watched] = loop.time() + self.seconds
        if self._timer is None:
            self._timer = loop.call_later(self.seconds, self._look, loop)

    def end(self, watched: Watched) -> None:
        """Watch no longer."""
        self._running.pop(watched, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        while self._running:
            first, until = next(iter(self._running.items()))
            if until > now:
                self._timer = loop.call_at(until, self._look, loop)
                return
            del self._running[first]
            first.give_up()


class Watched:
    """One block of one task."""

    __slots__ = ("_asked_to_stop", "_limit", "_too_late", "task")

    def __init__(self, limit: TimeLimit) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only tasks can be given up")
        self.task = task
        self._limit = limit
        self._too_late = False

    def give_up(self) -> None:
        """Cancel the task, of which the block makes a TimeoutError."""
        self._too_late = True
        self.task.cancel()

    def __enter__(self) -> None:
        self._asked_to_stop = self.task.cancelling()
        self._limit.begin(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._limit.end(self)
        # As asyncio.timeout has it: whoever else wants the task to stop is not overruled.
        if self._too_late and self.task.uncancel() <= self._asked_to_stop and kind is asyncio.CancelledError:
            raise TimeoutError from error
