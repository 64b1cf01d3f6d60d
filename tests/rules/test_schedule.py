"""When a schedule is due, in UTC."""

from datetime import UTC, datetime, time, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.schedule import ScheduledTime, cron_of, due_times, last_due, next_due, parse_time
from domain.rules.vocabulary import Weekday

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
        ("0 6 * * *", timedelta(days=30), timedelta(days=30)),
        ("0 6 * * *", timedelta(days=30, seconds=1), timedelta(days=30)),
        ("0 6 * * *", timedelta(days=30) - timedelta(microseconds=1), timedelta(days=29)),
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


def test_of_several_expressions_each_is_due_and_the_same_time_once() -> None:
    cron = "0 6 * * *; 0 12 * * 1;0 6 * * 1"
    assert list(islice(due_times(cron, after=MONDAY), 3)) == [
        MONDAY + timedelta(hours=6),
        MONDAY + timedelta(hours=12),
        MONDAY + timedelta(days=1, hours=6),
    ]
    assert last_due(cron, first=MONDAY + timedelta(hours=6), now=MONDAY + timedelta(hours=13)) == (
        MONDAY + timedelta(hours=12)
    )


@pytest.mark.parametrize("cron", ["0 6 * * *;", "0 6 * * *; never", ";", "0 6 * * *; 0 0 31 2 *"])
def test_one_bad_expression_spoils_them_all(cron: str) -> None:
    with pytest.raises(Refusal) as refused:
        next_due(cron, after=MONDAY)
    assert refused.value.code is ErrorCode.INVALID_INPUT


def test_a_schedule_has_a_hundred_expressions_at_most() -> None:
    assert next_due(";".join(["0 6 * * *"] * 100), after=MONDAY) == MONDAY + timedelta(hours=6)
    with pytest.raises(Refusal) as refused:
        next_due(";".join(["0 6 * * *"] * 101), after=MONDAY)
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_INPUT, ("cron",))


@pytest.mark.parametrize(
    ("text", "at"), [("00:00", time(0)), ("06:30", time(6, 30)), ("23:59", time(23, 59))]
)
def test_a_time_is_written_with_two_digits_each(text: str, at: time) -> None:
    assert parse_time(text) == at


@pytest.mark.parametrize("text", ["", "6:30", "06:3", "24:00", "06:60", "0630", "06:30:00", "+6:30", "٠٦:٣٠"])
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_time(text)
    assert refused.value.code is ErrorCode.INVALID_INPUT


def test_times_that_share_minute_and_weekdays_are_one_expression() -> None:
    every_day, sunday = frozenset(Weekday), frozenset({Weekday.SUNDAY})
    assert cron_of([ScheduledTime(time(18), every_day), ScheduledTime(time(6), every_day)]) == "0 6,18 * * *"
    assert cron_of([ScheduledTime(time(6, 30), every_day), ScheduledTime(time(6), sunday)]) == (
        "0 6 * * 0; 30 6 * * *"
    )


_TIMES = st.builds(
    ScheduledTime,
    st.times().map(lambda at: time(at.hour, at.minute)),
    st.frozensets(st.sampled_from(Weekday), min_size=1),
)


@given(times=st.lists(_TIMES, min_size=1, max_size=6))
def test_a_list_of_times_is_due_at_exactly_these_minutes_of_a_week(times: list[ScheduledTime]) -> None:
    days = list(Weekday)
    counted = sorted(
        {
            MONDAY + timedelta(days=days.index(day), hours=at.hour, minutes=at.minute)
            for at, weekdays in times
            for day in weekdays
        }
    )
    due = due_times(cron_of(times), after=MONDAY - timedelta(seconds=1))
    assert list(islice(due, len(counted))) == counted
    assert next(due) == counted[0] + timedelta(days=7)
