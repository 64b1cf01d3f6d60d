"""The time window of the Backlog Orders dashboard (C2).

Days are the client's: they begin at midnight in its time zone. A month is as long as the calendar has it,
on from its start; what ends on a day that the month before hasn't got, as the 31st of March, may begin on
that month's last. It is a month by the client's clocks or in UTC, whose months differ where clocks change.
"""

from calendar import monthrange
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from domain.rules.refusals import ErrorCode, Refusal

DEFAULT_DAYS = 4


class Window(NamedTuple):
    """A range of time in UTC, the end not included."""

    start: datetime
    end: datetime


_SHORTEST_MONTH = timedelta(days=27)
"""Shorter than any month between two changes of a clock, in whatever time zone."""


def zone_matters(start: datetime | None, end: datetime | None) -> bool:
    """Whether `backlog_window` gives another range, or refuses another one, in another time zone."""
    return start is None or end is None or not timedelta(0) <= end - start <= _SHORTEST_MONTH


def backlog_window(*, now: datetime, zone: tzinfo, start: datetime | None, end: datetime | None) -> Window:
    """The range of order times that is asked for, completed by the defaults.

    It ends, unless told, with the client's day, so that all of today is in it, and starts with the day
    four days before its end's. Raises INVALID_INPUT for a range that ends before it starts, and
    DATE_RANGE_TOO_LONG for one longer than a month: from the 15th, say, to the 15th of the next month.
    """
    try:
        local_end = _next_midnight(now.astimezone(zone)) if end is None else end.astimezone(zone)
        local_start = _default_start(local_end) if start is None else start.astimezone(zone)
        window = Window(local_start.astimezone(UTC), local_end.astimezone(UTC))
        within_a_month = _within_a_month(local_start, local_end) or _within_a_month(*window)
    except (OverflowError, ValueError) as error:
        raise Refusal(
            ErrorCode.INVALID_INPUT, "The range reaches beyond the calendar.", path=("filter",)
        ) from error
    if window.end < window.start:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "The range ends before it starts; give a `from` that is not after `until`.",
            path=("filter", "from"),
        )
    if not within_a_month:
        raise Refusal(
            ErrorCode.DATE_RANGE_TOO_LONG,
            "The range is longer than a month; ask for one month at most.",
            path=("filter", "until"),
        )
    return window


def _default_start(local_end: datetime) -> datetime:
    # The last day of the range is the one its last moment lies in: midnight belongs to the day it ends.
    last_day = (local_end - timedelta(microseconds=1)).date()
    return datetime.combine(last_day - timedelta(days=DEFAULT_DAYS), time.min, local_end.tzinfo)


def _next_midnight(local: datetime) -> datetime:
    return datetime.combine(local.date() + timedelta(days=1), time.min, local.tzinfo)


def _within_a_month(start: datetime, end: datetime) -> bool:
    # Times of one zone are compared by what its clocks show; moments are what has to be compared.
    if end.astimezone(UTC) <= _months_on(start, 1).astimezone(UTC):
        return True
    earliest = _months_on(end, -1)
    return earliest.day < end.day and earliest.astimezone(UTC) <= start.astimezone(UTC)


def _months_on(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))
