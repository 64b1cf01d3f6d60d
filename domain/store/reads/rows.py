"""Rows that are read, of a class for each list of columns, which says what they are.

To ask a row for a column by name takes as long as to read the column, and to look whether it is a number as
long again. Whoever goes through many rows, as the API does to make objects of them, can spare both where the
class of the rows tells what comes where.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

import asyncpg

from domain.store.database import Connection, Row

_STATEMENTS = 4096

# What asyncpg makes of values that are not null, as far as it is always the same.
_TYPES: Mapping[str, type] = MappingProxyType(
    {"bool": bool, "int2": int, "int4": int, "int8": int, "float8": float, "text": str}
)

_IN_32_BITS = frozenset({"int2", "int4"})

_known: dict[str, type[Row]] = {}
"""The class of a statement's rows, by its text: the oldest goes first."""


async def fetch_rows(sql: Connection, statement: str, *parameters: Any) -> list[Row]:
    """The rows of a statement.

    Their class has `columns_in_order`, the names of what each of them gives, and `column_types`, beside each
    name the type of all values in that column that are not null; None where that is not certain. Which of the
    columns have none but integers that 32 bits can hold is said by `columns_in_32_bits`.
    """
    kind = _known.get(statement)
    if kind is None:
        kind = await _learned(sql, statement)
    return await sql.fetch(statement, *parameters, record_class=kind)


async def _learned(sql: Connection, statement: str) -> type[Row]:
    prepared = await sql.prepare(statement)
    columns = tuple((attribute.name, attribute.type.name) for attribute in prepared.get_attributes())
    while len(_known) >= _STATEMENTS:
        del _known[next(iter(_known))]
    kind = _known[statement] = _class_of(columns)
    return kind


@lru_cache(maxsize=_STATEMENTS)
def _class_of(columns: tuple[tuple[str, str], ...]) -> type[Row]:
    told = {
        "__slots__": (),
        "columns_in_order": tuple(name for name, _ in columns),
        "column_types": tuple(_TYPES.get(type_) for _, type_ in columns),
        "columns_in_32_bits": tuple(type_ in _IN_32_BITS for _, type_ in columns),
    }
    return cast("type[Row]", type("Row", (asyncpg.Record,), told))
