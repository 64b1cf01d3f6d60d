"""What some work has changed in a database: the rows it inserted, updated and deleted, table by table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

_NOT_WRITTEN = ("tortoise_migrations", "backlog_order_counts", "backlog_order_changes")
"""The last two are written by triggers on orders, for whoever writes those."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be written."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TableChanges:
    """The changes of one table; a row of `updated` is its key and then the new values of `changed`."""

    name: str
    columns: Sequence[Column]
    key: Sequence[Column]
    changed: Sequence[Column]
    inserted: Sequence[tuple[object, ...]]
    updated: Sequence[tuple[object, ...]]
    deleted: Sequence[tuple[object, ...]]


async def changes_between(before_url: str, after_url: str) -> list[TableChanges]:
    """What has to be written to a copy of one database to make it like the other, by key.

    Tables come in the order in which they were made, so what is referenced comes before what refers to it.
    """
    before = await asyncpg.connect(before_url)
    after = await asyncpg.connect(after_url)
    try:
        found = []
        for name in await _tables(after):
            columns, key = await _columns(after, name), await _key(after, name)
            changes = _compare(
                name,
                columns,
                key,
                await _rows(before, name, columns, key),
                await _rows(after, name, columns, key),
            )
            if changes.inserted or changes.updated or changes.deleted:
                found.append(changes)
        return found
    finally:
        await before.close()
        await after.close()


def _compare(
    name: str,
    columns: Sequence[Column],
    key: Sequence[Column],
    before: Sequence[tuple[object, ...]],
    after: Sequence[tuple[object, ...]],
) -> TableChanges:
    places = [columns.index(column) for column in key]

    def key_of(row: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(row[place] for place in places)

    old = {key_of(row): row for row in before}
    new = {key_of(row): row for row in after}
    pairs = [(old[at], row) for at, row in new.items() if at in old and old[at] != row]
    changed = [
        place for place in range(len(columns)) if any(row[place] != former[place] for former, row in pairs)
    ]
    return TableChanges(
        name=name,
        columns=columns,
        key=key,
        changed=[columns[place] for place in changed],
        inserted=[row for at, row in new.items() if at not in old],
        updated=[(*key_of(row), *(row[place] for place in changed)) for _, row in pairs],
        deleted=[at for at in old if at not in new],
    )


async def _tables(connection: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL($1::name[])
        ORDER BY oid
        """,
        list(_NOT_WRITTEN),
    )
    return [row["relname"] for row in rows]


async def _columns(connection: asyncpg.Connection[asyncpg.Record], table: str) -> list[Column]:
    rows = await connection.fetch(
        """
        SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        ORDER BY attnum
        """,
        table,
    )
    return [Column(row["attname"], row["type"]) for row in rows]


async def _key(connection: asyncpg.Connection[asyncpg.Record], table: str) -> list[Column]:
    rows = await connection.fetch(
        """
        SELECT attname, format_type(atttypid, NULL) AS type
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
        WHERE indrelid = $1::text::regclass AND indisprimary ORDER BY attnum
        """,
        table,
    )
    return [Column(row["attname"], row["type"]) for row in rows]


async def _rows(
    connection: asyncpg.Connection[asyncpg.Record],
    table: str,
    columns: Sequence[Column],
    key: Sequence[Column],
) -> list[tuple[object, ...]]:
    names = ", ".join(f'"{column.name}"' for column in columns)
    order = ", ".join(f'"{column.name}"' for column in key)
    return [tuple(row) for row in await connection.fetch(f"SELECT {names} FROM {table} ORDER BY {order}")]  # noqa: S608


def summary(changes: Sequence[TableChanges]) -> Mapping[str, int]:
    """How many rows of each table change."""
    return {one.name: len(one.inserted) + len(one.updated) + len(one.deleted) for one in changes}
