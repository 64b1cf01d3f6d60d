"""The capacity model reckons as it says."""

from __future__ import annotations

import pytest

from bench.capacity.model import Cost, Spent, cost, predicted

IDLE = Spent(program=0.2, postgres=0.1, seconds=10)


def test_a_unit_costs_what_its_work_took_beyond_doing_nothing() -> None:
    spent = Spent(program=1.4, postgres=0.7, seconds=20)

    unit = cost(spent, units=500, idle=IDLE)

    assert unit.program == pytest.approx(2.0)
    assert unit.postgres == pytest.approx(1.0)
    assert unit.both == pytest.approx(3.0)


def test_the_cost_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="cost of nothing"):
        cost(IDLE, units=0, idle=IDLE)


def test_a_mix_takes_the_sum_of_its_parts_and_what_waiting_takes() -> None:
    costs = {"page": Cost(program=2.0, postgres=1.0), "line": Cost(program=0.01, postgres=0.02)}

    mix = predicted(costs, units={"page": 1_000, "line": 50_000}, seconds=30, idle=IDLE)

    assert mix.program == pytest.approx(2.0 + 0.5 + 0.6)
    assert mix.postgres == pytest.approx(1.0 + 1.0 + 0.3)
    assert mix.cores == pytest.approx(5.4 / 30)
