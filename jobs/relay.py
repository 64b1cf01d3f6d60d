"""The relay: moves committed events into the log and publishes them on a Redis Stream (F5).

The log in PostgreSQL is the truth, and the stream a way to tell every API process at once. An entry of
the stream is a batch of events, and its id is the seq of the last of them. So the stream cannot hold
anything twice or out of order, and what it lacks is what the log has after its last id: that is how it
is completed after Redis was away or empty, or a relay died between the commit and the XADD.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from redis.asyncio import Redis

from domain.store.database import Database
from domain.store.event_relay import RelayTurn
from domain.store.events import STREAM, LoggedEvent, encode_batch
from jobs.queue import REDIS_ERRORS

log = structlog.get_logger()

_BATCH = 5_000
"""How many events one transaction moves."""

_ENTRY = 500
"""How many events one entry of the stream holds at most."""

_REDIS_SECONDS = 2.0
"""How long a Redis that neither answers nor refuses may keep the events of everybody waiting."""

_STREAM_EVENTS = 100_000
"""How many events the stream keeps; who is further behind reads the log."""


class Relay:
    """One relay: stands by until it is its turn, then relays until it is cancelled.

    `moved` counts the events it has numbered, `lag_seconds` is how old the oldest of the last batch was
    then (0 while another relay has its turn), and `published_seq` how far it knows the stream to be
    complete (None: not at all).
    """

    def __init__(
        self, *, database: Database, redis: Redis, stream: str = STREAM, poll_seconds: float = 1.0
    ) -> None:
        self._database = database
        self._redis = redis
        self._stream = stream
        self._poll_seconds = poll_seconds
        self.active = False
        self.moved = 0
        self.lag_seconds = 0.0
        self.published_seq: int | None = None

    async def run(self) -> None:
        """Relay events for as long as the task lives; an outage of either database is waited out."""
        while True:
            try:
                turn = await RelayTurn.open(self._database)
                try:
                    while True:
                        if await turn.take():
                            await self._relay(turn)
                        await asyncio.sleep(self._poll_seconds)
                finally:
                    await turn.close()
            except Exception as error:  # noqa: BLE001 - whatever it is, events wait for the next try
                log.warning("relay.interrupted", error=repr(error))
            await asyncio.sleep(self._poll_seconds)

    async def _relay(self, turn: RelayTurn) -> None:
        self.active = True
        try:
            while True:
                if self.published_seq is None:
                    await self._complete_stream(turn)
                events = await turn.move(limit=_BATCH)
                self._count(events)
                if self.published_seq is not None:
                    await self._publish(events)
                if len(events) < _BATCH:
                    await turn.woken(within=self._poll_seconds)
        finally:
            self.active = False
            self.published_seq = None
            # Somebody else's from now on: what it was with us would be told for ever, and alerted to.
            self.lag_seconds = 0.0

    def _count(self, events: Sequence[LoggedEvent]) -> None:
        self.moved += len(events)
        self.lag_seconds = (datetime.now(UTC) - events[0].at).total_seconds() if events else 0.0

    async def _publish(self, events: Sequence[LoggedEvent]) -> bool:
        """Add events to the stream; False if Redis didn't take them all, and the stream is incomplete."""
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                for start in range(0, len(events), _ENTRY):
                    entry = events[start : start + _ENTRY]
                    last_seq = entry[-1].seq
                    await self._redis.xadd(
                        self._stream,
                        {"events": encode_batch(entry)},
                        id=f"{last_seq}-0",
                        minid=max(0, last_seq - _STREAM_EVENTS),
                    )
                    self.published_seq = last_seq
        except REDIS_ERRORS as error:
            self.published_seq = None
            log.warning("relay.redis_lost", error=repr(error))
            return False
        return True

    async def _complete_stream(self, turn: RelayTurn) -> None:
        """Publish what the log has and the stream lacks, as far back as the stream reaches."""
        position = await turn.position()
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                newest = await self._redis.xrevrange(self._stream, count=1)
                published = int(newest[0][0].split(b"-")[0]) if newest else 0
                if published > position.last_seq:
                    # It tells of a future that the database, restored to an earlier day, never had.
                    await self._redis.delete(self._stream)
                    published = 0
        except REDIS_ERRORS as error:
            log.warning("relay.redis_lost", error=repr(error))
            return
        published = max(published, position.expired_until, position.last_seq - _STREAM_EVENTS)
        self.published_seq = published
        while published < position.last_seq:
            events = await turn.read(after=published, limit=_BATCH)
            if not await self._publish(events):
                return
            published = events[-1].seq
