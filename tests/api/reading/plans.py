"""What PostgreSQL does for a statement: its plan as the program uses it, executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from domain.store.database import Connection

LARGE = 5_000
"""Rows from which on a table is large."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that was sent, with its parameters."""

    text: str
    parameters: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What a statement cost: rows looked at in tables, and rows that were sorted."""

    read: int
    sorted: int
    scanned: frozenset[str]
    """Tables that were read from one end to the other."""


async def work_of(sql: Connection, statement: Statement) -> Work:
    """Execute the statement and see what it did."""
    given = ", ".join(map(_literal, statement.parameters))
    await sql.execute(f"PREPARE asked AS {statement.text}")
    try:
        # Planned as it is for the program: without looking at the values, where the session says so.
        text = await sql.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{f'({given})' if given else ''}"
        )
    finally:
        await sql.execute("DEALLOCATE asked")
    nodes = list(_nodes(orjson.loads(text)[0]["Plan"]))
    scans = [node for node in nodes if "Relation Name" in node]
    return Work(
        read=sum(_looked_at(node) for node in scans),
        sorted=sum(_sorted(node) for node in nodes if node["Node Type"] == "Sort"),
        scanned=frozenset(
            str(node["Relation Name"])
            for node in scans
            if node["Node Type"] == "Seq Scan" and node["Actual Loops"] > 0 and _looked_at(node) >= LARGE
        ),
    )


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _looked_at(node: Mapping[str, Any]) -> int:
    rows = node["Actual Rows"] + sum(
        node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    )
    return int(rows * node["Actual Loops"])


def _sorted(node: Mapping[str, Any]) -> int:
    """The rows that went into a sort: those of what is below it."""
    return int(sum(inner["Actual Rows"] * inner["Actual Loops"] for inner in node["Plans"]))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return f"'{value.isoformat()}'"
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return _literal("{" + ", ".join(map(_element, value)) + "}")
    return "'" + str(value).replace("'", "''") + "'"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = value.isoformat() if isinstance(value, datetime | date) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
