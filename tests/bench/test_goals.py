"""What is said of goals."""

from __future__ import annotations

from bench.goals import Goal, Kind, judge
from bench.samples import Metric, Sample


def sample(*, units: int) -> Sample:
    return Sample(units=units, seconds=1.0, server_cpu=0.0, postgres_cpu=0.0, memory=1024 * units)


def test_a_goal_against_a_peer_is_about_the_ratio() -> None:
    goals = [Goal(against="peer", at_least=1.5), Goal(against="limit", at_least=0.7)]
    samples = {"ours": [sample(units=150)], "peer": [sample(units=100)], "limit": [sample(units=300)]}
    reached = judge(goals, samples, ours="ours", metric=Metric.RATE)
    assert [(verdict.value, verdict.reached) for verdict in reached] == [(1.5, True), (0.5, False)]


def test_a_goal_may_be_about_the_difference_or_the_value_itself() -> None:
    goals = [
        Goal(against="peer", at_most=50, kind=Kind.DIFFERENCE),
        Goal(against="itself", at_most=150, kind=Kind.VALUE),
    ]
    samples = {"ours": [sample(units=151)], "peer": [sample(units=101)]}
    reached = judge(goals, samples, ours="ours", metric=Metric.RATE)
    assert [(verdict.value, verdict.reached) for verdict in reached] == [(50.0, True), (151.0, False)]


def test_a_goal_against_somebody_who_took_no_part_is_left_out() -> None:
    goals = [Goal(against="absent", at_least=1)]
    assert judge(goals, {"ours": [sample(units=1)]}, ours="ours", metric=Metric.RATE) == []


def test_a_goal_reads_as_people_write_it() -> None:
    assert Goal(against="peer", at_least=1.5).text == "≥ 1.5 ×"
    assert Goal(against="itself", at_most=40, kind=Kind.VALUE, unit="KiB").text == "≤ 40 KiB"
    assert Goal(against="peer", at_most=50, kind=Kind.DIFFERENCE, unit="ms").text == "≤ 50 ms more"
