"""The Back Order Schedule (B11): coming runs and past ones with their results."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import islice, takewhile

from domain.rules.schedule import due_times
from domain.store.database import Database, Row
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.reference import BY_SCHEDULED_AT, RUNS, SCHEDULES
from domain.store.reads.select import Conditions, fetch_page

_MOST_TIMES = 1000


def upcoming_times(*, cron: str, enabled: bool, now: datetime, until: datetime) -> list[datetime]:
    """When a schedule is due after now, until then; at most 1,000 times."""
    if not enabled:
        return []
    return list(islice(takewhile(lambda due: due <= until, due_times(cron, after=now)), _MOST_TIMES))


async def schedules(
    database: Database, *, client_id: int, distribution_center_id: int | None, selected: Collection[str]
) -> list[Row]:
    """The client's schedules, of one distribution center or of all."""
    names = SCHEDULES.wanted(selected, always=("id",))
    async with database.connection(client_id) as sql:
        return await sql.fetch(
            SCHEDULES.select(names)
            + "\n  AND ($2::bigint IS NULL OR s.distribution_center_id = $2)\nORDER BY s.id",
            client_id,
            distribution_center_id,
        )


async def runs_page(
    database: Database,
    *,
    client_id: int,
    distribution_center_id: int | None,
    due_from: datetime | None = None,
    due_until: datetime | None = None,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the runs, newest first; of those due in a window when one is given, its end not included."""
    conditions = Conditions.of_client(client_id)
    if distribution_center_id is not None:
        conditions.add("r.distribution_center_id = {}", distribution_center_id)
    if due_from is not None:
        conditions.add("r.scheduled_at >= {}", due_from)
    if due_until is not None:
        conditions.add("r.scheduled_at < {}", due_until)
    return await fetch_page(
        database,
        RUNS,
        conditions=conditions,
        names=RUNS.wanted(selected, always=("id",)),
        ordering=BY_SCHEDULED_AT,
        request=request,
    )
