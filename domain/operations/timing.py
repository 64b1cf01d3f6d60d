"""When a schedule is due, as it is told (B2): a cron expression, or a list of times with weekdays."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.operations.checks import refusals_at
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.schedule import MOST_EXPRESSIONS, ScheduledTime, cron_of, parse_time
from domain.rules.vocabulary import Weekday


class TimeOfDay(msgspec.Struct, frozen=True, kw_only=True):
    """A time, HH:MM in UTC, on these weekdays; without any, every day."""

    at: str
    weekdays: tuple[Weekday, ...] | None = None


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """When a schedule is due; `times` is the list that `cron` was made from, if it was."""

    cron: str
    times: tuple[TimeOfDay, ...] | None = None


def timing_of(times: Sequence[TimeOfDay]) -> Timing:
    """The timing that a list of times stands for, with each time's weekdays in their order.

    Raises INVALID_INPUT, under the place in `times`, for a text that is no time, for no weekdays, and for no
    times or more than 100.
    """
    if not 1 <= len(times) <= MOST_EXPRESSIONS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"A schedule has from 1 to {MOST_EXPRESSIONS} times, and this one has {len(times)}.",
            path=("times",),
        )
    due = []
    for index, told in enumerate(times):
        if told.weekdays is not None and not told.weekdays:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                "Name at least one weekday, or leave them out for every day.",
                path=("times", str(index), "weekdays"),
            )
        with refusals_at("times", str(index), "at"):
            due.append(ScheduledTime(parse_time(told.at), frozenset(told.weekdays or Weekday)))
    kept = (
        TimeOfDay(at=told.at, weekdays=tuple(day for day in Weekday if day in time.weekdays))
        for told, time in zip(times, due, strict=True)
    )
    return Timing(cron=cron_of(due), times=tuple(kept))
