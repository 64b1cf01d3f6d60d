"""What dispatches consist of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from domain.store.database import Database, Row
from domain.store.reads.reference import DISPATCH_LINES
from domain.store.reads.select import fetch_by_ids


async def lines_of_dispatches(
    database: Database, *, client_id: int, dispatch_ids: Collection[int], selected: Collection[str]
) -> dict[int, list[Row]]:
    """The lines of each dispatch, in one statement."""
    async with database.connection() as sql:
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
