"""Dispatches, and what they consist of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from domain.rules.vocabulary import DispatchKind, DispatchStatus
from domain.store.database import Database, Row
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.reference import DISPATCH_LINES, DISPATCHES, NEWEST_DISPATCH
from domain.store.reads.select import Conditions, fetch_by_ids, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFilter:
    """Which dispatches; all conditions hold."""

    kind: Collection[DispatchKind] | None = None
    status: Collection[DispatchStatus] | None = None
    distribution_center: int | None = None


async def dispatches_page(
    database: Database,
    *,
    client_id: int,
    dispatch_filter: DispatchFilter,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the dispatches, newest first."""
    conditions = Conditions.of_client(client_id)
    if dispatch_filter.kind is not None:
        conditions.among("d.kind", dispatch_filter.kind)
    if dispatch_filter.status is not None:
        conditions.among("d.status", dispatch_filter.status)
    if dispatch_filter.distribution_center is not None:
        conditions.add("d.distribution_center_id = {}", dispatch_filter.distribution_center)
    return await fetch_page(
        database,
        DISPATCHES,
        conditions=conditions,
        names=DISPATCHES.wanted(selected, always=("id",)),
        ordering=NEWEST_DISPATCH,
        request=request,
    )


async def lines_of_dispatches(
    database: Database, *, client_id: int, dispatch_ids: Collection[int], selected: Collection[str]
) -> dict[int, list[Row]]:
    """The lines of each dispatch, in one statement."""
    async with database.connection(client_id) as sql:
        rows = await fetch_by_ids(
            sql,
            DISPATCH_LINES,
            client_id=client_id,
            ids=dispatch_ids,
            key="dispatch_id",
            names=DISPATCH_LINES.wanted(selected, always=("id", "dispatch_id")),
        )
    lines: defaultdict[int, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row["id"])):
        lines[row["dispatch_id"]].append(row)
    return lines
