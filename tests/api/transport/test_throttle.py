"""How fast a token may spend, over all processes, with Redis and without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import Mock

import pytest
from redis.asyncio import Redis
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


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    """A Redis that nobody answers for."""
    client: Redis = Redis(port=1, socket_connect_timeout=0.2)
    yield client
    await client.aclose()


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
