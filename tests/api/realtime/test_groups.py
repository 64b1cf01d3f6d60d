"""Groups: whoever comes, goes, stalls and comes again, each is told everything once and in order (F5)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from api.realtime.cursor import TooSlowError
from api.realtime.feed import Feed
from api.realtime.frames import Batch
from api.realtime.groups import Groups
from domain.store.database import Database
from domain.store.event_log import Interest
from domain.store.events import Event, LoggedEvent, Topic, write
from tests.relaying import relaying

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ORDERS = Interest(client_id=1, topic=Topic.ORDER)
EVENTS = 300


class Subscriber:
    """Somebody who joins the group, reads as it pleases, leaves, and resumes after what it has seen."""

    def __init__(self, groups: Groups, dice: random.Random) -> None:
        self.seen: list[int] = []
        self._groups = groups
        self._dice = dice

    async def subscribe(self) -> None:
        """Until everything has been seen."""
        while self.seen[-1:] != [EVENTS]:
            begin = await self._groups.feed.begin(self.seen[-1] if self.seen else 0)
            member = self._groups.join(
                "everything",
                interest=ORDERS,
                begin=begin,
                execute=self._execute,
                send=self._send,
                write=self._write,
            )
            # Either it goes, or it was ended because it did not keep up.
            with suppress(TimeoutError, TooSlowError):
                async with asyncio.timeout(self._dice.choice([0.0, 0.01, 0.1, 0.5])):
                    await member.ended()
            member.leave()
            await asyncio.sleep(self._dice.choice([0, 0, 0.01, 0.1]))

    async def _execute(self, events: Sequence[LoggedEvent]) -> list[str]:
        await asyncio.sleep(self._dice.choice([0, 0, 0.001, 0.01]))
        return [str(event.seq) for event in events]

    def _write(self, batch: Batch) -> bool:
        if self._dice.random() < 0.2:
            return False
        self.seen += [int(frame.payload) for frame in batch.frames]
        return True

    async def _send(self, payload: str) -> None:
        await asyncio.sleep(self._dice.choice([0, 0, 0, 0, 0, 0, 0.001, 0.2]))
        self.seen.append(int(payload))


@pytest.mark.parametrize("seed", range(2))
async def test_subscribers_that_come_and_go_are_told_everything_once_and_in_order(
    database: Database, redis: Redis, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311
    feed = Feed(database=database, redis=redis, poll_seconds=0.1, capacity=20)
    await feed.start()
    groups = Groups(feed)
    subscribers = [Subscriber(groups, random.Random(dice.random())) for _ in range(30)]  # noqa: S311
    async with asyncio.timeout(180), relaying(database, redis), asyncio.TaskGroup() as everybody:
        for subscriber in subscribers:
            everybody.create_task(subscriber.subscribe())
        written = 0
        while written < EVENTS:
            count = min(dice.choice([1, 1, 5, 40]), EVENTS - written)
            async with database.transaction_across_clients() as transaction:
                await write(
                    transaction.sql,
                    [
                        Event(client_id=1, topic=Topic.ORDER, at=NOW, cause="test", subject_id=number)
                        for number in range(count)
                    ],
                )
            written += count
            await asyncio.sleep(dice.choice([0, 0.005, 0.05]))
    await feed.stop()

    for subscriber in subscribers:
        assert subscriber.seen == list(range(1, EVENTS + 1))
    assert len(groups) == 0
    assert feed.readers() == []
