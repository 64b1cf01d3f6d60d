"""What goes wrong, and when: planned before anything begins, so that a seed is a run."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import monotonic

import structlog

log = structlog.get_logger()


@dataclass(frozen=True)
class Fault:
    """Something that can go wrong: `happen` does it, for so many seconds, and returns when it is healed.

    No two happen at the same time under the same lock. `weight` is how often it happens beside others.
    """

    name: str
    happen: Callable[[float], Awaitable[None]]
    lock: asyncio.Lock
    weight: int = 1
    longest: float = 8.0


@dataclass(frozen=True)
class Planned:
    """A fault, when it begins (seconds from the start) and how long it lasts."""

    at: float
    fault: Fault
    seconds: float


def planned(faults: Sequence[Fault], *, seconds: float, pause: float, random: Random) -> list[Planned]:
    """A plan for so many seconds, with about `pause` of them between two beginnings: each fault once, if
    there is time, and then as their weights have it."""
    waiting = list(faults)
    random.shuffle(waiting)
    plan = []
    at = random.uniform(0, pause)
    while at < seconds:
        fault = waiting.pop() if waiting else random.choices(faults, [one.weight for one in faults])[0]
        plan.append(Planned(at, fault, random.uniform(0.2, fault.longest)))
        at += random.uniform(0.3, 1.7) * pause
    return plan


class Mischief:
    """Carries a plan out; `done` counts what has happened."""

    def __init__(self, plan: Sequence[Planned]) -> None:
        self._plan = plan
        self.done: Counter[str] = Counter()

    async def happen(self) -> None:
        """Let everything happen in its time; returns when the last of it is healed."""
        begin = monotonic()
        async with asyncio.TaskGroup() as group:
            for one in self._plan:
                await asyncio.sleep(max(0.0, begin + one.at - monotonic()))
                group.create_task(self._let(one))

    async def _let(self, one: Planned) -> None:
        async with one.fault.lock:
            log.info("fault", name=one.fault.name, seconds=round(one.seconds, 1))
            await one.fault.happen(one.seconds)
            self.done[one.fault.name] += 1
