"""Objects by their ids: what references between types, and `node`, are resolved with."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from domain.store.database import Database, Row
from domain.store.reads.columns import joined
from domain.store.reads.reference import NODES
from domain.store.reads.select import fetch_by_ids

__all__ = ["NODES", "joined", "rows_by_ids"]


async def rows_by_ids(
    database: Database,
    kind: str,
    *,
    client_id: int,
    ids: Sequence[int | None],
    selected: Collection[str],
) -> list[Row | None]:
    """The row of each id, in their order, in one statement; None where the client has no such object."""
    table = NODES[kind]
    wanted = [number for number in ids if number is not None]
    if not wanted:
        return [None] * len(ids)
    async with database.connection(client_id) as sql:
        rows = await fetch_by_ids(
            sql,
            table,
            client_id=client_id,
            ids=wanted,
            key="id",
            names=table.wanted(selected, always=("id",)),
        )
    found = {row["id"]: row for row in rows}
    return [None if number is None else found.get(number) for number in ids]
