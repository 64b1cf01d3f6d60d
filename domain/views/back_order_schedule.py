"""The Back Order Schedule (B11): what ran and what will run in a window, per distribution center."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.schedule import due_times
from domain.store.database import Database, Row
from domain.store.reads.reference import BY_SCHEDULED_AT, RUNS

_MOST = 1000

_LAST_YEAR = 9000
"""Cron expressions are followed beyond the window's end, which the calendar has to have room for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run, or a time at which there will be one."""

    at: datetime
    run: Row | None


@dataclass(frozen=True, slots=True)
class DistributionCenterSchedule:
    """What a distribution center's schedule looks like in a window."""

    distribution_center_id: int
    next_run_at: datetime | None
    entries: list[Entry]
    truncated: bool


def window_of(*, now: datetime, start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """The window that is asked for; by default the UTC day of its start, or of now. Raises INVALID_INPUT."""
    try:
        midnight = (start or now).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        end = midnight + timedelta(days=1) if end is None else end.astimezone(UTC)
        start = min(midnight, end) if start is None else start.astimezone(UTC)
    except OverflowError as error:
        raise _beyond() from error
    if end.year > _LAST_YEAR:
        raise _beyond()
    if end < start:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "The window ends before it starts; give a `from` that is not after `until`.",
            path=("from",),
        )
    return start, end


async def back_order_schedules(
    database: Database,
    *,
    client_id: int,
    distribution_center_id: int | None,
    now: datetime,
    start: datetime,
    end: datetime,
    selected_of_run: Collection[str],
) -> list[DistributionCenterSchedule]:
    """The schedule of each distribution center, by code, from `start` until before `end`.

    Of each the latest 1,000 runs and the next 1,000 due times at most.
    """
    async with database.connection(client_id) as sql:
        centers = await sql.fetch(
            """
            SELECT dc.id, string_agg(schedule.cron, ';') AS cron,
                   array_agg(DISTINCT schedule.next_due_at ORDER BY schedule.next_due_at) AS next_due
            FROM distribution_centers AS dc
            LEFT JOIN processor_schedules AS schedule
                ON schedule.client_id = $1 AND schedule.distribution_center_id = dc.id AND schedule.enabled
            WHERE dc.client_id = $1 AND ($2::bigint IS NULL OR dc.id = $2)
            GROUP BY dc.client_id, dc.id ORDER BY dc.code
            """,
            client_id,
            distribution_center_id,
        )
        names = RUNS.wanted(selected_of_run, always=("id", "scheduled_at", "distribution_center_id"))
        rows = await sql.fetch(
            f"""
            SELECT run.* FROM unnest($2::bigint[]) AS dc(id), LATERAL (
                {RUNS.select(names)} AND r.distribution_center_id = dc.id
                  AND r.scheduled_at >= $3 AND r.scheduled_at < $4
                ORDER BY {BY_SCHEDULED_AT.clause(backwards=False)} LIMIT {_MOST + 1}
            ) AS run
            """,  # noqa: S608 - names of columns, never text from outside
            client_id,
            [center["id"] for center in centers],
            start,
            end,
        )
    runs: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        runs[row["distribution_center_id"]].append(row)
    return [_schedule(center, runs[center["id"]], now=now, start=start, end=end) for center in centers]


def _beyond() -> Refusal:
    return Refusal(ErrorCode.INVALID_INPUT, "The window reaches beyond the calendar.", path=("until",))


def _schedule(
    center: Row, runs: list[Row], *, now: datetime, start: datetime, end: datetime
) -> DistributionCenterSchedule:
    due = list(islice(_due(center, now=now, start=start, end=end), _MOST + 1))
    past = [Entry(run["scheduled_at"], run) for run in reversed(runs[:_MOST])]
    return DistributionCenterSchedule(
        distribution_center_id=center["id"],
        next_run_at=center["next_due"][0],
        # A run that was asked for may have its place between two due times.
        entries=sorted([*past, *(Entry(at, None) for at in due[:_MOST])], key=lambda entry: entry.at),
        truncated=max(len(runs), len(due)) > _MOST,
    )


def _due(center: Row, *, now: datetime, start: datetime, end: datetime) -> Iterator[datetime]:
    """The times in the window at which no run has been created yet; none while no schedule is enabled."""
    if center["cron"] is None:
        return
    # Due, and its run will be there in a moment.
    yield from (at for at in center["next_due"] if at <= now and start <= at < end)
    after = now if start <= now else start - timedelta(microseconds=1)
    yield from takewhile(lambda at: at < end, due_times(center["cron"], after=after))
