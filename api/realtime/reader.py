"""One reader of the feed: first what it missed, then what happens, without a gap or a repetition (F5)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from api.realtime.cursor import CursorExpiredError, TooSlowError
from domain.store import event_log
from domain.store.database import Database
from domain.store.event_log import Interest
from domain.store.events import LoggedEvent

_PAGE = 1_000
_RETRY_SECONDS = 1.0


class Reader:
    """Reads the events of one interest, in the order of their seq; made by `Feed.follow`.

    Everything up to `_live_from` is read from the log, what is newer is buffered as the feed hands it
    over. A full buffer is dropped, and `_live_from` moves on: the reader will find in the log what it
    has dropped. So a burst costs a reader some reading and nobody else anything. A reader that has
    taken nothing for `patience` seconds when its buffer is full is ended.
    """

    __slots__ = (
        "__weakref__",
        "_buffer",
        "_capacity",
        "_database",
        "_ended",
        "_live_from",
        "_patience",
        "_position",
        "_taken_at",
        "_woken",
        "interest",
        "token_id",
    )

    def __init__(
        self,
        *,
        database: Database,
        interest: Interest,
        after: int,
        live_from: int,
        capacity: int,
        patience: float,
        token_id: int | None = None,
    ) -> None:
        self.interest = interest
        self.token_id = token_id
        self._database = database
        self._position = after
        self._live_from = live_from
        self._capacity = capacity
        self._patience = patience
        self._buffer: list[LoggedEvent] = []
        self._ended: Exception | None = None
        self._woken = asyncio.Event()
        self._taken_at = asyncio.get_running_loop().time()

    @property
    def ended(self) -> bool:
        """Whether `end` was called, or the reader was found too slow."""
        return self._ended is not None

    def offer(self, event: LoggedEvent) -> None:
        """Take an event from the feed; never waits."""
        if event.seq <= self._position or self._ended is not None:
            return
        if len(self._buffer) >= self._capacity:
            self._buffer.clear()
            self._live_from = event.seq
            if asyncio.get_running_loop().time() - self._taken_at >= self._patience:
                self.end(TooSlowError())
        else:
            self._buffer.append(event)
        self._woken.set()

    def end(self, reason: Exception) -> None:
        """Let the next `next_batch`, or the one that waits, raise `reason`."""
        self._ended = self._ended or reason
        self._buffer.clear()
        self._woken.set()

    async def next_batch(self) -> Sequence[LoggedEvent]:
        """The next events, at least one; waits for it.

        Raises CursorExpiredError when events are missing, TooSlowError, or the reason given to `end`.
        """
        while True:
            self._taken_at = asyncio.get_running_loop().time()
            if self._ended is not None:
                raise self._ended
            if self._position < self._live_from:
                batch = await self._replay()
            elif self._buffer:
                batch, self._buffer = self._buffer, []
                self._position = batch[-1].seq
            else:
                self._woken.clear()
                await self._woken.wait()
                continue
            if batch:
                return batch

    async def _replay(self) -> list[LoggedEvent]:
        """The next page of what the log has for this reader; may be empty."""
        until = self._live_from
        try:
            async with self._database.connection() as sql:
                page = await event_log.read_wanted(
                    sql, interest=self.interest, after=self._position, until=until, limit=_PAGE
                )
                # Read after the page: had anything expired under it, this would show it.
                position = await event_log.position(sql)
        except event_log.DATABASE_ERRORS:
            await asyncio.sleep(_RETRY_SECONDS)
            return []
        if position.expired_until > self._position:
            raise CursorExpiredError
        self._position = page[-1].seq if len(page) == _PAGE else until
        return page
