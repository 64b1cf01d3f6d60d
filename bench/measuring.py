"""Rows of the table, and how they are measured: contenders take turns, round by round."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeAlias

from bench.goals import Goal, Verdict, judge
from bench.samples import Metric, Sample
from bench.setting import Setting

OURS = "Backfill"

Measure: TypeAlias = Callable[[], Awaitable[Sample]]
"""One round of one contender."""

Contenders: TypeAlias = Mapping[str, Measure]
"""Who takes part, by name; ours is `OURS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: a piece of work, who does it, and what must be shown.

    `open` sets everything up, checks that all give the same answer, and yields the contenders. `most_rounds`
    bounds the rounds of a row whose rounds take minutes.
    """

    name: str
    title: str
    unit: str
    metric: Metric
    goals: Sequence[Goal]
    open: Callable[[Setting], AbstractAsyncContextManager[Contenders]]
    most_rounds: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of a row: the samples of each contender, and what that says of the goals."""

    row: Row
    samples: Mapping[str, Sequence[Sample]]
    verdicts: Sequence[Verdict] = field(default_factory=list)


async def measure(row: Row, setting: Setting, *, told: Callable[[str], None]) -> Result:
    """Measure a row. The order in which contenders have their turn changes from round to round."""
    rounds = min(setting.scale.rounds, row.most_rounds or setting.scale.rounds)
    async with row.open(setting) as contenders:
        names = list(contenders)
        samples: dict[str, list[Sample]] = {name: [] for name in names}
        for number in range(rounds):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                told(f"{row.name}: round {number + 1} of {rounds}, {name}")
                samples[name].append(await contenders[name]())
    verdicts = judge(row.goals, samples, ours=OURS, metric=row.metric)
    return Result(row, samples, verdicts)
