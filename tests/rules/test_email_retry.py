"""When an e-mail is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.rules.email_retry import MOST_ATTEMPTS, next_attempt

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.rule("D7")
def test_each_wait_is_twice_the_one_before_up_to_an_hour_and_then_it_is_enough() -> None:
    waits = [
        None if (again := next_attempt(attempts=attempts, now=NOW)) is None else again - NOW
        for attempts in range(1, MOST_ATTEMPTS + 1)
    ]
    minutes = [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert waits == [*(timedelta(minutes=each) for each in minutes), None]
