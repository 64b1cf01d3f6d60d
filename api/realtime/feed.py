"""The feed of a process: reads the stream of events once and hands each to the readers it concerns (F5).

Entries of the stream are batches of contiguous events, and their ids the seq of the last event. So the
feed knows whether an entry follows on what it has handed out. Where one doesn't, because Redis was
emptied or has failed over, the feed reads the log in PostgreSQL; while Redis is away, or whenever
nothing has come for a second, it does so too. Readers notice no more than the time that takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, Protocol
from weakref import WeakSet

import structlog
from msgspec import DecodeError
from redis.asyncio import Redis

from api.errors import REDIS_ERRORS
from api.realtime.cursor import CursorExpiredError
from api.realtime.reader import Reader
from domain.ports import Credential
from domain.store import event_log
from domain.store.database import Database
from domain.store.event_log import Interest
from domain.store.events import STREAM, LoggedEvent, Topic, decode_batch

log = structlog.get_logger()

_PAGE = 5_000
_REDIS_SECONDS = 2.0


class FeedState(StrEnum):
    """Where the events come from at the moment."""

    STOPPED = "stopped"
    STREAM = "stream"
    LOG = "log"
    NOWHERE = "nowhere"

    @property
    def promise(self) -> str:
        """What subscribers are told of it: events come at once, within a second or two, or later."""
        return {FeedState.LOG: "delayed", FeedState.NOWHERE: "waiting"}.get(self, "live")


class FeedListener(Protocol):
    """Somebody who wants to know when the events begin to come from elsewhere."""

    def feed_entered(self) -> None:
        """The feed's state has changed; never waits."""


