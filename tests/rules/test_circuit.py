"""When a marketplace that failed is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.circuit import (
    CLOSED,
    LONGEST_WAIT,
    OPENS_AFTER,
    RETRY_AFTER,
    Circuit,
    after_failure,
    after_known_failure,
    may_ask,
    state,
)
from domain.rules.vocabulary import CircuitState

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def failed(times: int) -> Circuit:
    """The circuit after so many failures in a row at NOW."""
    circuit = CLOSED
    for _ in range(times):
        circuit = after_failure(circuit, now=NOW)
    return circuit


@pytest.mark.rule("C5")
def test_every_failure_in_a_row_doubles_the_wait_up_to_an_hour() -> None:
    waits = [failed(times).retry_at for times in range(1, 13)]
    seconds = [(wait - NOW).total_seconds() for wait in waits if wait is not None]
    assert seconds == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


@pytest.mark.rule("C5")
def test_the_circuit_opens_with_the_fourth_failure_and_is_half_open_when_the_wait_is_over() -> None:
    assert [state(failed(times), now=NOW) for times in range(5)] == [
        CircuitState.CLOSED,
        CircuitState.CLOSED,
        CircuitState.CLOSED,
        CircuitState.CLOSED,
        CircuitState.OPEN,
    ]
    opened = failed(4)
    over = NOW + timedelta(seconds=40)
    assert state(opened, now=over - INSTANT) == CircuitState.OPEN
    assert state(opened, now=over) == CircuitState.HALF_OPEN
    assert state(after_failure(opened, now=over), now=over) == CircuitState.OPEN


@pytest.mark.rule("C5")
@given(
    failures=st.integers(0, 10**6),
    elapsed=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)),
)
def test_whatever_happened_a_marketplace_is_asked_again_within_an_hour_and_never_at_once(
    failures: int, elapsed: timedelta
) -> None:
    before = Circuit(failures, NOW if failures else None)
    after = after_failure(before, now=NOW)

    assert after.failures == failures + 1
    assert not may_ask(after, now=NOW)
    assert may_ask(after, now=NOW + LONGEST_WAIT)
    now = NOW + elapsed
    expected = CircuitState.OPEN if not may_ask(after, now=now) else CircuitState.HALF_OPEN
    assert state(after, now=now) == (CircuitState.CLOSED if failures + 1 < OPENS_AFTER else expected)


@pytest.mark.rule("C5")
@given(failures=st.integers(0, 100))
def test_one_more_failure_never_shortens_the_wait(failures: int) -> None:
    once = after_failure(Circuit(failures), now=NOW).retry_at
    twice = after_failure(Circuit(failures + 1), now=NOW).retry_at
    assert once is not None
    assert twice is not None
    assert once <= twice


def test_what_fails_again_opens_no_circuit_and_closes_none() -> None:
    for times in range(6):
        again = after_known_failure(failed(times), now=NOW)
        assert again == Circuit(max(times, 1), NOW + RETRY_AFTER)
