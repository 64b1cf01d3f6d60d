"""When a schedule is due (B2), in UTC: by cron expressions of five fields, or at times of weekdays.

A schedule is one cron expression or several with semicolons between them, and it is due whenever one of them
is. A list of times becomes such expressions, so one reader serves both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from cronsim import CronSim, CronSimError

from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Weekday

MOST_EXPRESSIONS = 100

_DAYS = {day: str(place % 7) for place, day in enumerate(Weekday, start=1)}
"""As cron counts them: Sunday is 0."""


class ScheduledTime(NamedTuple):
    """A minute of the day, and the weekdays on which it is due."""

    at: time
    weekdays: frozenset[Weekday]


def parse_time(text: str) -> time:
    """The time that is written as HH:MM. Raises INVALID_INPUT."""
    hours, _, minutes = text.partition(":")
    try:
        if not (text.isascii() and (hours + minutes).isdigit() and len(hours) == len(minutes) == 2):
            raise ValueError("hours and minutes have two digits")
        return time(int(hours), int(minutes))
    except ValueError as error:
        raise Refusal(
            ErrorCode.INVALID_INPUT, f"{text!r} is no time of the day; write it as 06:30, in UTC."
        ) from error


def cron_of(times: Iterable[ScheduledTime]) -> str:
    """The cron expressions of a list of times: one for all that share minute and weekdays."""
    hours: defaultdict[tuple[frozenset[Weekday], int], set[int]] = defaultdict(set)
    for at, weekdays in times:
        hours[weekdays, at.minute].add(at.hour)
    return "; ".join(
        sorted(
            f"{minute} {','.join(map(str, sorted(due)))} * * {_days(weekdays)}"
            for (weekdays, minute), due in hours.items()
        )
    )


def due_times(cron: str, *, after: datetime) -> Iterator[datetime]:
    """The times after `after` at which `cron` is due, soonest first, each once, without end.

    Raises INVALID_INPUT for an expression that is none or never comes due.
    """
    # All of them are looked at before the first time is asked for.
    several = [_due_times(expression.strip(), after=after) for expression in cron.split(";")]
    return (at for at, _ in groupby(merge(*several)))


def next_due(cron: str, *, after: datetime) -> datetime:
    """The first time after `after` at which `cron` is due.

    Raises INVALID_INPUT as `due_times` does, and when there are more than 100 expressions.
    """
    if cron.count(";") >= MOST_EXPRESSIONS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"A schedule has at most {MOST_EXPRESSIONS} cron expressions.",
            path=("cron",),
        )
    return next(due_times(cron, after=after))


def last_due(cron: str, *, first: datetime, now: datetime) -> datetime:
    """The latest time from `first`, which is due, up to `now`: all missed times are made up by one run."""
    # Backwards from a moment later: CronSim leaves out the time it is given.
    until = now + timedelta(microseconds=1)
    latest = (next(CronSim(expression.strip(), until, reverse=True)) for expression in cron.split(";"))
    return max(first, *latest)


def _due_times(expression: str, *, after: datetime) -> Iterator[datetime]:
    try:
        if len(expression.split()) != 5:
            raise CronSimError("a cron expression has five fields")
        # CronSim itself gives up on an expression without a date in the next decades (31 February).
        times = CronSim(expression, after)
        first = next(times, None)
        if first is None:
            raise CronSimError("never due")
    except CronSimError as error:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{expression!r} is no cron expression that comes due; write five fields "
            "(minute hour day month weekday, UTC), such as '0 6,12,18 * * 1-5'.",
            path=("cron",),
        ) from error
    return _from(first, times)


def _from(first: datetime, later: Iterator[datetime]) -> Iterator[datetime]:
    yield first
    yield from later


def _days(weekdays: frozenset[Weekday]) -> str:
    return (
        "*" if len(weekdays) == len(Weekday) else ",".join(_DAYS[day] for day in Weekday if day in weekdays)
    )
