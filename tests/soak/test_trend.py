"""A figure is flat when it did not rise by more than noise since the warm-up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.trend import trend


def test_a_figure_that_stays_is_flat_whatever_the_warm_up_did() -> None:
    samples = [(float(t), 10.0 * t if t < 20 else 200.0) for t in range(60)]
    found = trend(samples, warm_up=20, share=0.05, least=1)
    assert (found.level, found.rise, found.allowed, found.flat) == (200.0, 0.0, 10.0, True)


def test_a_leak_is_found_though_it_is_slow() -> None:
    samples = [(float(t), 100 + t / 4) for t in range(60)]
    found = trend(samples, warm_up=20, share=0.05, least=1)
    assert found.rise == pytest.approx(39 / 4)
    assert not found.flat


def test_one_peak_is_no_leak() -> None:
    samples = [(float(t), 500.0 if t == 55 else 100.0) for t in range(60)]
    assert trend(samples, warm_up=20, share=0.05, least=1).flat


@given(st.floats(0.2, 50), st.lists(st.floats(-1, 1), min_size=30, max_size=60))
def test_noise_hides_no_rise_that_is_several_times_as_large(slope: float, noise: list[float]) -> None:
    samples = [(float(t), 100 + slope * t + wobble) for t, wobble in enumerate(noise)]
    assert not trend(samples, warm_up=0, share=0, least=slope).flat


def test_too_few_samples_tell_nothing() -> None:
    with pytest.raises(ValueError, match="2 samples"):
        trend([(0.0, 1.0), (1.0, 1.0)], warm_up=0, share=0, least=1)
