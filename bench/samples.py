"""What one round of one contender gave, and the figures that are made of several rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from types import MappingProxyType

_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One round: units of work done, and what they took.

    Times are seconds, CPU seconds are of all processes of the server and of PostgreSQL's backends; `memory`
    is what the server holds at the end of the round, in bytes. `latencies` are seconds per unit, as far as
    they were taken.
    """

    units: int
    seconds: float
    server_cpu: float
    postgres_cpu: float
    memory: int
    load_cpu: float = 0.0
    latencies: Sequence[float] = ()

    @property
    def rate(self) -> float:
        """Units per second."""
        return self.units / self.seconds

    @property
    def server_cpu_ms(self) -> float:
        """CPU milliseconds of the server per unit."""
        return 1000 * self.server_cpu / self.units

    @property
    def postgres_cpu_ms(self) -> float:
        """CPU milliseconds of PostgreSQL per unit."""
        return 1000 * self.postgres_cpu / self.units

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds of both per unit."""
        return self.server_cpu_ms + self.postgres_cpu_ms


class Metric(Enum):
    """By which figure of a sample contenders are compared."""

    RATE = "per second"
    MEDIAN = "ms, median"
    P99 = "ms, p99"
    CPU = "CPU ms each"
    MEMORY = "KiB each"


_FIGURES: Mapping[Metric, Callable[[Sample], float]] = MappingProxyType(
    {
        Metric.RATE: lambda sample: sample.rate,
        Metric.MEDIAN: lambda sample: 1000 * percentile(sample.latencies, 50),
        Metric.P99: lambda sample: 1000 * percentile(sample.latencies, 99),
        Metric.CPU: lambda sample: sample.cpu_ms,
        Metric.MEMORY: lambda sample: sample.memory / sample.units / 1024,
    }
)


def figure(sample: Sample, metric: Metric) -> float:
    """The figure of a sample that the metric names."""
    return _FIGURES[metric](sample)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all values don't exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    # Nearest rank: a value that was really measured.
    rank = -(-len(ordered) * percent // _PERCENT)
    return ordered[max(int(rank), 1) - 1]


def middle(samples: Sequence[Sample], metric: Metric) -> float:
    """The median of the samples' figures."""
    return median(figure(sample, metric) for sample in samples)


def ratio(ours: Sequence[Sample], theirs: Sequence[Sample], metric: Metric) -> float:
    """The median of our figure over theirs, round by round.

    What else the machine did in a round slowed both, so it is paired before the median is taken.
    """
    pairs = zip(ours, theirs, strict=True)
    return median(figure(mine, metric) / figure(other, metric) for mine, other in pairs)


def cpu_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> float | None:
    """The median of their CPU per unit over ours, round by round; None where a round used none to speak of.

    A busy machine takes time from everybody, and most from whoever has the fewest processes; CPU it leaves
    nearly alone.
    """
    pairs = [(mine.cpu_ms, other.cpu_ms) for mine, other in zip(ours, theirs, strict=True)]
    if not all(mine and other for mine, other in pairs):
        return None
    return median(other / mine for mine, other in pairs)


def difference(ours: Sequence[Sample], theirs: Sequence[Sample], metric: Metric) -> float:
    """The median of our figure minus theirs, round by round."""
    pairs = zip(ours, theirs, strict=True)
    return median(figure(mine, metric) - figure(other, metric) for mine, other in pairs)
