"""How fast a token may spend: a bucket of points in Redis, which all processes of the API share.

A process takes points out of the bucket in advance, enough for a while, so that a request costs no round
trip. Points that it took and did not use are good for a second; by then the bucket has refilled. While Redis
is away every process has a bucket of its own, as large as the shared one: nobody is refused for that. Taking
is one step of Redis, so however many contend for a bucket, each is told at once what it gets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from redis.asyncio import Redis

from api.errors import REDIS_ERRORS

log = structlog.get_logger()

_KEY = "backfill:bucket:{}"
_FULL_AT = "full_at"
_GOOD_FOR = 1.0
_LEASES_PER_SECOND = 10
_KEPT_SECONDS = 60
"""How long a bucket is kept that is full again: the clocks of processes may differ."""
_TOKENS = 10_000
"""Tokens that a process remembers; of the others it asks Redis again."""


class Spending(NamedTuple):
    """What a token may spend: at most, now, and how much comes back each second."""

    maximum: int
    available: int
    restored_per_second: int
    retry_after: float | None
    """Seconds after which what was asked for can be had; None: it was had."""


@dataclass(slots=True)
class _Lease:
    """What a process has taken out of a token's bucket."""

    points: float = 0
    until: float = 0
    left: float = 0
    """In the bucket, when the lease was taken."""
    taken_at: float = 0
    full_at: float = 0
    """Of the bucket of its own that the process has while Redis is away."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Throttle:
    """Lets tokens spend `per_second` points a second, and `burst` at once after a while."""

    def __init__(
        self,
        redis: Redis,
        *,
        per_second: int,
        burst: int,
        clock: Callable[[], float] = time.time,
        redis_seconds: float = 0.25,
    ) -> None:
        """`clock` is that of the wall, in seconds: the processes that share a bucket agree on it.

        Redis that takes longer than `redis_seconds` counts as away.
        """
        self._redis = redis
        self._rate = per_second
        self._burst = burst
        self._clock = clock
        self._redis_seconds = redis_seconds
        self._leases: dict[str, _Lease] = {}
        self.away = False
        """Whether Redis could not be asked the last time."""

    async def spend(self, holder: str, points: int) -> Spending:
        """Take the points of a token, or say when they can be had; more than the burst is taken as that."""
        points = min(points, self._burst)
        lease = self._leases.get(holder)
        now = self._clock()
        if lease is None or lease.until < now or lease.points < points:
            lease = lease or self._remembered(holder)
            async with lease.lock:
                # Whoever had the lock before may have taken enough for both.
                if lease.until < now or lease.points < points:
                    wait = await self._take(holder, lease, points)
                    if wait is not None:
                        return self._spending(lease, wait)
                lease.points -= points
                return self._spending(lease, None)
        lease.points -= points
        return self._spending(lease, None)

    def _remembered(self, holder: str) -> _Lease:
        while len(self._leases) >= _TOKENS:
            del self._leases[next(iter(self._leases))]
        lease = self._leases[holder] = _Lease()
        return lease

    def _spending(self, lease: _Lease, wait: float | None) -> Spending:
        restored = (self._clock() - lease.taken_at) * self._rate
        available = min(lease.points + lease.left + restored, self._burst)
        return Spending(self._burst, int(max(available, 0)), self._rate, wait)

    async def _take(self, holder: str, lease: _Lease, points: int) -> float | None:
        """Take points in advance, at least `points`; how long to wait when there are too few."""
        now = self._clock()
        if lease.until < now:
            # What somebody spent while somebody else was taking is still to be paid.
            lease.points = min(lease.points, 0)
        missing = points - lease.points
        try:
            async with asyncio.timeout(self._redis_seconds):
                taken = await self._taken(_KEY.format(holder), now, missing)
        except REDIS_ERRORS as error:
            if not self.away:
                log.warning("throttle.redis_away", error=repr(error))
            self.away = True
            taken = self._out_of(lease.full_at, now, missing)
            lease.full_at = taken.full_at
        else:
            self.away = False
        lease.left, lease.taken_at = taken.left, now
        if not taken.points:
            return max((missing - taken.left) / self._rate, 0.001)
        lease.points += taken.points
        lease.until = now + _GOOD_FOR
        return None

    async def _taken(self, key: str, now: float, missing: float) -> _Taken:
        """Take points out of the shared bucket. Raises one of REDIS_ERRORS.

        What of them the bucket had not is put back: whoever takes at that very moment may be refused, but
        only where the bucket is as good as empty. Should Redis go away in between, they are lost as if they
        had been spent: once, and a tenth of a second's worth or what was asked for. They come back as all
        points do, for what is kept is when the bucket will be full again.
        """
        wanted = max(missing, self._rate / _LEASES_PER_SECOND)
        async with self._redis.pipeline(transaction=True) as pipe:
            # A sorted set, because Redis moves a score forward, and only forward, by itself.
            pipe.zadd(key, {_FULL_AT: now}, gt=True)
            pipe.zincrby(key, wanted / self._rate, _FULL_AT)
            pipe.pexpire(key, int((self._burst / self._rate + _KEPT_SECONDS) * 1000))
            full_at: float = (await pipe.execute())[1]
        had = min(self._burst - (full_at - now) * self._rate + wanted, self._burst)
        points = min(wanted, had) if had >= missing else 0
        if points < wanted:
            full_at = await self._redis.zincrby(key, (points - wanted) / self._rate, _FULL_AT)
        return _Taken(points, had - points, full_at)

    def _out_of(self, full_at: float, now: float, missing: float) -> _Taken:
        """Take out of a bucket that will be full at `full_at`: enough for a while, or nothing."""
        left = self._burst - max(full_at - now, 0) * self._rate
        if left < missing:
            return _Taken(0, left, full_at)
        points = min(max(missing, self._rate / _LEASES_PER_SECOND), left)
        return _Taken(points, left - points, max(full_at, now) + points / self._rate)


class _Taken(NamedTuple):
    """The points that were taken out of a bucket, how many are left in it, and when it is full again."""

    points: float
    left: float
    full_at: float
