"""Select statements that fetch the columns asked for, and join only what these columns need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its SQL expression, and the joins (by name, in order) it needs."""

    expression: str
    joins: tuple[str, ...] = ()


_STATEMENTS = 4096
"""Kept of each kind: clients ask for the same fields all the time."""


@dataclass(frozen=True, slots=True)
class Reference:
    """To the row of another table whose id is in the column `key`: an order's store, a line's SKU."""

    key: str
    table: Table

    def join(self, key: str) -> str:
        """The outer join of the row whose id this expression is."""
        table = self.table
        return f"LEFT JOIN {table.source} ON {table.client} = $1 AND {table.columns['id'].expression} = {key}"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What can be read: a table, what can be joined to it, its columns by name.

    `fields` names the columns that a field of the answer needs when it is not a column by itself.
    `references` are read along with a row, when plain columns of them are asked for: `store.code` is the
    column `code` of an order's store. That costs less than a statement of their own, for which the rows
    would have to come back first. `$1` is always the client, in joins and expressions too.
    """

    source: str
    client: str
    columns: Mapping[str, Column]
    joins: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)

    @property
    def alias(self) -> str:
        """What the table is called in statements."""
        return self.source.rpartition(" AS ")[2]

    def wanted(self, selected: Iterable[str], *, always: Iterable[str]) -> tuple[str, ...]:
        """The columns that the selected fields need, and `always`; unknown fields need none."""
        return _wanted(self, frozenset(selected), tuple(always))

    def column(self, name: str) -> Column:
        """The column of this name, also of a row referred to."""
        if name in self.columns:
            return self.columns[name]
        of, _, inner = name.partition(".")
        reference = self.references[of]
        key = self.columns[reference.key]
        if inner == "id":
            return key
        return Column(reference.table.columns[inner].expression, (*key.joins, reference.table.alias))

    def join(self, name: str) -> str:
        """The join of this name: one of the table's own, or that of a reference."""
        if name in self.joins:
            return self.joins[name]
        reference = next(one for one in self.references.values() if one.table.alias == name)
        return reference.join(self.columns[reference.key].expression)

    def brought(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the columns that come from other tables, by references."""
        return tuple(name for name in names if "." in name and not name.endswith(".id"))

    def beside_page(self, page: str, names: Sequence[str], *, order: str, extra: Sequence[str] = ()) -> str:
        """The statement of a page with columns of references; rows are joined once it is known which.

        Joined before the limit, a small table would be searched for every row that is sorted away.
        `extra` are further select items.
        """
        references = {name.partition(".")[0]: None for name in names}
        joins = [self.references[of].join(f'page."{of}.id"') for of in references]
        items = ["page.*", *(f"{self.column(name).expression} AS {_quoted(name)}" for name in names), *extra]
        joined = "\n".join([f"({page}) AS page", *joins])
        return f"SELECT {', '.join(items)}\nFROM {joined}\nORDER BY {order}"

    def select(
        self,
        names: Sequence[str],
        *,
        extra: Sequence[str] = (),
        joins: Collection[str] = (),
        beside: str = "",
        source: str = "",
    ) -> str:
        """SELECT … FROM … WHERE client; `extra` are further select items, `joins` joins of conditions.

        `beside` is one more join, after all others. `source` stands for the table: some of its rows, under
        its alias.
        """
        return _select(self, tuple(names), tuple(extra), tuple(joins), beside, source or self.source)


@lru_cache(maxsize=_STATEMENTS)
def _wanted(table: Table, selected: frozenset[str], always: tuple[str, ...]) -> tuple[str, ...]:
    names: dict[str, None] = dict.fromkeys(always)
    for name in sorted(selected):
        if name in table.columns:
            names[name] = None
        for needed in table.fields.get(name, ()):
            names[needed] = None
        if name in table.references:
            names.update(dict.fromkeys(_referred(table, name, selected)))
    return tuple(names)


def _referred(table: Table, name: str, selected: frozenset[str]) -> list[str]:
    """The columns of a reference that are read along, its id among them; else the key to look it up by.

    Those that need joins of their own are not read along.
    """
    reference = table.references[name]
    prefix = f"{name}."
    fields = frozenset(field.removeprefix(prefix) for field in selected if field.startswith(prefix))
    inner = reference.table.wanted(fields, always=("id",))
    along = all("." not in column and not reference.table.columns[column].joins for column in inner)
    return [prefix + column for column in inner] if fields and along else [reference.key]


@lru_cache(maxsize=_STATEMENTS)
def _select(
    table: Table,
    names: tuple[str, ...],
    extra: tuple[str, ...],
    joins: tuple[str, ...],
    beside: str,
    source: str,
) -> str:
    columns = [table.column(name) for name in names]
    needed = dict.fromkeys([*joins, *(join for column in columns for join in column.joins)])
    # The table's own joins first, in their order: those of references build on them.
    ordered = [name for name in table.joins if name in needed]
    ordered += [name for name in needed if name not in table.joins]
    items = [f"{column.expression} AS {_quoted(name)}" for name, column in zip(names, columns, strict=True)]
    tables = "".join([source, *(f"\n{table.join(name)}" for name in ordered), beside])
    return f"SELECT {', '.join([*items, *extra])}\nFROM {tables}\nWHERE {table.client} = $1"


def _quoted(name: str) -> str:
    return f'"{name}"' if "." in name else name


def joined(rows: Sequence[Any], name: str) -> list[dict[str, Any] | None] | None:
    """What came along with rows by the reference of this name, None where it refers to nothing.

    None as a whole when it did not come along, and has to be read.
    """
    brought = _brought(name, tuple(rows[0].keys()))
    if brought is None:
        return None
    try:
        return brought(rows)
    except KeyError:
        # Rows of several statements.
        return None


@lru_cache(maxsize=_STATEMENTS)
def _brought(
    name: str, keys: tuple[str, ...]
) -> Callable[[Sequence[Any]], list[dict[str, Any] | None]] | None:
    """What takes the columns of a reference out of rows that have them; None when they have none.

    Compiled, because it is done for every row of a page, and a display of constant keys is made in a third of
    the time that dict(zip(...)) takes. The keys are names of columns that are declared here.
    """
    prefix = f"{name}."
    came = [key for key in keys if key.startswith(prefix)]
    if not came:
        return None
    items = ", ".join(f"{key.removeprefix(prefix)!r}: row[{key!r}]" for key in came)
    take: Callable[[Sequence[Any]], list[dict[str, Any] | None]] = eval(  # noqa: S307
        f"lambda rows: [None if row[{prefix + 'id'!r}] is None else {{{items}}} for row in rows]"
    )
    return take
