"""The relay and its stream: complete whatever happens to either of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis

from domain.store.connecting import Limits
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS
from domain.store.event_relay import RelayTurn
from domain.store.events import STREAM, Event, Topic, decode_batch, write
from jobs.relay import Relay
from tests.relaying import relaying
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]

CUT_OFF_THE_RELAY = """
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


async def commit(database: Database, *subject_ids: int) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    async with database.transaction_across_clients() as transaction:
        await write(
            transaction.sql,
            [
                Event(client_id=1, topic=Topic.ORDER, at=at, cause="test", subject_id=subject_id)
                for subject_id in subject_ids
            ],
        )


async def stream(redis: Redis) -> list[tuple[int, int]]:
    """(seq, subject id) of every event in the stream, after checking the ids of its entries."""
    events = []
    for entry_id, fields in await redis.xrange(STREAM):
        batch = decode_batch(fields[b"events"])
        assert entry_id == b"%d-0" % batch[-1].seq
        events += batch
    return [(event.seq, event.subject_id) for event in events]


async def test_committed_events_are_published_in_order(database: Database, redis: Redis) -> None:
    async with relaying(database, redis) as relay:
        await commit(database, 11, 12)
        await commit(database, 13)
        await until(lambda: relay.published_seq == 3)

    assert await stream(redis) == [(1, 11), (2, 12), (3, 13)]
    assert relay.moved == 3


async def test_a_large_commit_is_published_in_several_entries(database: Database, redis: Redis) -> None:
    async with relaying(database, redis) as relay:
        await commit(database, *range(1, 1_235))
        await until(lambda: relay.published_seq == 1_234)

    assert await stream(redis) == [(number, number) for number in range(1, 1_235)]
    assert await redis.xlen(STREAM) == 3


async def test_events_of_a_relay_that_died_before_publishing_them_are_published_by_the_next(
    database: Database, redis: Redis
) -> None:
    async with relaying(database, redis) as first:
        await commit(database, 11)
        await until(lambda: first.published_seq == 1)
    await commit(database, 12, 13)
    dying = await RelayTurn.open(database)
    assert await dying.take()
    await dying.move(limit=10)
    await dying.close()

    async with relaying(database, redis) as next_relay:
        await until(lambda: next_relay.published_seq == 3)

    assert await stream(redis) == [(1, 11), (2, 12), (3, 13)]


async def test_a_relay_stands_by_and_takes_over(database: Database, redis: Redis) -> None:
    async with relaying(database, redis) as first:
        await until(lambda: first.active)
        async with relaying(database, redis) as second:
            await commit(database, 11)
            await until(lambda: first.published_seq == 1)
            assert not second.active
            async with database.connection_across_clients() as sql:
                await sql.execute(CUT_OFF_THE_RELAY)
            await commit(database, 12)
            await until(lambda: 2 in (first.published_seq, second.published_seq))
            assert first.active != second.active

    assert await stream(redis) == [(1, 11), (2, 12)]


async def test_a_relay_that_lost_its_turn_while_it_was_behind_is_not_behind_for_ever(
    database: Database, redis: Redis
) -> None:
    # It looks again only after long, and nobody wakes it: what it tells is of the batch of old events.
    await commit(database, 11)
    relay = Relay(database=database, redis=redis, poll_seconds=30)
    running = asyncio.create_task(relay.run())
    try:
        await until(lambda: relay.published_seq == 1)
        assert relay.lag_seconds > 0
        async with database.connection_across_clients() as sql:
            await sql.execute(CUT_OFF_THE_RELAY)
        await until(lambda: not relay.active)
        assert relay.lag_seconds == 0
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("moving", [False, True])
async def test_a_relay_that_stands_still_loses_its_turn(
    database: Database, monkeypatch: pytest.MonkeyPatch, moving: bool
) -> None:
    # Long enough for whoever does not stand still, on a busy machine, too.
    brief = Limits(statement=60, lock=60, idle_in_transaction=2, idle=60 if moving else 2)
    with monkeypatch.context() as hurried:
        hurried.setattr("domain.store.event_relay._LIMITS", brief)
        stopped = await RelayTurn.open(database)
    other = await RelayTurn.open(database)
    try:
        assert await stopped.take()
        if moving:
            await stopped._connection.execute("BEGIN; SELECT last_seq FROM event_position FOR UPDATE")
        async with asyncio.timeout(60):
            while not await other.take():  # noqa: ASYNC110 - the server ends the session, and tells nobody
                await asyncio.sleep(0.05)
            assert await other.move(limit=10) == []
        with pytest.raises(DATABASE_ERRORS):
            await stopped.position()
    finally:
        await stopped.close()
        await other.close()


async def test_while_redis_is_away_events_are_logged_and_afterwards_the_stream_is_completed(
    database: Database,
) -> None:
    server = FakeServer()
    redis = FakeAsyncRedis(server=server)
    async with relaying(database, redis) as relay:
        await commit(database, 11)
        await until(lambda: relay.published_seq == 1)
        server.connected = False
        await commit(database, 12)
        await commit(database, 13)
        await until(lambda: relay.moved == 3)
        assert relay.published_seq is None
        server.connected = True
        await until(lambda: relay.published_seq == 3)

    assert await stream(redis) == [(1, 11), (2, 12), (3, 13)]
    await redis.aclose()


async def test_a_stream_from_the_future_of_a_restored_database_is_replaced(
    database: Database, redis: Redis
) -> None:
    await redis.xadd(STREAM, {"events": b"of a history that is no more"}, id="900-0")
    await commit(database, 11)
    async with relaying(database, redis) as relay:
        await until(lambda: relay.published_seq == 1)

    assert await stream(redis) == [(1, 11)]
