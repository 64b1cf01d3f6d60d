"""The feed: what readers get, whatever happens to Redis, to other readers and to the log."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis

from api.realtime.cursor import CursorExpiredError, TooSlowError
from api.realtime.feed import Feed, FeedState
from api.realtime.reader import Reader
from domain.operations.expire_events import expire_events
from domain.store.database import Database
from domain.store.event_log import Interest
from domain.store.events import STREAM, Event, LoggedEvent, Topic, write
from jobs.relay import Relay
from tests.relaying import relaying
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ORDERS = Interest(client_id=1, topic=Topic.ORDER)


@asynccontextmanager
async def feeding(
    database: Database, redis: Redis, *, capacity: int = 1_000, patience_seconds: float = 30
) -> AsyncIterator[Feed]:
    feed = Feed(
        database=database,
        redis=redis,
        poll_seconds=0.1,
        capacity=capacity,
        patience_seconds=patience_seconds,
    )
    await feed.start()
    try:
        yield feed
    finally:
        await feed.stop()


@pytest.fixture
async def relay(database: Database, redis: Redis) -> AsyncIterator[Relay]:
    async with relaying(database, redis) as relay:
        yield relay


@pytest.fixture
async def feed(database: Database, redis: Redis, relay: Relay) -> AsyncIterator[Feed]:
    async with feeding(database, redis) as feed:
        yield feed


async def commit(database: Database, *subject_ids: int, client_id: int = 1, cause: str = "test") -> None:
    async with database.transaction_across_clients() as transaction:
        await write(
            transaction.sql,
            [
                Event(client_id=client_id, topic=Topic.ORDER, at=NOW, cause=cause, subject_id=subject_id)
                for subject_id in subject_ids
            ],
        )


async def follow(feed: Feed, interest: Interest, *, after: int | None = None) -> Reader[LoggedEvent]:
    return feed.follow(interest, after=await feed.begin(after))


async def take(reader: Reader[LoggedEvent], count: int) -> list[tuple[int, int]]:
    """(seq, subject id) of the next `count` events."""
    taken: list[tuple[int, int]] = []
    async with asyncio.timeout(60):
        while len(taken) < count:
            taken += [(event.seq, event.subject_id) for event in await reader.next_batch()]
    return taken


async def nothing_more(reader: Reader[LoggedEvent]) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            await reader.next_batch()
        return False
    return True


async def test_a_reader_gets_what_is_committed_after_it_came(database: Database, feed: Feed) -> None:
    await commit(database, 1)
    await until(lambda: feed.position == 1)
    reader = await follow(feed, ORDERS)
    await commit(database, 2, 3)
    await commit(database, 4)

    assert await take(reader, 3) == [(2, 2), (3, 3), (4, 4)]
    assert feed.state is FeedState.STREAM


async def test_a_reader_sees_nothing_of_another_client(database: Database, feed: Feed) -> None:
    reader = await follow(feed, ORDERS, after=0)
    foreign = await follow(feed, Interest(client_id=2, topic=Topic.ORDER), after=0)
    await commit(database, 1, 2)
    await commit(database, 3, client_id=2)

    assert await take(foreign, 1) == [(3, 3)]
    assert await take(reader, 2) == [(1, 1), (2, 2)]
    assert await nothing_more(foreign)
    assert await nothing_more(reader)


async def test_a_reader_gets_only_the_orders_it_asked_for_live_and_replayed(
    database: Database, feed: Feed
) -> None:
    await commit(database, 1, 2, 3)
    await until(lambda: feed.position == 3)
    two_and_four = Interest(client_id=1, topic=Topic.ORDER, subject_ids=frozenset({2, 4}))
    reader = await follow(feed, two_and_four, after=0)
    await commit(database, 3, 4, 5)

    assert await take(reader, 2) == [(2, 2), (5, 4)]


async def test_resuming_in_the_middle_of_a_thousand_events_while_writers_go_on_misses_and_repeats_nothing(
    database: Database, redis: Redis, relay: Relay
) -> None:
    async def writer(order_id: int) -> None:
        for change in range(125):
            await commit(database, order_id, cause=str(change))

    async with feeding(database, redis, capacity=50) as feed, asyncio.TaskGroup() as writers:
        for order_id in range(8):
            writers.create_task(writer(order_id))
        seen: list[LoggedEvent] = []
        first = await follow(feed, ORDERS, after=0)
        while len(seen) < 300:
            seen += await first.next_batch()
        feed.leave(first)
        await asyncio.sleep(0.1)
        second = await follow(feed, ORDERS, after=seen[-1].seq)
        while len(seen) < 1_000:
            seen += await second.next_batch()

    assert [event.seq for event in seen] == list(range(1, 1_001))
    for order_id in range(8):
        causes = [event.cause for event in seen if event.subject_id == order_id]
        assert causes == [str(change) for change in range(125)]


async def test_relays_stopped_at_any_moment_lose_and_repeat_nothing(database: Database, redis: Redis) -> None:
    chance = random.Random(3)  # noqa: S311 - any moments will do
    async with feeding(database, redis) as feed, asyncio.TaskGroup() as tasks:
        reader = await follow(feed, ORDERS)
        writing = tasks.create_task(_commit_one_by_one(database, 300))
        while not writing.done():
            async with relaying(database, redis):
                await asyncio.sleep(chance.random() / 20)
        async with relaying(database, redis):
            assert await take(reader, 300) == [(number, number) for number in range(1, 301)]


async def _commit_one_by_one(database: Database, count: int) -> None:
    for number in range(1, count + 1):
        await commit(database, number)


async def test_nothing_is_lost_when_redis_is_emptied(database: Database, redis: Redis, feed: Feed) -> None:
    reader = await follow(feed, ORDERS)
    await commit(database, 1)
    assert await take(reader, 1) == [(1, 1)]
    for number in range(2, 60):
        await commit(database, number)
        if number % 5 == 0:
            await redis.flushdb()

    assert await take(reader, 58) == [(number, number) for number in range(2, 60)]


async def test_an_entry_that_never_reached_the_stream_is_read_from_the_log(
    database: Database, redis: Redis, feed: Feed, relay: Relay
) -> None:
    reader = await follow(feed, ORDERS)
    await commit(database, 1)
    await until(lambda: relay.published_seq == 1)
    await redis.delete(STREAM)
    await commit(database, 2)

    assert await take(reader, 2) == [(1, 1), (2, 2)]


async def test_while_redis_is_away_events_come_from_the_log_and_the_feed_says_so(database: Database) -> None:
    server = FakeServer()
    redis = FakeAsyncRedis(server=server)
    async with relaying(database, redis), feeding(database, redis) as feed:
        reader = await follow(feed, ORDERS)
        await commit(database, 1)
        assert await take(reader, 1) == [(1, 1)]
        server.connected = False
        await commit(database, 2)
        assert await take(reader, 1) == [(2, 2)]
        await until(lambda: feed.state is FeedState.LOG)
        server.connected = True
        await until(lambda: feed.state is FeedState.STREAM)
        await commit(database, 3)
        assert await take(reader, 1) == [(3, 3)]
    await redis.aclose()


async def test_a_stream_that_cannot_be_read_does_not_stop_the_events(
    database: Database, redis: Redis
) -> None:
    await redis.xadd(STREAM, {"events": b"nonsense"}, id="900-0")
    async with feeding(database, redis) as feed:
        reader = await follow(feed, ORDERS)
        async with relaying(database, redis):
            await commit(database, 1, 2)

            assert await take(reader, 2) == [(1, 1), (2, 2)]


async def test_a_burst_larger_than_the_buffer_reaches_a_reader_that_takes_it(
    database: Database, redis: Redis, relay: Relay
) -> None:
    async with feeding(database, redis, capacity=10) as feed:
        reader = await follow(feed, ORDERS)
        await commit(database, *range(1, 2_001))

        assert await take(reader, 2_000) == [(number, number) for number in range(1, 2_001)]


async def test_a_reader_that_leaves_its_events_lying_is_ended_and_the_others_are_not(
    database: Database, redis: Redis, relay: Relay
) -> None:
    async with feeding(database, redis, capacity=10, patience_seconds=0.2) as feed:
        slow, quick = await follow(feed, ORDERS), await follow(feed, ORDERS)
        seen = []
        for number in range(1, 41):
            await commit(database, number)
            seen += await take(quick, 1)
            await asyncio.sleep(0.01)

        assert seen == [(number, number) for number in range(1, 41)]
        assert feed.ended_slow == 1
        with pytest.raises(TooSlowError, match="'after'"):
            await slow.next_batch()


async def test_a_cursor_whose_events_have_expired_is_refused(database: Database, feed: Feed) -> None:
    await commit(database, 1, 2, 3)
    await until(lambda: feed.position == 3)
    reader = await follow(feed, ORDERS, after=1)
    await expire_events(database=database, now=NOW + timedelta(days=8), keep=timedelta(days=7))

    with pytest.raises(CursorExpiredError):
        await follow(feed, ORDERS, after=2)
    with pytest.raises(CursorExpiredError):
        await reader.next_batch()

    resumed = await follow(feed, ORDERS, after=3)
    await commit(database, 4)
    assert await take(resumed, 1) == [(4, 4)]


async def test_a_cursor_that_was_never_given_out_is_refused(database: Database, feed: Feed) -> None:
    with pytest.raises(CursorExpiredError):
        await follow(feed, ORDERS, after=1)


async def test_readers_are_told_when_the_database_went_back_in_time(database: Database, feed: Feed) -> None:
    reader = await follow(feed, ORDERS)
    await commit(database, 1, 2, 3)
    assert len(await take(reader, 3)) == 3
    async with database.transaction_across_clients() as transaction:
        await transaction.sql.execute("DELETE FROM event_log WHERE seq > 1")
        await transaction.sql.execute("UPDATE event_position SET last_seq = 1")

    async with asyncio.timeout(60):
        with pytest.raises(CursorExpiredError):
            await reader.next_batch()


async def test_a_reader_that_is_forgotten_is_not_kept(database: Database, feed: Feed) -> None:
    reader = await follow(feed, ORDERS)
    assert feed.readers() == [reader]
    del reader

    assert feed.readers() == []
