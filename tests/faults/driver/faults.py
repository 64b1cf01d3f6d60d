"""The faults that can happen to an installation on one machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random

import asyncpg

from tests.faults.driver.installation import Installation
from tests.faults.driver.mischief import Fault
from tests.faults.driver.victims import Victim

# As if nobody had looked at the clock for hours: all of them are due, at once, many times over.
_LONG_DUE = """
UPDATE processor_schedules SET next_due_at = date_trunc('minute', now()) - make_interval(hours => $1)
WHERE next_due_at IS NOT NULL
"""


SHARED = (
    "Redis has no memory",
    "Redis has no disk",
    "Redis forgets everything",
    "no worker runs",
    "schedules are long due",
)
"""Faults that happen to no single process or link."""


def possible_faults(place: Installation, *, random: Random) -> list[Fault]:
    """Everything that can go wrong."""
    found = []
    for victim in place.victims:
        weight = 2 if victim.kind in ("API", "worker") else 3
        found += [
            Fault(f"{victim.name} is killed", victim.kill, victim.busy, weight, longest=4),
            Fault(f"{victim.name} stands still", victim.pause, victim.busy, weight),
            Fault(f"{victim.name} is restarted", victim.restart, victim.busy, longest=2),
        ]
    for link in place.links:
        found += [
            Fault(f"{link.name} is cut", link.cut, link.busy),
            Fault(f"{link.name} stalls", link.stall, link.busy),
            Fault(f"{link.name} is slow", link.delay, link.busy, longest=5),
        ]
    cache, redis = place.cache, place.redis
    found += [
        Fault("Redis has no memory", _filling(redis, cache.memory_full), redis.busy, 3),
        Fault("Redis has no disk", _filling(redis, cache.disk_full), redis.busy, 3),
        Fault("Redis forgets everything", lambda _: cache.forget(), redis.busy, 2),
        Fault("a backend of PostgreSQL is killed", place.postgres.kill_a_child, place.postgres.busy, 2),
        Fault("no worker runs", _all_killed(place.workers), asyncio.Lock(), 2),
        Fault("schedules are long due", _long_due(place.database_urls, random), asyncio.Lock(), 3),
    ]
    return found


def _filling(redis: Victim, fill: Callable[[float], Awaitable[None]]) -> Callable[[float], Awaitable[None]]:
    async def full(seconds: float) -> None:
        redis.faults["full"] += 1
        await fill(seconds)

    return full


def _all_killed(victims: Sequence[Victim]) -> Callable[[float], Awaitable[None]]:
    async def killed(seconds: float) -> None:
        await asyncio.gather(*(_killed(victim, seconds) for victim in victims))

    return killed


async def _killed(victim: Victim, seconds: float) -> None:
    async with victim.busy:
        await victim.kill(seconds)


def _long_due(urls: Sequence[str], random: Random) -> Callable[[float], Awaitable[None]]:
    async def skewed(_seconds: float) -> None:
        hours = random.randint(1, 72)
        for url in urls:
            # The database may be away; then it is another fault's turn.
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                sql = await asyncpg.connect(url, timeout=2)
                try:
                    await sql.execute(_LONG_DUE, hours, timeout=5)
                finally:
                    sql.terminate()

    return skewed
