"""One limit of time for many, kept by one timer."""

from __future__ import annotations

import asyncio

import pytest

from api.transport.time_limit import TimeLimit

pytestmark = pytest.mark.anyio

LONG = 60.0


async def take(limit: TimeLimit, seconds: float) -> str:
    with limit.watched():
        await asyncio.sleep(seconds)
    return "done"


async def test_what_ends_in_time_is_not_given_up() -> None:
    limit = TimeLimit(LONG)
    assert await asyncio.gather(*(take(limit, 0) for _ in range(100))) == ["done"] * 100


async def test_what_takes_too_long_is_given_up_with_a_timeout() -> None:
    limit = TimeLimit(0.02)
    with pytest.raises(TimeoutError):
        await take(limit, LONG)
    # The task goes on afterwards.
    await asyncio.sleep(0)


async def test_each_of_many_has_its_own_time() -> None:
    limit, clock = TimeLimit(0.1), asyncio.get_running_loop().time

    async def had() -> float:
        began = clock()
        with pytest.raises(TimeoutError):
            await take(limit, LONG)
        return clock() - began

    async with asyncio.timeout(30):
        first = asyncio.create_task(had())
        await asyncio.sleep(0.05)
        second = asyncio.create_task(had())
        assert min(await first, await second, await had()) > 0.099


async def test_an_error_of_the_block_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="mine"), TimeLimit(LONG).watched():
        raise ValueError("mine")


async def test_whoever_else_cancels_is_not_overruled() -> None:
    limit = TimeLimit(0.02)

    async def both() -> None:
        with limit.watched():
            try:
                await asyncio.sleep(LONG)
            finally:
                # Asked by somebody else, too, while the limit's own request is on its way.
                task.cancel()

    task = asyncio.create_task(both())
    with pytest.raises(asyncio.CancelledError):
        await task
