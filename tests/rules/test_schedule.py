"""When a schedule is due, in UTC."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.schedule import due_times, last_due, next_due

pytestmark = pytest.mark.rule("B2")

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEKDAYS_AT_6_12_AND_18 = "0 6,12,18 * * 1-5"


def test_a_schedule_is_due_at_its_set_hours_on_its_weekdays() -> None:
    friday_noon = MONDAY + timedelta(days=4, hours=12)
    assert list(islice(due_times(WEEKDAYS_AT_6_12_AND_18, after=friday_noon), 3)) == [
        MONDAY + timedelta(days=4, hours=18),
        MONDAY + timedelta(days=7, hours=6),
        MONDAY + timedelta(days=7, hours=12),
    ]


def test_a_schedule_is_not_due_again_at_the_time_it_was_just_due() -> None:
    assert next_due("30 5 * * *", after=MONDAY + timedelta(hours=5, minutes=30)) == MONDAY + timedelta(
        days=1, hours=5, minutes=30
    )


def test_a_schedule_on_a_leap_day_is_due_years_later() -> None:
    assert next_due("0 0 29 2 *", after=MONDAY) == datetime(2028, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    "cron", ["", "daily", "@hourly", "* * * *", "0 0 6 * * 1", "60 * * * *", "0 24 * * *", "0 0 31 2 *"]
)
def test_an_expression_that_is_none_or_never_due_is_refused(cron: str) -> None:
    with pytest.raises(Refusal) as refused:
        next_due(cron, after=MONDAY)
    assert refused.value.code is ErrorCode.INVALID_INPUT
    assert refused.value.path == ("cron",)


@pytest.mark.parametrize(
    ("cron", "missed", "latest"),
    [
        ("0 6 * * *", timedelta(0), timedelta(0)),
        ("0 6 * * *", timedelta(hours=23, minutes=59), timedelta(0)),
        ("0 6 * * *", timedelta(days=30, seconds=1), timedelta(days=30)),
        ("0 6 * * 1", timedelta(days=20), timedelta(days=14)),
        ("* * * * *", timedelta(days=30, seconds=59), timedelta(days=30)),
    ],
)
def test_of_the_times_missed_the_latest_is_made_up(cron: str, missed: timedelta, latest: timedelta) -> None:
    first = MONDAY + timedelta(hours=6)
    assert last_due(cron, first=first, now=first + missed) == first + latest


@given(minutes=st.integers(0, 20_000), seconds=st.integers(0, 59))
def test_the_latest_time_missed_is_the_last_one_that_counting_forward_finds(
    minutes: int, seconds: int
) -> None:
    first = MONDAY + timedelta(hours=6)
    now = first + timedelta(minutes=minutes, seconds=seconds)
    counted = first
    for due in due_times(WEEKDAYS_AT_6_12_AND_18, after=first):
        if due > now:
            break
        counted = due
    assert last_due(WEEKDAYS_AT_6_12_AND_18, first=first, now=now) == counted
