"""Rows that are read, of a class for each list of columns, which says what they are.

To ask a row for a column by name takes as long as to read the column. Whoever goes through many rows, as the
API does to make objects of them, can take them apart at once where their class tells what comes where.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import asyncpg

from domain.store.database import Connection, Row

_STATEMENTS = 4096

_known: dict[str, type[Row]] = {}
"""The class of a statement's rows, by its text, which names them: the oldest goes first."""


async def fetch_rows(sql: Connection, statement: str, *parameters: Any) -> list[Row]:
    """The rows of a statement that names its columns.

    Their class has `columns_in_order`, the names of what each of them gives, except the first time that the
    statement is asked.
    """
    kind = _known.get(statement)
    if kind is not None:
        return await sql.fetch(statement, *parameters, record_class=kind)
    rows = await sql.fetch(statement, *parameters)
    if rows:
        while len(_known) >= _STATEMENTS:
            del _known[next(iter(_known))]
        _known[statement] = _class_of(tuple(rows[0].keys()))
    return rows


@lru_cache(maxsize=_STATEMENTS)
def _class_of(columns: tuple[str, ...]) -> type[Row]:
    return cast("type[Row]", type("Row", (asyncpg.Record,), {"__slots__": (), "columns_in_order": columns}))
