"""Events: written with their cause, numbered when committed, read without a gap."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.operations.expire_events import expire_events
from domain.store import event_log
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS, Interest, Position
from domain.store.event_relay import RelayTurn
from domain.store.events import Event, LoggedEvent, Topic, decode_batch, encode_batch, write

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F5")]

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

CUT_OFF_THE_RELAY = """
SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


def event(subject_id: int, *, client_id: int = 1, cause: str = "test", at: datetime = NOW) -> Event:
    return Event(client_id=client_id, topic=Topic.ORDER, at=at, cause=cause, subject_id=subject_id)


async def commit(database: Database, *events: Event) -> None:
    async with database.transaction_across_clients() as transaction:
        await write(transaction.sql, events)


async def logged(database: Database) -> list[LoggedEvent]:
    async with database.connection_across_clients() as sql:
        return await event_log.read(sql, after=0, limit=1_000_000)


@pytest.fixture
async def turn(database: Database) -> AsyncIterator[RelayTurn]:
    turn = await RelayTurn.open(database)
    assert await turn.take()
    yield turn
    await turn.close()


async def test_an_event_is_logged_as_it_was_written(database: Database, turn: RelayTurn) -> None:
    written = Event(
        client_id=7,
        topic=Topic.LINE,
        at=NOW,
        cause="receivePurchaseOrder",
        subject_id=12,
        distribution_center_id=3,
        sku_id=4,
        data={"backOrderedQty": 0, "previousBackOrderedQty": 5, "note": None},
    )
    await commit(database, written)

    (moved,) = await turn.move(limit=10)

    assert moved == LoggedEvent(seq=1, **{name: getattr(written, name) for name in Event.__struct_fields__})
    assert await logged(database) == [moved]
    assert decode_batch(encode_batch([moved])) == [moved]


async def test_events_of_one_transaction_keep_their_order(database: Database, turn: RelayTurn) -> None:
    await commit(database, *(event(subject_id) for subject_id in (5, 3, 9, 1)))

    assert [moved.subject_id for moved in await turn.move(limit=10)] == [5, 3, 9, 1]


async def test_an_event_of_a_transaction_that_is_rolled_back_never_happened(
    database: Database, turn: RelayTurn
) -> None:
    async def fail_after_writing() -> None:
        async with database.transaction_across_clients() as transaction:
            await write(transaction.sql, [event(1)])
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_writing()

    assert await turn.move(limit=10) == []
    assert await turn.position() == Position(last_seq=0, expired_until=0)


async def test_a_transaction_that_commits_late_is_numbered_late(database: Database, turn: RelayTurn) -> None:
    async with database.transaction_across_clients() as slow:
        await write(slow.sql, [event(1)])
        await commit(database, event(2))
        assert [(moved.seq, moved.subject_id) for moved in await turn.move(limit=10)] == [(1, 2)]

    assert [(moved.seq, moved.subject_id) for moved in await turn.move(limit=10)] == [(2, 1)]


async def test_whatever_commits_in_whatever_order_is_numbered_once_without_a_gap_and_in_order_per_order(
    database: Database, turn: RelayTurn
) -> None:
    """Eight writers change three orders, each under its lock, while the relay moves all the time."""
    chance = random.Random(5)  # noqa: S311 - any writers will do
    changes: dict[int, int] = defaultdict(int)

    async def writer() -> None:
        for _ in range(25):
            order_id = chance.randrange(3)
            async with database.transaction_across_clients() as transaction:
                await transaction.sql.execute("SELECT pg_advisory_xact_lock($1)", order_id)
                changes[order_id] += 1
                await write(transaction.sql, [event(order_id, cause=str(changes[order_id])), event(99)])
                await asyncio.sleep(chance.random() / 100)

    moved: list[LoggedEvent] = []
    async with asyncio.TaskGroup() as writers:
        writing = [writers.create_task(writer()) for _ in range(8)]
        while not all(task.done() for task in writing):
            moved += await turn.move(limit=7)
    while batch := await turn.move(limit=7):
        moved += batch

    assert [one.seq for one in moved] == list(range(1, 8 * 25 * 2 + 1))
    for order_id, count in changes.items():
        causes = [one.cause for one in moved if one.subject_id == order_id]
        assert causes == [str(number) for number in range(1, count + 1)]
    assert await logged(database) == moved


async def test_the_commit_of_an_event_wakes_the_relay(database: Database, turn: RelayTurn) -> None:
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(turn.woken(within=600))
        await asyncio.sleep(0.05)
        await commit(database, event(1))


async def test_only_one_relay_has_the_turn_and_another_takes_it_when_it_is_cut_off(
    database: Database, turn: RelayTurn
) -> None:
    successor = await RelayTurn.open(database)
    assert not await successor.take()

    await commit(database, event(1))
    async with database.connection_across_clients() as sql:
        await sql.execute(CUT_OFF_THE_RELAY)
    await turn.woken(within=10)
    with pytest.raises(DATABASE_ERRORS):
        await turn.move(limit=10)

    assert await successor.take()
    assert [moved.seq for moved in await successor.move(limit=10)] == [1]
    await successor.close()


async def test_the_query_for_an_interest_finds_what_the_interest_includes(
    database: Database, turn: RelayTurn
) -> None:
    clients, topics, subjects, centers, skus = (
        (1, 2),
        (Topic.ORDER, Topic.LINE),
        (1, 2),
        (None, 1, 2),
        (None, 1),
    )
    await commit(
        database,
        *(
            Event(
                client_id=client,
                topic=topic,
                at=NOW,
                cause="test",
                subject_id=subject,
                distribution_center_id=center,
                sku_id=sku,
            )
            for client, topic, subject, center, sku in itertools.product(
                clients, topics, subjects, centers, skus
            )
        ),
    )
    everything = await turn.move(limit=100)

    for subject_ids, center, sku in itertools.product(
        (None, frozenset({2, 3}), frozenset[int]()), centers, skus
    ):
        interest = Interest(
            client_id=1,
            topic=Topic.LINE,
            subject_ids=subject_ids,
            distribution_center_id=center,
            sku_id=sku,
        )
        async with database.connection_across_clients() as sql:
            found = await event_log.read_wanted(sql, interest=interest, after=2, until=40, limit=100)
        assert found == [one for one in everything if interest.includes(one) and 2 < one.seq <= 40]


async def test_expired_events_are_forgotten_from_the_oldest_on_and_the_log_says_how_far(
    database: Database, turn: RelayTurn
) -> None:
    ages = [50, 49, 10, 48, 5]
    await commit(database, *(event(age, at=NOW - timedelta(hours=age)) for age in ages))
    await turn.move(limit=10)

    assert await expire_events(database=database, now=NOW, keep=timedelta(hours=24)) == 2

    # The event of 48 hours ago follows on one that is still kept, so it stays as well.
    assert [one.subject_id for one in await logged(database)] == [10, 48, 5]
    position = await turn.position()
    assert position == Position(last_seq=5, expired_until=2)
    assert [position.resumable(seq) for seq in range(1, 7)] == [False, True, True, True, True, False]

    assert await expire_events(database=database, now=NOW + timedelta(days=9), keep=timedelta(hours=24)) == 3
    assert await turn.position() == Position(last_seq=5, expired_until=5)

    await commit(database, event(1))
    assert [moved.seq for moved in await turn.move(limit=10)] == [6]
