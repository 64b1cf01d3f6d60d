"""The model: work costs CPU in proportion to its amount, on top of what waiting costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """CPU seconds of Backfill's processes and of PostgreSQL's backends within `seconds`."""

    program: float
    postgres: float
    seconds: float

    @property
    def cores(self) -> float:
        """How many cores were busy on average."""
        return (self.program + self.postgres) / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU milliseconds of one unit of work, in Backfill's processes and in PostgreSQL's backends."""

    program: float
    postgres: float

    @property
    def both(self) -> float:
        """Together."""
        return self.program + self.postgres


def cost(spent: Spent, *, units: int, idle: Spent) -> Cost:
    """What a unit costs, when `units` of nothing else were done and `idle` is what doing nothing takes.

    Raises ValueError when nothing was done.
    """
    if units < 1:
        raise ValueError("the cost of nothing is unknown")
    waiting = spent.seconds / idle.seconds
    return Cost(
        program=1000 * max(spent.program - idle.program * waiting, 0) / units,
        postgres=1000 * max(spent.postgres - idle.postgres * waiting, 0) / units,
    )


def predicted(costs: Mapping[str, Cost], *, units: Mapping[str, int], seconds: float, idle: Spent) -> Spent:
    """What a mix of work will take: so many units of each kind within `seconds`."""
    waiting = seconds / idle.seconds
    return Spent(
        program=idle.program * waiting + sum(costs[kind].program * n for kind, n in units.items()) / 1000,
        postgres=idle.postgres * waiting + sum(costs[kind].postgres * n for kind, n in units.items()) / 1000,
        seconds=seconds,
    )
