"""The window of the Backlog Orders dashboard (C2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.dashboard import Window, backlog_window, zone_matters
from domain.rules.refusals import ErrorCode, Refusal

pytestmark = pytest.mark.rule("C2")

JAKARTA = ZoneInfo("Asia/Jakarta")  # seven hours ahead of UTC, all year round
BERLIN = ZoneInfo("Europe/Berlin")
LATE = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)  # in Jakarta it is the 3rd of March already


def window(start: datetime | None = None, end: datetime | None = None, *, zone: ZoneInfo = JAKARTA) -> Window:
    return backlog_window(now=LATE, zone=zone, start=start, end=end)


def test_it_shows_today_and_the_four_days_before_in_the_clients_time_zone() -> None:
    assert window() == (datetime(2026, 2, 26, 17, tzinfo=UTC), datetime(2026, 3, 3, 17, tzinfo=UTC))
    assert window(zone=BERLIN) == (
        datetime(2026, 2, 25, 23, tzinfo=UTC),
        datetime(2026, 3, 2, 23, tzinfo=UTC),
    )


def test_without_a_start_it_begins_with_the_day_four_days_before_the_last_one() -> None:
    midnight = datetime(2026, 2, 10, tzinfo=JAKARTA)
    assert window(end=midnight).start == datetime(2026, 2, 5, tzinfo=JAKARTA)
    assert window(end=midnight.replace(hour=9)).start == datetime(2026, 2, 6, tzinfo=JAKARTA)
    assert window(end=midnight.replace(microsecond=1)).start == datetime(2026, 2, 6, tzinfo=JAKARTA)


def test_without_an_end_it_ends_with_today() -> None:
    start = datetime(2026, 2, 20, 12, tzinfo=UTC)
    assert window(start) == (start, datetime(2026, 3, 3, 17, tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "latest"),
    [
        (datetime(2026, 3, 15, 10, tzinfo=JAKARTA), datetime(2026, 4, 15, 10, tzinfo=JAKARTA)),
        (datetime(2026, 2, 15, tzinfo=JAKARTA), datetime(2026, 3, 15, tzinfo=JAKARTA)),
        (datetime(2025, 12, 20, tzinfo=JAKARTA), datetime(2026, 1, 20, tzinfo=JAKARTA)),
        # The first of March in Jakarta is still February in UTC, and a month from it has 31 days.
        (datetime(2026, 2, 28, 17, tzinfo=UTC), datetime(2026, 3, 31, 17, tzinfo=UTC)),
    ],
)
def test_a_month_is_as_long_as_the_calendar_has_it(start: datetime, latest: datetime) -> None:
    assert window(start, latest) == (start, latest)
    with pytest.raises(Refusal) as caught:
        window(start, latest.replace(microsecond=1))
    assert (caught.value.code, caught.value.path) == (ErrorCode.DATE_RANGE_TOO_LONG, ("filter", "until"))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 2, 28, tzinfo=JAKARTA), datetime(2026, 3, 31, tzinfo=JAKARTA)),
        (datetime(2024, 2, 29, tzinfo=JAKARTA), datetime(2024, 3, 30, tzinfo=JAKARTA)),
        (datetime(2025, 11, 30, tzinfo=JAKARTA), datetime(2025, 12, 31, tzinfo=JAKARTA)),
    ],
)
def test_a_month_that_ends_on_a_day_the_month_before_has_not_got_begins_on_its_last(
    start: datetime, end: datetime
) -> None:
    assert window(start, end) == (start, end)


@given(
    start=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    length=st.timedeltas(min_value=timedelta(days=27), max_value=timedelta(days=33)),
    zone=st.sampled_from([JAKARTA, BERLIN, ZoneInfo("UTC")]),
)
def test_a_month_has_28_days_at_least_and_31_at_most(
    start: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    first, last = start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length
    change_of_clocks = timedelta(hours=1)
    try:
        window(first, last, zone=zone)
    except Refusal:
        assert length > timedelta(days=28)
    else:
        assert length <= timedelta(days=31) + change_of_clocks


@pytest.mark.parametrize(("year", "last"), [(2026, 28), (2024, 29)])
def test_a_month_from_the_31st_ends_with_the_last_day_of_a_shorter_one(year: int, last: int) -> None:
    start, end = datetime(year, 1, 31, tzinfo=UTC), datetime(year, 2, last, tzinfo=UTC)
    zone = ZoneInfo("UTC")
    assert window(start, end, zone=zone) == (start, end)
    with pytest.raises(Refusal) as caught:
        window(start, end.replace(microsecond=1), zone=zone)
    assert caught.value.code == ErrorCode.DATE_RANGE_TOO_LONG


def test_a_month_in_utc_is_one_whatever_the_clients_clocks_do() -> None:
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    # There it is from the 28th of February at 16:00 to the 31st of March at 17:00.
    pacific = ZoneInfo("America/Los_Angeles")
    assert window(start, end, zone=pacific) == (start, end)
    with pytest.raises(Refusal) as caught:
        window(start, end + timedelta(microseconds=1), zone=pacific)
    assert caught.value.code == ErrorCode.DATE_RANGE_TOO_LONG


@pytest.mark.parametrize("month", [3, 10])
def test_a_month_in_which_clocks_change_lasts_as_long_as_on_the_wall(month: int) -> None:
    start, end = datetime(2026, month, 15, tzinfo=BERLIN), datetime(2026, month + 1, 15, tzinfo=BERLIN)
    assert window(start, end, zone=BERLIN) == (start, end)


def test_a_start_too_long_ago_is_refused_rather_than_cut() -> None:
    with pytest.raises(Refusal) as caught:
        window(datetime(2026, 2, 1, tzinfo=JAKARTA))
    assert caught.value.code == ErrorCode.DATE_RANGE_TOO_LONG


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, tzinfo=UTC), None),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)),
        (None, datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_range_that_is_none_is_refused(start: datetime | None, end: datetime | None) -> None:
    with pytest.raises(Refusal) as caught:
        window(start, end)
    assert caught.value.code == ErrorCode.INVALID_INPUT


def test_a_range_of_no_length_is_one() -> None:
    assert window(LATE, LATE) == (LATE, LATE)


def test_a_range_is_told_in_utc_whatever_zone_it_was_asked_for_in() -> None:
    asked = window(datetime(2026, 2, 20, tzinfo=BERLIN), datetime(2026, 2, 21, tzinfo=JAKARTA))
    assert asked.start.tzinfo is UTC
    assert asked.end.tzinfo is UTC


@given(
    start=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    length=st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=32)),
    zone=st.timezones(),
)
def test_a_range_for_which_the_zone_does_not_matter_is_the_same_in_every_zone(
    start: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    first, last = start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length
    if not zone_matters(first, last):
        assert window(first, last, zone=zone) == window(first, last) == (first, last)


def test_the_zone_matters_for_what_is_not_said_and_for_about_a_month() -> None:
    assert zone_matters(None, LATE)
    assert zone_matters(LATE, None)
    assert zone_matters(LATE, LATE - timedelta(microseconds=1))
    assert zone_matters(LATE, LATE + timedelta(days=27, microseconds=1))
    assert not zone_matters(LATE, LATE + timedelta(days=27))
