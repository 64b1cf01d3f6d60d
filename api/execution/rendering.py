"""Objects of an answer made straight from rows, by a function that is written for their selection.

Most objects are rows whose fields are read and shown as they are. For these one pass over the rows reads,
checks and assembles, where going through column by column would touch every value three times. The same pass
makes objects that came along with a row (see `batched`) and whatever below it is plain to its last leaf, of
all lists of a field together. The function gives up, by returning None, at the first value that is not
plainly what its type says: a null that may not be, an error, a number out of range. Then the executor goes
through the columns, and finds what it was.

    rows of { number status store { code } lines }, the lines having been resolved before:

    def render(rows, _3):
        made = []
        for row, v3 in zip(rows, _3):
            if type(row) is not kind: return None
            v0 = row['number']
            if not (type(v0) is str): return None
            v1 = row['status']
            if type(v1) not in kinds_1: return None
            v1 = names_1[v1]
            if row['store.id'] is None: return None
            v2_0 = row['store.code']
            if not (type(v2_0) is str): return None
            v2 = {'code': v2_0}
            made.append({'number': v0, 'status': v1, 'store': v2, 'lines': v3})
        return made
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

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

from api.execution.leaves import INT_LIMIT, enum_names, is_special_type
from api.execution.rows import is_mapping_type
from api.execution.scalars import format_instant

if TYPE_CHECKING:
    from api.execution.fields import Made
    from api.execution.plan import FieldPlan, Leaf

Objects: TypeAlias = list[dict[str, Any]]
Render: TypeAlias = Callable[..., Objects | None]

_PLAIN: dict[GraphQLLeafType, str] = {
    GraphQLString: "type({0}) is str",
    GraphQLID: "type({0}) is str",
    GraphQLBoolean: "type({0}) is bool",
    GraphQLInt: f"type({{0}}) is int and {-INT_LIMIT} <= {{0}} < {INT_LIMIT}",
    GraphQLFloat: "type({0}) is float and isfinite({0})",
}


class Drawing(NamedTuple):
    """How rows of one kind are made objects."""

    render: Render
    drawn: tuple[FieldPlan, ...]
    """The fields that are made from the rows."""

    resolved: tuple[FieldPlan, ...]
    """The others, whose values `render` takes."""

    def objects(self, rows: Sequence[Any], columns: Sequence[list[Any]]) -> Objects | None:
        """An object for each row; `columns` are the values of the fields that are resolved."""
        try:
            return self.render(rows, *columns)
        except Exception:  # noqa: BLE001 - met again value by value, where it gets its path
            return None


class Rendering:
    """Makes the objects of one selection."""

    def __init__(self, fields: Sequence[FieldPlan]) -> None:
        self._fields = fields
        self._along = tuple(field.along for field in fields if field.along is not None)
        # By the kind of rows, and by what came along with them. Written when the first of a kind are seen.
        self._known: dict[tuple[type, tuple[bool, ...]], Drawing] = {}
        # Makes whole objects of the rows that were met last.
        self._latest: Render = _nothing

    def drawing(self, rows: Sequence[Any]) -> Drawing | None:
        """How these rows, which are some, are made objects, as long as all are like the first."""
        row = rows[0]
        kind: type = row.__class__
        came: tuple[bool, ...] = ()
        if self._along and is_mapping_type(kind):
            came = tuple([key in row for key in self._along])
        known = self._known.get((kind, came))
        if known is None and not is_special_type(kind):
            known = self._known[kind, came] = self._written(kind, came)
        return known

    def whole(self, rows: Sequence[Any]) -> Objects | None:
        """An object for each row, if that takes no resolver; raises what reading the rows raises."""
        if not rows:
            return []
        try:
            # Lists of one page hold rows of one kind.
            made = self._latest(rows)
        except Exception:  # noqa: BLE001 - others may have come along with these rows
            made = None
        if made is not None or rows[0] is None:
            return made
        drawing = self.drawing(rows)
        if drawing is None or drawing.resolved:
            return None
        self._latest = drawing.render
        return self._latest(rows)

    def _written(self, kind: type, came: tuple[bool, ...]) -> Drawing:
        along = {key for key, is_there in zip(self._along, came, strict=False) if is_there}
        drawn = [field for field in self._fields if field.along in along or field.is_drawn]
        numbers = {field.number for field in drawn}
        resolved = [field for field in self._fields if field.number not in numbers]
        by_key = is_mapping_type(kind)
        names: dict[str, Any] = {"isfinite": isfinite, "Undefined": Undefined, "kind": kind}
        lists = [field for field in drawn if field.is_list]
        together = [line for field in lists for line in _together(field, by_key, names)]
        body = [line for field in drawn for line in _drawn(field, by_key, names)]
        beside = {f"v{field.number}": f"_{field.number}" for field in resolved}
        sources = ", ".join(["rows", *beside.values()])
        beside |= {f"v{field.number}": f"all_v{field.number}" for field in lists}
        values = ", ".join(["row", *beside])
        items = ", ".join(f"{field.key!r}: v{field.number}" for field in self._fields)
        lines = [
            f"def render({sources}):",
            *(f"    {line}" for line in together),
            "    made = []",
            f"    for {values} in zip(rows, {', '.join(beside.values())}):"
            if beside
            else "    for row in rows:",
            "        if type(row) is not kind: return None",
            *(f"        {line}" for line in body),
            f"        made.append({{{items}}})",
            "    return made",
        ]
        exec(_code("\n".join(lines)), names)  # noqa: S102 - of names the schema and GraphQL's grammar allow
        return Drawing(names["render"], tuple(drawn), tuple(resolved))


def _nothing(_rows: Sequence[Any]) -> None:
    """Makes no objects."""


@lru_cache(maxsize=1024)
def _code(source: str) -> CodeType:
    return compile(source, "<rendering>", "exec")


def _drawn(field: FieldPlan, by_key: bool, names: dict[str, Any]) -> list[str]:
    """The lines that make the value of a field from the row."""
    value = f"v{field.number}"
    if field.is_typename:
        return [f"{value} = {field.parent_type.name!r}"]
    if field.along is not None:
        return _made_along(field, names)
    if field.made is not None:
        return _made(value, *field.made, names)
    name = field.column.name
    read = f"{value} = row[{name!r}]" if by_key else f"{value} = row.{name}"
    if field.read is not None:
        return [read, *_shown(value, field.read, names)]
    if field.is_list:
        shared = [
            f"start, end_{value} = end_{value}, end_{value} + len({value})",
            f"{value} = made_{value}[start:end_{value}]",
        ]
        # A null that may not be was found before.
        return _unless_null(value, True, shared) if field.shape.nullable else shared
    names[f"make_{value}"] = field.whole
    made = [
        f"{value} = make_{value}(({value},))",
        f"if {value} is None: return None",
        f"{value} = {value}[0]",
    ]
    return [read, *_unless_null(value, field.shape.nullable, made)]


def _together(field: FieldPlan, by_key: bool, names: dict[str, Any]) -> list[str]:
    """The lines that make objects of all rows in the lists of a field; each list gets its own back later."""
    value, name = f"v{field.number}", field.column.name
    names[f"make_{value}"] = field.whole
    read = f"row[{name!r}]" if by_key else f"row.{name}"
    kinds, there = ("list, tuple", "")
    if field.shape.nullable:
        kinds, there = (f"{kinds}, type(None)", " if items is not None")
    return [
        f"all_{value} = [{read} for row in rows]",
        f"if not {{*map(type, all_{value})}} <= {{{kinds}}}: return None",
        f"made_{value} = make_{value}([item for items in all_{value}{there} for item in items])",
        f"if made_{value} is None: return None",
        f"end_{value} = 0",
    ]


def _made_along(field: FieldPlan, names: dict[str, Any]) -> list[str]:
    """The lines that make an object whose columns stand in the row under the name of its field."""
    value = f"v{field.number}"
    body, items = [], []
    for inner in field.fields_along:
        place = f"{value}_{inner.number}"
        items.append(f"{inner.key!r}: {place}")
        if inner.is_typename:
            body.append(f"{place} = {inner.parent_type.name!r}")
        elif inner.made is not None:
            body += _made(place, *inner.made, names, inside=f"{field.column.name}.")
        elif inner.read is not None:
            body.append(f"{place} = row[{f'{field.column.name}.{inner.column.name}'!r}]")
            body += _shown(place, inner.read, names)
    body.append(f"{value} = {{{', '.join(items)}}}")
    return [f"{value} = row[{field.along!r}]", *_unless_null(value, field.shape.nullable, body)]


def _made(value: str, made: Made, shape: Leaf, names: dict[str, Any], *, inside: str = "") -> list[str]:
    """The lines that make a leaf of what the row has under its key, or under the one `inside` an object."""
    names[f"make_{value}"] = made.make
    return [f"{value} = make_{value}(row[{inside + made.key!r}])", *_shown(value, shape, names)]


def _shown(value: str, shape: Leaf, names: dict[str, Any]) -> list[str]:
    """The lines that check a leaf's value, and turn it into what the answer shows."""
    leaf, nullable = shape.type, shape.nullable
    if leaf in _PLAIN:
        or_null = f" or {value} is None" if nullable else ""
        return [f"if not ({_PLAIN[leaf].format(value)}{or_null}): return None"]
    if isinstance(leaf, GraphQLEnumType):
        words, kinds = enum_names(leaf)
        names[f"names_{value}"] = words
        names[f"kinds_{value}"] = kinds if nullable else kinds - {type(None)}
        return [f"if type({value}) not in kinds_{value}: return None", f"{value} = names_{value}[{value}]"]
    names[f"show_{value}"] = leaf.coerce_output_value
    shown = [
        f"if isinstance({value}, Exception) or {value} is Undefined: return None",
        f"{value} = show_{value}({value})",
        f"if {value} is None or {value} is Undefined: return None",
    ]
    if leaf.coerce_output_value is format_instant:
        # Written when the answer is encoded.
        names |= {"datetime": datetime, "UTC": UTC}
        plain = f"type({value}) is datetime and {value}.tzinfo is UTC"
        shown = [f"if not ({plain}):", *(f"    {line}" for line in shown)]
    return _unless_null(value, nullable, shown)


def _unless_null(value: str, nullable: bool, lines: list[str]) -> list[str]:
    if nullable:
        return [f"if {value} is not None:", *(f"    {line}" for line in lines)]
    return [f"if {value} is None: return None", *lines]
