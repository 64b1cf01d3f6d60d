"""Goals: what a row must show, against a peer, a limit or by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bench.samples import Metric, Sample, cpu_ratio, difference, middle, ratio


class Kind(Enum):
    """What of ours is compared with the bound."""

    RATIO = "×"
    DIFFERENCE = "more"
    VALUE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound on our figure: over the peer's (RATIO), minus the peer's (DIFFERENCE), or alone (VALUE).

    `unit` is what the bound is in, where it is no ratio.
    """

    against: str
    at_least: float | None = None
    at_most: float | None = None
    kind: Kind = Kind.RATIO
    unit: str = ""

    @property
    def text(self) -> str:
        """The bound as people read it."""
        bound = self.at_least if self.at_most is None else self.at_most
        words = ("≥" if self.at_most is None else "≤", f"{bound:g}", self.unit, self.kind.value)
        return " ".join(word for word in words if word)

    def reached(self, value: float) -> bool:
        """Whether `value` keeps the bound."""
        if self.at_most is not None:
            return value <= self.at_most
        return self.at_least is not None and value >= self.at_least


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what was measured for it."""

    goal: Goal
    value: float
    by_cpu: float | None = None
    """How many times our CPU per unit the other one used, where what is compared is how much gets done."""

    @property
    def reached(self) -> bool:
        """Whether the goal is reached."""
        return self.goal.reached(self.value)


def judge(
    goals: Sequence[Goal], samples: Mapping[str, Sequence[Sample]], *, ours: str, metric: Metric
) -> list[Verdict]:
    """What was measured for each goal; goals against somebody who did not take part are left out."""
    verdicts = []
    for goal in goals:
        if goal.kind is Kind.VALUE:
            verdicts.append(Verdict(goal, middle(samples[ours], metric)))
        elif goal.against in samples:
            mine, theirs = samples[ours], samples[goal.against]
            measure = ratio if goal.kind is Kind.RATIO else difference
            by_cpu = cpu_ratio(mine, theirs) if metric is Metric.RATE else None
            verdicts.append(Verdict(goal, measure(mine, theirs, metric), by_cpu))
    return verdicts
