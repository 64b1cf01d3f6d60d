"""Objects of an answer made straight from rows, by a function that is written for their selection.

Most objects are rows whose fields are read and shown as they are. For these one pass over the rows reads,
checks and assembles, where going through column by column would touch every value three times. The function
gives up, by returning None, at the first value that is not plainly what its type says: a null that may not
be, an error, a number out of range. Then the executor goes through the columns, and finds what it was.

    rows of { number status orderedAt lines }, the lines having been resolved before:

    def render(rows, _3):
        made = []
        for row, v3 in zip(rows, _3):
            v0 = row['number']
            if type(v0) is not str: return None
            v1 = row['status']
            if type(v1) not in kinds_1: return None
            v1 = names_1[v1]
            …
            made.append({'number': v0, 'status': v1, 'orderedAt': v2, 'lines': v3})
        return made
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import isfinite
from types import CodeType
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)

from api.execution.leaves import INT_LIMIT, enum_names

if TYPE_CHECKING:
    from api.execution.plan import FieldPlan, Leaf

Render: TypeAlias = Callable[..., list[dict[str, Any]] | None]

_PLAIN: dict[GraphQLLeafType, str] = {
    GraphQLString: "type({0}) is str",
    GraphQLID: "type({0}) is str",
    GraphQLBoolean: "type({0}) is bool",
    GraphQLInt: f"type({{0}}) is int and {-INT_LIMIT} <= {{0}} < {INT_LIMIT}",
    GraphQLFloat: "type({0}) is float and isfinite({0})",
}


class Rendering:
    """Makes the objects of one selection."""

    def __init__(self, fields: Sequence[FieldPlan]) -> None:
        self._fields = fields
        # By key and by attribute: rows are mappings or objects. Written when the first of a kind are seen.
        self._written: dict[bool, Render] = {}

    def objects(
        self, rows: Sequence[Any], by_key: bool, columns: Sequence[list[Any]]
    ) -> list[dict[str, Any]] | None:
        """An object for each row; `columns` are the values of the fields that are not read from rows."""
        render = self._written.get(by_key)
        if render is None:
            render = self._written[by_key] = _write(self._fields, by_key)
        try:
            return render(rows, *columns)
        except Exception:  # noqa: BLE001 - met again value by value, where it gets its path
            return None


def _write(fields: Sequence[FieldPlan], by_key: bool) -> Render:
    """Write the function for these fields."""
    names: dict[str, Any] = {"isfinite": isfinite, "Undefined": Undefined}
    body: list[str] = []
    for field in fields:
        leaf = field.read
        if leaf is not None:
            name = field.column.name
            body.append(f"v{field.number} = row[{name!r}]" if by_key else f"v{field.number} = row.{name}")
            body += _shown(field.number, leaf, names)
    columns = [field.number for field in fields if field.read is None]
    values = ", ".join(["row", *(f"v{number}" for number in columns)])
    sources = ", ".join(["rows", *(f"_{number}" for number in columns)])
    items = ", ".join(f"{field.key!r}: v{field.number}" for field in fields)
    lines = [
        f"def render({sources}):",
        "    made = []",
        f"    for {values} in zip({sources}):" if columns else "    for row in rows:",
        *(f"        {line}" for line in body),
        f"        made.append({{{items}}})",
        "    return made",
    ]
    exec(_code("\n".join(lines)), names)  # noqa: S102 - of names that the schema and GraphQL's grammar allow
    render: Render = names["render"]
    return render


@lru_cache(maxsize=1024)
def _code(source: str) -> CodeType:
    return compile(source, "<rendering>", "exec")


def _shown(number: int, shape: Leaf, names: dict[str, Any]) -> list[str]:
    """The lines that check a value, and turn it into what the answer shows."""
    leaf, nullable = shape.type, shape.nullable
    value = f"v{number}"
    if leaf in _PLAIN:
        or_null = f" or {value} is None" if nullable else ""
        return [f"if not ({_PLAIN[leaf].format(value)}{or_null}): return None"]
    if isinstance(leaf, GraphQLEnumType):
        words, kinds = enum_names(leaf)
        names[f"names_{number}"] = words
        names[f"kinds_{number}"] = kinds if nullable else kinds - {type(None)}
        return [f"if type({value}) not in kinds_{number}: return None", f"{value} = names_{number}[{value}]"]
    names[f"show_{number}"] = leaf.coerce_output_value
    shown = [
        f"if isinstance({value}, Exception) or {value} is Undefined: return None",
        f"{value} = show_{number}({value})",
        f"if {value} is None or {value} is Undefined: return None",
    ]
    return (
        [f"if {value} is not None:", *(f"    {line}" for line in shown)]
        if nullable
        else [
            f"if {value} is None: return None",
            *shown,
        ]
    )
