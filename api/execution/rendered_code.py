"""Functions that make objects of rows, written for a selection and a kind of rows (see `rendering`).

    rows of { number status store { code } lines }, the lines having been resolved before:

    def render(rows, _3):
        if {*map(type, rows)} != {kind}: return None
        made = []
        for row, v3 in zip(rows, _3):
            c0 = row['number']
            if type(c0) is not str: return None
            c1 = row['status']
            if type(c1) not in kinds_1: return None
            c2 = row['store.id']
            if c2 is None: return None
            c3 = row['store.code']
            if type(c3) is not str: return None
            made.append({'number': c0, 'status': names_1[c1], 'store': {'code': c3}, 'lines': v3})
        return made

Rows whose kind says which columns they have, in which order (`rows.columns_of`), are taken apart at once, as
in `for (c0, _, c2, c3), v3 in zip(rows, _3)`, instead of being asked for each column by name. In columns
whose type is said as well nothing but nulls is looked for, and in those of integers whether they are too
large, unless that is said, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from math import isfinite
from types import CodeType
from typing import TYPE_CHECKING, Any

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
from api.execution.rows import columns_of, is_mapping_type
from api.execution.scalars import format_instant

if TYPE_CHECKING:
    from api.execution.plan import FieldPlan, Leaf

_KINDS: dict[GraphQLLeafType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}


def render_function(
    kind: type, fields: Sequence[FieldPlan], *, drawn: Sequence[FieldPlan], resolved: Sequence[FieldPlan]
) -> Callable[..., Any]:
    """A function of rows of this kind, and of the values of the fields that are resolved.

    It returns an object of all fields for each row, or None as soon as anything is not plainly what it should
    be; or it raises what reading a row raises. `drawn` are the fields that it makes from the rows.
    """
    return _Writer(kind).written(fields, drawn=drawn, resolved=resolved)


@lru_cache(maxsize=1024)
def _code(source: str) -> CodeType:
    return compile(source, "<rendering>", "exec")


class _Block:
    """Lines in the making, for one object of the answer."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers: list[str] = []
        """Integers whose size is not checked yet."""

    def refuse_if(self, condition: str) -> None:
        """Leave what is not plain to the executor's columns."""
        self.lines.append(f"if {condition}: return None")

    def unless_null(self, value: str, inner: _Block, *, nullable: bool) -> None:
        """Do this as well, but not with a null; which is refused where none may be."""
        if not nullable:
            self.refuse_if(f"{value} is None")
            self.lines += inner.closed()
            return
        self.lines += [f"if {value} is not None:", *(f"    {line}" for line in inner.closed())]

    def closed(self) -> list[str]:
        """All lines."""
        return [*self.lines, *_bounds(self.numbers)]


def _bounds(numbers: Sequence[str]) -> list[str]:
    """The line that lets pass nothing but integers of 32 bits.

    All at once, if none is negative: then one bit that is too high shows in all of them ORed.
    """
    if not numbers:
        return []
    each = " and ".join(f"{-INT_LIMIT} <= {number} < {INT_LIMIT}" for number in numbers)
    if len(numbers) == 1:
        return [f"if not {each}: return None"]
    return [f"if not 0 <= {' | '.join(numbers)} < {INT_LIMIT} and not ({each}): return None"]


