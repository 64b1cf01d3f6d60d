"""One reader of the feed: first what it missed, then what happens, without a gap or a repetition (F5)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from api.realtime.cursor import CursorExpiredError, TooSlowError
from domain.ports import Credential
from domain.store import event_log
from domain.store.database import Database
from domain.store.event_log import Interest
from domain.store.events import LoggedEvent

_PAGE = 1_000
_RETRY_SECONDS = 1.0


class Numbered(Protocol):
    """An event, or something made of one."""

    @property
    def seq(self) -> int: ...


Item = TypeVar("Item", bound=Numbered)


class Reader(Generic[Item]):
    """Reads the events of one interest in the order of their seq, each once.

    Everything up to `_live_from` is read from the log; what is newer is offered by whoever reads on
    behalf of many, as an event or as what it has made of it, and buffered. A full buffer is dropped,
    and `_live_from` moves on: the reader will find in the log what it has dropped. So a burst costs a
    reader some reading and nobody else anything.

    A reader that has taken nothing for `patience` seconds when its buffer is full is ended. A `strict`
    one is ended whenever its buffer is full of what came live: its items come one by one, not in bursts.
    `credential` is what its subscriber was admitted with.
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
        "_strict",
        "_taken_at",
        "_woken",
        "credential",
        "interest",
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
        strict: bool,
        credential: Credential | None,
    ) -> None:
        self.interest = interest
        self.credential = credential
        self._database = database
        self._position = after
        self._live_from = live_from
        self._capacity = capacity
        self._patience = patience
        self._strict = strict
        self._buffer: list[Item] = []
        self._ended: Exception | None = None
        self._woken = asyncio.Event()
        self._taken_at = asyncio.get_running_loop().time()

    @property
    def ended(self) -> Exception | None:
        """Why the reader was ended, if it was."""
        return self._ended

    @property
    def idle(self) -> bool:
        """Whether everything there is has been taken, so that the next item may be `passed`."""
        return self._ended is None and not self._buffer and self._position >= self._live_from

    def offer(self, item: Item) -> None:
        """Buffer an item for `next_batch`; never waits."""
        if self._ended is not None or item.seq <= max(self._position, self._live_from):
            return
        if len(self._buffer) < self._capacity:
            self._buffer.append(item)
        elif self._too_slow():
            self.end(TooSlowError())
        else:
            self._buffer.clear()
            self._live_from = item.seq
        self._woken.set()

    def passed(self, items: Sequence[Item]) -> int:
        """Count items as taken at once, without the buffer; how many of them, the last ones, are new."""
        if items[0].seq > self._position:
            new = len(items)
        else:
            new = sum(item.seq > self._position for item in items)
        if new:
            self._position = items[-1].seq
        return new

    def end(self, reason: Exception) -> None:
        """Let the next `next_batch`, or the one that waits, raise `reason`."""
        self._ended = self._ended or reason
        self._buffer.clear()
        self._woken.set()

    async def next_batch(self) -> Sequence[LoggedEvent | Item]:
        """The next events, at least one; waits for it.

        Raises CursorExpiredError when events are missing, TooSlowError, or the reason given to `end`.
        """
        while True:
            self._taken_at = asyncio.get_running_loop().time()
            if self._ended is not None:
                raise self._ended
            if self._position < self._live_from:
                if page := await self._replay():
                    return page
            elif self._buffer:
                batch, self._buffer = self._buffer, []
                self._position = batch[-1].seq
                return batch
            else:
                self._woken.clear()
                await self._woken.wait()

    def _too_slow(self) -> bool:
        if self._strict and self._position >= self._live_from:
            return True
        return asyncio.get_running_loop().time() - self._taken_at >= self._patience

    async def _replay(self) -> list[LoggedEvent]:
        """The next page of what the log has for this reader; may be empty."""
        until = self._live_from
        try:
            async with self._database.connection(self.interest.client_id) as sql:
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
