"""When what another server did not take is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from domain.rules.retrying import (
    KEEP_TRYING_WEBHOOKS,
    MOST_EMAIL_ATTEMPTS,
    next_email_attempt,
    next_webhook_attempt,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.rule("D7")
def test_each_wait_of_an_e_mail_is_twice_the_one_before_up_to_an_hour_and_then_it_is_enough() -> None:
    waits = [
        None if (again := next_email_attempt(attempts=attempts, now=NOW)) is None else again - NOW
        for attempts in range(1, MOST_EMAIL_ATTEMPTS + 1)
    ]
    minutes = [0.5, 1, 2, 4, 8, 16, 32, *(60 for _ in range(69))]
    assert waits == [*(timedelta(minutes=each) for each in minutes), None]
    assert timedelta(hours=70) < sum((wait for wait in waits if wait), timedelta()) < timedelta(days=3)


def test_a_webhook_is_tried_for_three_days_from_seconds_up_to_six_hours_apart() -> None:
    give_up_at = NOW + KEEP_TRYING_WEBHOOKS
    tried = [NOW]
    while (
        again := next_webhook_attempt(attempts=len(tried), give_up_at=give_up_at, now=tried[-1])
    ) is not None:
        tried.append(again)
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(tried)]

    assert waits[:13] == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480]
    assert set(waits[13:-1]) == {6 * 3600}
    assert (len(tried), tried[-1]) == (25, give_up_at)