class _Writer:
    """Writes one function; `names` is what its code refers to."""

    def __init__(self, kind: type) -> None:
        self.names: dict[str, Any] = {
            "chained": chain.from_iterable,
            "isfinite": isfinite,
            "Undefined": Undefined,
            "kind": kind,
        }
        self._by_key = is_mapping_type(kind)
        self._columns = columns_of(kind)
        # Where columns have one name, by that name a row gives the last.
        self._places = {column.name: place for place, column in enumerate(self._columns)}
        self._types = {f"c{place}": column.type for place, column in enumerate(self._columns)}
        self._small = {f"c{place}" for place, column in enumerate(self._columns) if column.in_32_bits}
        self._taken: set[int] = set()
        self._read = 0

    def written(
        self, fields: Sequence[FieldPlan], *, drawn: Sequence[FieldPlan], resolved: Sequence[FieldPlan]
    ) -> Callable[..., Any]:
        """The function."""
        lists = [field for field in drawn if field.is_list]
        together = [line for field in lists for line in self._together(field)]
        block = _Block()
        values = {field.number: f"v{field.number}" for field in resolved}
        values |= {field.number: self._drawn(field, block) for field in drawn}
        beside = {f"v{field.number}": f"_{field.number}" for field in resolved}
        sources = ", ".join(["rows", *beside.values()])
        beside |= {f"v{field.number}": f"all_v{field.number}" for field in lists}
        each = ", ".join([self._row(), *beside])
        source = f"zip(rows, {', '.join(beside.values())})" if beside else "rows"
        items = ", ".join(f"{field.key!r}: {values[field.number]}" for field in fields)
        lines = [
            f"def render({sources}):",
            "    if {*map(type, rows)} != {kind}: return None",
            *(f"    {line}" for line in together),
            "    made = []",
            f"    for {each} in {source}:",
            *(f"        {line}" for line in block.closed()),
            f"        made.append({{{items}}})",
            "    return made",
        ]
        exec(_code("\n".join(lines)), self.names)  # noqa: S102 - of names the schema and GraphQL's grammar allow
        render: Callable[..., Any] = self.names["render"]
        return render

    def _row(self) -> str:
        """What each row is called: itself, or its columns as far as they are asked for."""
        if not self._taken:
            return "row"
        names = [f"c{place}" if place in self._taken else "_" for place in range(len(self._columns))]
        return f"({', '.join(names)},)"

    def _column(self, name: str, block: _Block) -> str:
        """The name of what a row has in this column."""
        if name in self._places:
            self._taken.add(self._places[name])
            return f"c{self._places[name]}"
        self._read += 1
        value = f"r{self._read}"
        if self._columns:
            # As the row would say.
            block.lines.append(f"{value} = None; raise KeyError({name!r})")
        else:
            block.lines.append(f"{value} = row[{name!r}]" if self._by_key else f"{value} = row.{name}")
        return value

    def _drawn(self, field: FieldPlan, block: _Block) -> str:
        """What makes the value of a field from the row, the lines of the block having been passed."""
        if field.is_typename:
            return repr(field.parent_type.name)
        value = f"v{field.number}"
        if field.along is not None:
            return self._along(field, value, block)
        if field.made is not None or field.read is not None:
            return self._leaf(field, value, block)
        if field.is_list:
            shared = _Block()
            shared.lines = [
                f"start, end_{value} = end_{value}, end_{value} + len({value})",
                f"{value} = made_{value}[start:end_{value}]",
            ]
            if field.shape.nullable:
                block.unless_null(value, shared, nullable=True)
            else:
                # A null that may not be was found before.
                block.lines += shared.lines
            return value
        self.names[f"make_{value}"] = field.whole
        block.lines.append(f"{value} = {self._column(field.column.name, block)}")
        made = _Block()
        made.lines.append(f"{value} = make_{value}(({value},))")
        made.refuse_if(f"{value} is None")
        made.lines.append(f"{value} = {value}[0]")
        block.unless_null(value, made, nullable=field.shape.nullable)
        return value

    def _together(self, field: FieldPlan) -> list[str]:
        """The lines that make objects of all rows in the lists of a field; each list gets its own later."""
        value, name = f"v{field.number}", field.column.name
        self.names[f"make_{value}"] = field.whole
        read = f"row[{name!r}]" if self._by_key else f"row.{name}"
        kinds, lists = "list, tuple", f"all_{value}"
        if field.shape.nullable:
            kinds, lists = f"{kinds}, type(None)", f"[items for items in all_{value} if items is not None]"
        return [
            f"all_{value} = [{read} for row in rows]",
            f"if not {{*map(type, all_{value})}} <= {{{kinds}}}: return None",
            f"made_{value} = make_{value}([*chained({lists})])",
            f"if made_{value} is None: return None",
            f"end_{value} = 0",
        ]

    def _along(self, field: FieldPlan, value: str, block: _Block) -> str:
        """What makes an object whose columns stand in the row under the name of its field."""
        key = self._column(str(field.along), block)
        inner = _Block()
        items = []
        for leaf in field.fields_along:
            shown = (
                repr(leaf.parent_type.name)
                if leaf.is_typename
                else self._leaf(leaf, f"{value}_{leaf.number}", inner, inside=f"{field.column.name}.")
            )
            items.append(f"{leaf.key!r}: {shown}")
        made = f"{{{', '.join(items)}}}"
        if not field.shape.nullable:
            block.unless_null(key, inner, nullable=False)
            return made
        # Sizes are checked before the object is made.
        inner.lines, inner.numbers = [*inner.closed(), f"{value} = {made}"], []
        block.lines.append(f"{value} = None")
        block.unless_null(key, inner, nullable=True)
        return value

    def _leaf(self, field: FieldPlan, value: str, block: _Block, *, inside: str = "") -> str:
        """What shows a leaf that stands in the row, or is made of what does, perhaps `inside` an object."""
        if field.made is not None:
            made, shape = field.made
            self.names[f"make_{value}"] = made.make
            column = self._column(inside + made.key, block)
            block.lines.append(f"{value} = make_{value}({column})")
            return self._shown(value, value, shape, block)
        assert field.read is not None  # noqa: S101 - there are no other leaves
        return self._shown(self._column(inside + field.column.name, block), value, field.read, block)

    def _shown(self, read: str, value: str, shape: Leaf, block: _Block) -> str:
        """What shows the value `read` of a leaf, once it was checked; `value` names what it becomes."""
        leaf, nullable = shape.type, shape.nullable
        if leaf in _KINDS:
            self._check(read, leaf, block, nullable=nullable)
            return read
        if isinstance(leaf, GraphQLEnumType):
            words, kinds = enum_names(leaf)
            self.names[f"names_{value}"] = words
            self.names[f"kinds_{value}"] = kinds if nullable else kinds - {type(None)}
            if self._types.get(read) is not str:
                block.refuse_if(f"type({read}) not in kinds_{value}")
            elif not nullable:
                block.refuse_if(f"{read} is None")
            return f"names_{value}[{read}]"
        self.names[f"show_{value}"] = leaf.coerce_output_value
        shown = _Block()
        shown.refuse_if(f"isinstance({value}, Exception) or {value} is Undefined")
        shown.lines.append(f"{value} = show_{value}({value})")
        shown.refuse_if(f"{value} is None or {value} is Undefined")
        if leaf.coerce_output_value is format_instant:
            # Written when the answer is encoded.
            self.names |= {"datetime": datetime, "UTC": UTC}
            plain = f"type({value}) is datetime and {value}.tzinfo is UTC"
            shown.lines = [f"if not ({plain}):", *(f"    {line}" for line in shown.lines)]
        if value != read:
            block.lines.append(f"{value} = {read}")
        block.unless_null(value, shown, nullable=nullable)
        return value

    def _check(self, read: str, leaf: GraphQLLeafType, block: _Block, *, nullable: bool) -> None:
        """Let pass nothing but a value of the scalar."""
        checks = block if not nullable else _Block()
        if self._types.get(read) is not _KINDS[leaf]:
            checks.refuse_if(f"type({read}) is not {_KINDS[leaf].__name__}")
        elif not nullable:
            checks.refuse_if(f"{read} is None")
        if leaf is GraphQLFloat:
            checks.refuse_if(f"not isfinite({read})")
        elif leaf is GraphQLInt and read not in self._small:
            checks.numbers.append(read)
        if nullable and (checks.lines or checks.numbers):
            block.unless_null(read, checks, nullable=True)
