"""The statistics of the benchmarks."""

from __future__ import annotations

import pytest

from bench.samples import Metric, Sample, cpu_ratio, difference, figure, middle, percentile, ratio


def sample(*, units: int = 100, seconds: float = 1.0, latencies: tuple[float, ...] = ()) -> Sample:
    return Sample(
        units=units,
        seconds=seconds,
        server_cpu=0.3,
        postgres_cpu=0.1,
        memory=units * 2048,
        latencies=latencies,
    )


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 201)]
    assert percentile(values, 50) == 100
    assert percentile(values, 99) == 198
    assert percentile(values, 100) == 200
    assert percentile([7.0], 99) == 7


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.RATE, 50.0),
        (Metric.MEDIAN, 2.0),
        (Metric.P99, 3.0),
        (Metric.CPU, 4.0),
        (Metric.MEMORY, 2.0),
    ],
)
def test_a_metric_names_a_figure_of_a_round(metric: Metric, expected: float) -> None:
    one = sample(seconds=2.0, latencies=(0.001, 0.002, 0.003))
    assert figure(one, metric) == pytest.approx(expected)


def test_a_ratio_is_paired_before_its_median_is_taken() -> None:
    # In the third round the machine was busy, and both were a hundred times slower.
    ours = [sample(units=200), sample(units=300), sample(units=4)]
    theirs = [sample(units=100), sample(units=200), sample(units=2)]
    assert ratio(ours, theirs, Metric.RATE) == 2.0
    assert difference(ours, theirs, Metric.RATE) == 100.0
    assert middle(ours, Metric.RATE) == 200.0


def test_cpu_is_compared_the_other_way_round() -> None:
    assert cpu_ratio([sample(units=300)], [sample(units=100)]) == pytest.approx(3.0)


def test_no_cpu_to_speak_of_is_compared_with_nothing() -> None:
    idle = Sample(units=10, seconds=1.0, server_cpu=0.0, postgres_cpu=0.0, memory=0)
    assert cpu_ratio([sample(units=300)], [idle]) is None
