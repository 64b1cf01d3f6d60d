"""How fast a token may spend, over all processes, with Redis and without."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from api.transport.throttle import Throttle

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def throttle(redis: Redis, clock: Clock, *, per_second: int = 100, burst: int = 1_000) -> Throttle:
    return Throttle(redis, per_second=per_second, burst=burst, clock=clock, redis_seconds=10)


async def test_a_token_spends_its_burst_at_once_and_then_as_much_as_comes_back(
    redis: Redis, clock: Clock
) -> None:
    ours = throttle(redis, clock)
    assert (await ours.spend("1", 900)).retry_after is None
    told = await ours.spend("1", 300)
    assert (told.retry_after, told.available, told.maximum, told.restored_per_second) == (
        2.0,
        100,
        1_000,
        100,
    )
    clock.now += 1.5
    told = await ours.spend("1", 300)
    assert told.retry_after == pytest.approx(0.5)
    clock.now += 0.5
    assert (await ours.spend("1", 300)).retry_after is None
    # Another token has a bucket of its own.
    assert (await ours.spend("2", 1_000)).retry_after is None


async def test_processes_share_what_a_token_may_spend(redis: Redis, clock: Clock) -> None:
    processes = [throttle(redis, clock) for _ in range(4)]
    spent = 0
    for _ in range(100):
        for process in processes:
            told = await process.spend("1", 5)
            spent += 0 if told.retry_after else 5
    assert spent <= 1_000
    # What a process has taken in advance and can't use is at most a tenth of a second's worth.
    assert spent > 1_000 - len(processes) * 10


async def test_requests_at_the_same_time_spend_no_more(redis: Redis, clock: Clock) -> None:
    processes = [throttle(redis, clock) for _ in range(3)]
    told = await asyncio.gather(*(processes[n % 3].spend("1", 10) for n in range(300)))
    spent = 10 * sum(each.retry_after is None for each in told)
    assert 950 <= spent <= 1_000


async def test_many_processes_at_the_same_time_spend_no_more(redis: Redis, clock: Clock) -> None:
    processes = [throttle(redis, clock, burst=500) for _ in range(32)]
    told = await asyncio.gather(*(processes[n % 32].spend("1", 10) for n in range(960)))
    assert sum(each.retry_after is None for each in told) == 50
    assert not any(process.away for process in processes)


async def test_nobody_is_refused_because_somebody_else_is_always_faster(
    redis: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = throttle(redis, clock), throttle(redis, clock)
    execute = Pipeline.execute

    async def too_late(pipe: Pipeline) -> list[object]:
        with monkeypatch.context() as undone:
            undone.setattr(Pipeline, "execute", execute)
            assert (await theirs.spend("1", 50)).retry_after is None
        return await execute(pipe)

    monkeypatch.setattr(Pipeline, "execute", too_late)
    told = await ours.spend("1", 300)
    assert (told.retry_after, told.available, ours.away) == (None, 650, False)


async def test_what_is_spent_while_somebody_else_takes_is_paid_later(
    redis: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = throttle(redis, clock)
    assert (await ours.spend("1", 5)).retry_after is None
    taking, go_on = asyncio.Event(), asyncio.Event()
    execute = Pipeline.execute

    async def slowly(pipe: Pipeline) -> list[object]:
        taking.set()
        await go_on.wait()
        return await execute(pipe)

    monkeypatch.setattr(Pipeline, "execute", slowly)
    large = asyncio.create_task(ours.spend("1", 995))
    await taking.wait()
    assert (await ours.spend("1", 5)).retry_after is None
    go_on.set()
    assert (await large).retry_after is None
    clock.now += 1.5
    # Of the 1,150 points that there were until now 1,005 are spent.
    assert (await ours.spend("1", 146)).retry_after is not None
    assert (await ours.spend("1", 145)).retry_after is None


async def test_a_request_costs_no_round_trip_while_enough_was_taken_in_advance(
    redis: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = throttle(redis, clock, per_second=10_000, burst=100_000)
    assert (await ours.spend("1", 1)).retry_after is None
    asked = Mock(side_effect=RedisError("nobody is to be asked"))
    monkeypatch.setattr(redis, "pipeline", asked)
    for _ in range(900):
        assert (await ours.spend("1", 1)).retry_after is None
    asked.assert_not_called()


@pytest.mark.parametrize(
    "error",
    [
        RedisConnectionError("Connection refused"),
        OSError("Connect call failed"),
        TimeoutError(),
        # What uvloop says of a connection that was just reset.
        RuntimeError(
            "unable to perform operation on <TCPTransport closed=True reading=False>; the handler is closed"
        ),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_while_redis_is_away_every_process_has_a_bucket_of_its_own(
    redis: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    processes = [throttle(redis, clock) for _ in range(2)]
    with monkeypatch.context() as outage:
        outage.setattr(Pipeline, "execute", Mock(side_effect=error))
        for process in processes:
            assert (await process.spend("1", 900)).retry_after is None
            told = await process.spend("1", 300)
            assert (told.retry_after, told.available, process.away) == (2.0, 100, True)
        clock.now += 2
        assert (await processes[0].spend("1", 300)).retry_after is None
    # What was spent meanwhile Redis doesn't know.
    assert (await processes[0].spend("1", 1_000)).retry_after is None
    assert not processes[0].away


async def test_what_could_not_be_put_back_comes_back_by_itself(
    redis: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = throttle(redis, clock), throttle(redis, clock)
    assert (await ours.spend("1", 995)).retry_after is None
    with monkeypatch.context() as outage:
        # Of ten points in advance five are there; that the others are not taken Redis does not hear any more.
        outage.setattr(redis, "zincrby", Mock(side_effect=RedisConnectionError()))
        assert (await theirs.spend("1", 3)).retry_after is None
        assert theirs.away
    clock.now += 10
    told = await ours.spend("1", 1_000)
    assert told.available == 995
    assert told.retry_after == pytest.approx(0.05)
    clock.now += 0.05
    assert (await ours.spend("1", 1_000)).retry_after is None
