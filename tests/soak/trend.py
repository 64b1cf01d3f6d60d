"""Whether a figure that was sampled over time is flat: a robust slope, and how much of one is noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

Sample = tuple[float, float]
"""Seconds since the beginning, and the figure then."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a figure stood after the warm-up, and by how much it has risen from then to the end."""

    level: float
    rise: float
    allowed: float

    @property
    def flat(self) -> bool:
        """Whether the rise is no more than noise."""
        return self.rise <= self.allowed


def trend(samples: Sequence[Sample], *, warm_up: float, share: float, least: float) -> Trend:
    """The trend of the samples after `warm_up` seconds.

    The slope is that of Theil and Sen, the median of the slopes of all pairs: a single peak, or a step down,
    moves it little. A rise of `share` of the level, or of `least`, is allowed. Raises ValueError for
    fewer than three samples after the warm-up.
    """
    kept = [sample for sample in samples if sample[0] >= warm_up]
    if len(kept) < 3:
        raise ValueError(f"{len(kept)} samples after {warm_up} s tell nothing")
    slope = median((y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(kept) for x2, y2 in kept[i + 1 :])
    level = median(value for _, value in kept)
    return Trend(level, slope * (kept[-1][0] - kept[0][0]), max(share * level, least))
