"""When a schedule is due (B2): cron expressions of five fields, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cronsim import CronSim, CronSimError

from domain.rules.refusals import ErrorCode, Refusal


def due_times(cron: str, *, after: datetime) -> Iterator[datetime]:
    """The times after `after` at which `cron` is due, soonest first, without end.

    Raises INVALID_INPUT when `cron` is no expression of five fields or never comes due.
    """
    try:
        if len(cron.split()) != 5:
            raise CronSimError("a cron expression has five fields")
        # CronSim itself gives up on an expression without a date in the next decades (31 February).
        times = CronSim(cron, after)
        first = next(times, None)
        if first is None:
            raise CronSimError("never due")
    except CronSimError as error:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{cron!r} is no cron expression that comes due; write five fields "
            "(minute hour day month weekday, UTC), such as '0 6,12,18 * * 1-5'.",
            path=("cron",),
        ) from error
    yield first
    yield from times


def next_due(cron: str, *, after: datetime) -> datetime:
    """The first time after `after` at which `cron` is due."""
    return next(due_times(cron, after=after))


def last_due(cron: str, *, first: datetime, now: datetime) -> datetime:
    """The latest time from `first`, which is due, up to `now`: all missed times are made up by one run."""
    return max(first, next(CronSim(cron, now, reverse=True)))