class Feed:
    """The feed of events of one process, for all its subscribers.

    `position` is the seq up to which everything was handed out; `handed_out` and `ended_slow` count
    events given to readers and readers found too slow, `lag_seconds` is the age of the last event when
    it was handed out.
    """

    def __init__(
        self,
        *,
        database: Database,
        redis: Redis,
        stream: str = STREAM,
        poll_seconds: float = 1.0,
        capacity: int = 1_000,
        patience_seconds: float = 30.0,
    ) -> None:
        """`redis` answers in bytes, and its socket timeout is longer than `poll_seconds`."""
        self._database = database
        self._redis = redis
        self._stream = stream
        self._poll_seconds = poll_seconds
        self._capacity = capacity
        self._patience_seconds = patience_seconds
        # Weak, because not every server closes the generators of a client that has gone.
        self._readers: dict[tuple[int, Topic], WeakSet[Reader[LoggedEvent]]] = {}
        self._listeners: WeakSet[FeedListener] = WeakSet()
        self._task: asyncio.Task[None] | None = None
        self.state = FeedState.STOPPED
        self.position = 0
        self.handed_out = 0
        self.ended_slow = 0
        self.lag_seconds = 0.0

    async def start(self) -> None:
        """Begin with what happens from now on. Raises one of DATABASE_ERRORS when the database is down."""
        async with self._database.connection_across_clients() as sql:
            self.position = (await event_log.position(sql)).last_seq
        self._task = asyncio.create_task(self._run(), name="event feed")

    async def stop(self) -> None:
        """Hand out nothing any more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._enter(FeedState.STOPPED)

    def listen(self, listener: FeedListener) -> None:
        """Tell `listener` of every change of the state, for as long as it lives."""
        self._listeners.add(listener)

    async def begin(self, after: int | None) -> int:
        """The seq to follow from: `after`, or when it is None, the one everything from now on comes after.

        Raises CursorExpiredError when not everything after `after` is still kept.
        """
        if after is None:
            return self.position
        async with self._database.connection_across_clients() as sql:
            position = await event_log.position(sql)
        if not position.resumable(after):
            raise CursorExpiredError
        return after

    def follow(
        self, interest: Interest, *, after: int, credential: Credential | None = None
    ) -> Reader[LoggedEvent]:
        """A reader of everything of `interest` after the seq `after`; `leave` ends it."""
        reader = self.reader(interest, after=after, live_from=self.position, credential=credential)
        self._readers.setdefault((interest.client_id, interest.topic), WeakSet()).add(reader)
        return reader

    def reader(
        self,
        interest: Interest,
        *,
        after: int,
        live_from: int,
        strict: bool = False,
        credential: Credential | None = None,
    ) -> Reader[Any]:
        """A reader of the log up to `live_from` and of what somebody else will offer it after that."""
        return Reader(
            database=self._database,
            interest=interest,
            after=after,
            live_from=live_from,
            capacity=self._capacity,
            patience=self._patience_seconds,
            strict=strict,
            credential=credential,
        )

    def leave(self, reader: Reader[LoggedEvent]) -> None:
        """Hand out nothing to `reader` any more."""
        key = (reader.interest.client_id, reader.interest.topic)
        readers = self._readers.get(key, WeakSet())
        readers.discard(reader)
        if not readers:
            self._readers.pop(key, None)

    def readers(self) -> list[Reader[LoggedEvent]]:
        """Everyone the feed hands events to."""
        return [reader for readers in self._readers.values() for reader in readers]

    async def _run(self) -> None:
        while True:
            try:
                await self._advance()
            except Exception as error:  # noqa: BLE001 - whatever it is, subscribers wait for the next try
                self._enter(FeedState.NOWHERE, error)
                await asyncio.sleep(self._poll_seconds)

    async def _advance(self) -> None:
        try:
            batches = await self._read_stream()
        except (*REDIS_ERRORS, LookupError, DecodeError) as error:
            # Redis is away, or holds under this name what no relay has written.
            await self._read_log()
            self._enter(FeedState.LOG, error)
            await asyncio.sleep(self._poll_seconds)
            return
        self._enter(FeedState.STREAM)
        if not batches:
            await self._read_log()
        for batch in batches:
            await self._follow_on(batch)

    async def _read_stream(self) -> list[list[LoggedEvent]]:
        """What the stream has after `position`; waits for it a while."""
        async with asyncio.timeout(self._poll_seconds + _REDIS_SECONDS):
            answer = await self._redis.xread(
                {self._stream: f"{self.position}-0"}, count=20, block=int(self._poll_seconds * 1000)
            )
        return [decode_batch(fields[b"events"]) for _, entries in answer for _, fields in entries]

    async def _follow_on(self, events: Sequence[LoggedEvent]) -> None:
        """Hand out a batch of the stream, and before it what the stream lacked."""
        if events[0].seq > self.position + 1:
            await self._read_log()
        if events[0].seq > self.position + 1:
            # The stream is ahead of the database, which was restored: the relay will see to it.
            await asyncio.sleep(self._poll_seconds)
        else:
            self._hand_out([event for event in events if event.seq > self.position])

    async def _read_log(self) -> None:
        """Hand out everything that the log has after `position`."""
        while True:
            async with self._database.connection_across_clients() as sql:
                events = await event_log.read(sql, after=self.position, limit=_PAGE)
                position = await event_log.position(sql)
            if not position.resumable(self.position):
                log.error("feed.events_lost", position=self.position, log=position)
                self._restart(position.last_seq)
                return
            self._hand_out(events)
            if len(events) < _PAGE:
                return
            await asyncio.sleep(0)

    def _restart(self, position: int) -> None:
        """Go on at `position` although events are missing, and tell every reader so."""
        for reader in self.readers():
            reader.end(CursorExpiredError())
        self.position = position

    def _hand_out(self, events: Sequence[LoggedEvent]) -> None:
        for event in events:
            for reader in self._readers.get((event.client_id, event.topic), ()):
                if reader.interest.includes(event) and reader.ended is None:
                    reader.offer(event)
                    self.handed_out += 1
                    self.ended_slow += reader.ended is not None
        if events:
            self.position = events[-1].seq
            self.lag_seconds = time.time() - events[-1].at.timestamp()

    def _enter(self, state: FeedState, error: Exception | None = None) -> None:
        if state is not self.state:
            log.info("feed.state", before=self.state, after=state, error=repr(error) if error else None)
            self.state = state
            for listener in list(self._listeners):
                listener.feed_entered()
