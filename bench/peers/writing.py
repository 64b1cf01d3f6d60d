"""The limits of writing, in a process of their own: rows that are known already, and nothing decided.

Questions, told apart by `do`; the connection stays until `close`, so that what its backend used can be read:
learn     what work has changed between the databases `before` and `after`
write     those changes to `url`, in one transaction: INSERT, UPDATE and DELETE of arrays, so many rows a time
copy      the inserted rows only, by COPY, in so many `batches`, each a transaction
execute   `statement` on `url`
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import asyncpg

from bench.load.answering import answer_lines
from bench.peers.changes import Column, TableChanges, changes_between, summary

_ROWS_AT_ONCE = 10_000


class Writer:
    """What was learned, and the connection that is written on."""

    def __init__(self) -> None:
        self._changes: list[TableChanges] = []
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def answer(self, question: Mapping[str, Any]) -> Any:
        """Do what is asked; of work that is timed, the seconds."""
        return await _DO[question["do"]](self, question)

    async def _learn(self, question: Mapping[str, Any]) -> Mapping[str, int]:
        self._changes = await changes_between(question["before"], question["after"])
        return summary(self._changes)

    async def _write(self, question: Mapping[str, Any]) -> float:
        connection = await self._connect(question["url"])
        began = time.perf_counter()
        async with connection.transaction():
            for table in self._changes:
                for statement, rows, count in _statements(table):
                    for start in range(0, len(rows), _ROWS_AT_ONCE):
                        part = rows[start : start + _ROWS_AT_ONCE]
                        arrays = [[row[place] for row in part] for place in range(count)]
                        await connection.execute(statement, *arrays)
        return time.perf_counter() - began

    async def _copy(self, question: Mapping[str, Any]) -> float:
        connection = await self._connect(question["url"])
        batches = question["batches"]
        began = time.perf_counter()
        for batch in range(batches):
            async with connection.transaction():
                for table in self._changes:
                    size = -(-len(table.inserted) // batches)
                    await connection.copy_records_to_table(
                        table.name,
                        records=table.inserted[batch * size : (batch + 1) * size],
                        columns=[column.name for column in table.columns],
                    )
        return time.perf_counter() - began

    async def _execute(self, question: Mapping[str, Any]) -> float:
        connection = await self._connect(question["url"])
        began = time.perf_counter()
        await connection.execute(question["statement"])
        return time.perf_counter() - began

    async def _close(self, _question: Mapping[str, Any]) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _connect(self, url: str) -> asyncpg.Connection[asyncpg.Record]:
        # Rows are found by their key, and every plan is made once, those that check foreign keys as well.
        settings = {
            "jit": "off",
            "plan_cache_mode": "force_generic_plan",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            "timezone": "UTC",
        }
        self._connection = await asyncpg.connect(url, server_settings=settings)
        return self._connection


def _statements(table: TableChanges) -> list[tuple[str, Sequence[tuple[object, ...]], int]]:
    """Statements over arrays, one array per column, and the rows that the arrays are made of."""
    key, changed = [column.name for column in table.key], [column.name for column in table.changed]
    names = ", ".join(_quoted(column.name) for column in table.columns)
    same = " AND ".join(f"old.{_quoted(name)} = new.{_quoted(name)}" for name in key)
    values = ", ".join(f"{_quoted(name)} = new.{_quoted(name)}" for name in changed)
    both = [*table.key, *table.changed]
    return [
        (
            f"DELETE FROM {table.name} AS old USING {_unnested(table.key)} WHERE {same}",  # noqa: S608
            table.deleted,
            len(table.key),
        ),
        (
            f"INSERT INTO {table.name} ({names}) SELECT * FROM {_unnested(table.columns)}",  # noqa: S608
            table.inserted,
            len(table.columns),
        ),
        (
            f"UPDATE {table.name} AS old SET {values} FROM {_unnested(both)} WHERE {same}",  # noqa: S608
            table.updated,
            len(both),
        ),
    ]


def _unnested(columns: Sequence[Column]) -> str:
    arrays = ", ".join(f"${place}::{column.type}[]" for place, column in enumerate(columns, start=1))
    return f"unnest({arrays}) AS new({', '.join(_quoted(column.name) for column in columns)})"


def _quoted(name: str) -> str:
    return f'"{name}"'


_DO: Mapping[str, Callable[[Writer, Mapping[str, Any]], Awaitable[Any]]] = MappingProxyType(
    {
        "learn": Writer._learn,
        "write": Writer._write,
        "copy": Writer._copy,
        "execute": Writer._execute,
        "close": Writer._close,
    }
)


_WRITER = Writer()


async def _answer(question: Mapping[str, Any]) -> Any:
    return await _WRITER.answer(question)


if __name__ == "__main__":
    answer_lines(_answer)
