"""Writing many rows at once.

PostgreSQL refuses COPY to whoever is subject to row-level security, and INSERT takes half as long again. So
COPY, and nothing else, is done as the owner of the table, of rows that are given their client here.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence

from domain.store.database import Connection
from domain.store.serving import CLIENT_ROLE

_TAKE_ROLE = "SELECT set_config('role', $1, true)"


async def copy_records(
    sql: Connection,
    table: str,
    *,
    client_id: int,
    columns: Sequence[str],
    records: Iterable[tuple[object, ...]] | AsyncIterable[tuple[object, ...]],
) -> int:
    """Insert records, which lack the client, in its transaction `sql`; how many there were."""
    await sql.execute(_TAKE_ROLE, "none")
    copied: str = await sql.copy_records_to_table(
        table,
        columns=("client_id", *columns),
        records=_each_of(client_id, records)
        if isinstance(records, AsyncIterable)
        else _all_of(client_id, records),
    )
    await sql.execute(_TAKE_ROLE, CLIENT_ROLE)
    return int(copied.removeprefix("COPY "))


def _all_of(client_id: int, records: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    return ((client_id, *record) for record in records)


async def _each_of(
    client_id: int, records: AsyncIterable[tuple[object, ...]]
) -> AsyncIterator[tuple[object, ...]]:
    async for record in records:
        yield client_id, *record
