"""Pages of a list, by key: a page starts after the last row seen, so inserted rows never shift it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby, repeat
from typing import Any, Generic, TypeVar, overload

import msgspec
import orjson

from domain.rules.instants import in_utc
from domain.rules.refusals import ErrorCode, Refusal
from domain.store.database import Row

DEFAULT_PAGE = 50
LARGEST_PAGE = 500

Key = TypeVar("Key", int, str, datetime)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: `first` rows after a cursor, or the `last` before one."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """How many rows. Raises INVALID_INPUT for a size out of bounds or both directions at once."""
        if self.first is not None and self.last is not None:
            raise Refusal(ErrorCode.INVALID_INPUT, "Give either first or last, not both.", path=("last",))
        size, name = (self.first, "first") if self.last is None else (self.last, "last")
        if size is None:
            return DEFAULT_PAGE
        if not 0 <= size <= LARGEST_PAGE:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{name} must be from 0 to {LARGEST_PAGE}; ask for more rows in several pages.",
                path=(name,),
            )
        return size

    @property
    def backwards(self) -> bool:
        """Whether the page is read from its end."""
        return self.last is not None or (self.first is None and self.before is not None)


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One column of the order of a list: the SQL expression, its type, and its direction."""

    column: str
    expression: str
    sql_type: str
    descending: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Ordering:
    """A total order of rows; every part's column is among the columns of the row.

    `joins` are those of the table that its expressions need. Made once for each list: statements are kept by
    the ordering that they are for.
    """

    name: str
    parts: tuple[KeyPart, ...]
    joins: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The select list that gives the cursor's columns."""
        return [f"{part.expression} AS {part.column}" for part in self.parts]

    def columns_beside(self, names: Collection[str]) -> list[str]:
        """Those of `columns` that are not among `names`: cursors take them, whether or not anybody asks."""
        return [item for part, item in zip(self.parts, self.columns, strict=True) if part.column not in names]

    def clause(self, *, backwards: bool) -> str:
        """The ORDER BY clause."""
        return ", ".join(
            f"{part.expression} {'DESC' if part.descending != backwards else 'ASC'}" for part in self.parts
        )

    def of_page(self, *, backwards: bool) -> str:
        """The same ORDER BY clause, for rows of a page that is a subquery."""
        return ", ".join(
            f"page.{part.column} {'DESC' if part.descending != backwards else 'ASC'}" for part in self.parts
        )

    def beyond(self, cursor: Sequence[Any], *, backwards: bool, parameters: list[Any]) -> str:
        """The condition for rows after `cursor` (before it when backwards); its values join `parameters`."""
        condition = _beyond(self, len(parameters) + 1, backwards=backwards)
        parameters += cursor
        return condition

    def within(self, request: PageRequest, *, parameters: list[Any]) -> list[str]:
        """The conditions for rows beyond the request's cursors; their values join `parameters`.

        Raises INVALID_INPUT for a cursor that this list never gave.
        """
        clauses = []
        if request.after is not None:
            after = self.decode(request.after, argument="after")
            clauses.append(self.beyond(after, backwards=False, parameters=parameters))
        if request.before is not None:
            before = self.decode(request.before, argument="before")
            clauses.append(self.beyond(before, backwards=True, parameters=parameters))
        return clauses

    def stretches(self, request: PageRequest, *, parameters: list[Any]) -> tuple[list[str], list[str]]:
        """As `within`, but of the cursor where the page begins several conditions, in the order of the list.

        A row is beyond it under one of them, and an index begins each at its place. Where parts differ in
        direction, it would begin the condition as a whole where the first part does, at the first of all that
        are alike in that.
        """
        starts_at = request.before if request.backwards else request.after
        if starts_at is None:
            return self.within(request, parameters=parameters), []
        cursor = self.decode(starts_at, argument="before" if request.backwards else "after")
        stretches = _stretches(self, len(parameters) + 1, backwards=request.backwards)
        parameters += cursor
        other = replace(request, before=None) if request.backwards else replace(request, after=None)
        return self.within(other, parameters=parameters), stretches

    def encode(self, row: Row) -> str:
        """The opaque cursor of a row."""
        values = [self.name, *(row[part.column] for part in self.parts)]
        return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")

    def decode(self, cursor: str, *, argument: str) -> list[Any]:
        """The key behind a cursor. Raises INVALID_INPUT for one that this list never gave."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            name, *values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if name != self.name or len(values) != len(self.parts):
                raise ValueError("a cursor of another list")
            return [_restored(value, part) for value, part in zip(values, self.parts, strict=True)]
        except (ValueError, TypeError, binascii.Error) as error:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                "The cursor is not one that this list gave; pass an endCursor or startCursor as it is.",
                path=(argument,),
            ) from error


@lru_cache(maxsize=1024)
def _stretches(ordering: Ordering, first_parameter: int, *, backwards: bool) -> list[str]:
    """The conditions for rows beyond a cursor, whose values are the parameters from this one on.

    First come those that differ from it only in the last parts of one direction, then in those before them.
    """
    found: list[str] = []
    alike = ""
    numbered = enumerate(ordering.parts, start=first_parameter)
    for descending, group in groupby(numbered, key=lambda one: one[1].descending):
        parts = [(part.expression, f"${number}::{part.sql_type}") for number, part in group]
        columns, places = map(", ".join, zip(*parts, strict=True))
        sign = "<" if descending != backwards else ">"
        beyond = f"({columns}) {sign} ({places})" if len(parts) > 1 else f"{columns} {sign} {places}"
        found.insert(0, alike + beyond)
        alike += "".join(f"{column} = {place} AND " for column, place in parts)
    return found


@lru_cache(maxsize=1024)
def _beyond(ordering: Ordering, first_parameter: int, *, backwards: bool) -> str:
    """The condition for rows beyond a cursor, whose values are the parameters from this one on.

    Where parts differ in direction, rows are compared part by part: the first part that differs decides. The
    leading condition alone lets an index start at the cursor.
    """
    parts = ordering.parts
    places = [f"${number}::{part.sql_type}" for number, part in enumerate(parts, start=first_parameter)]
    signs = ["<" if part.descending != backwards else ">" for part in parts]
    if len(set(signs)) == 1 and len(places) > 1:
        columns = ", ".join(part.expression for part in parts)
        return f"({columns}) {signs[0]} ({', '.join(places)})"
    condition = f"{parts[-1].expression} {signs[-1]} {places[-1]}"
    for part, sign, place in reversed(list(zip(parts, signs, places, strict=True))[:-1]):
        condition = (
            f"({part.expression} {sign}= {place} AND ({part.expression} {sign} {place} OR {condition}))"
        )
    return condition


_BEYOND = {"int": 2**31, "bigint": 2**63}


def _restored(value: Any, part: KeyPart) -> int | str | datetime | date:
    if part.sql_type == "timestamptz":
        return in_utc(datetime.fromisoformat(value))
    if part.sql_type == "date":
        return date.fromisoformat(value)
    expected = int if part.sql_type in ("bigint", "int") else str
    if not isinstance(value, expected) or isinstance(value, bool):
        raise TypeError("a cursor's part has another type")
    if isinstance(value, int) and not -_BEYOND[part.sql_type] <= value < _BEYOND[part.sql_type]:
        raise ValueError("a cursor's number is too large")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("a cursor's text is none of PostgreSQL's")
    return value


class Cursors(Sequence[str]):
    """The cursors of rows, each made when it is looked at: most pages are read without any."""

    __slots__ = ("_ordering", "_rows")

    def __init__(self, rows: Sequence[Row], ordering: Ordering) -> None:
        self._rows = rows
        self._ordering = ordering

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int, /) -> str: ...
    @overload
    def __getitem__(self, index: slice, /) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice, /) -> str | Sequence[str]:
        if isinstance(index, slice):
            return Cursors(self._rows[index], self._ordering)
        return self._ordering.encode(self._rows[index])


Node = TypeVar("Node")


class _Ends:
    """The cursors to go on from, each made when it is asked for."""

    __slots__ = ()

    cursors: Any

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the page's first row, if it has any."""
        cursors: Sequence[str] = self.cursors
        return cursors[0] if cursors else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the page's last row, if it has any."""
        cursors: Sequence[str] = self.cursors
        return cursors[-1] if cursors else None


@dataclass(slots=True)
class Page(_Ends, Generic[Node]):
    """One page of a list: its rows, their cursors, and whether there is more on either side."""

    nodes: Sequence[Node]
    cursors: Sequence[str]
    has_next_page: bool
    has_previous_page: bool
    count: Callable[[], Awaitable[int]]
    """Counts the whole list; called only when somebody wants to know."""


def pages_of_lists(
    lists: Sequence[Sequence[Row]], ordering: Ordering, *, size: int
) -> list[Page[Row] | WholeList]:
    """The first page of each of several lists that are here already, in order: the lines of some orders."""
    if max(map(len, lists), default=0) <= size:
        return list(map(WholeList, lists, repeat(ordering)))
    return [
        WholeList(rows, ordering) if len(rows) <= size else _beginning(rows, ordering, size=size)
        for rows in lists
    ]


class WholeList(_Ends, msgspec.Struct, eq=False):
    """The page that is a whole list, of which nothing is made before somebody asks: most are such.

    A page of parents has one for each, and a Struct is made in half the time of another object.
    """

    nodes: Sequence[Row]
    ordering: Ordering

    @property
    def cursors(self) -> Sequence[str]:
        """The cursors of its rows."""
        return Cursors(self.nodes, self.ordering)

    @property
    def has_next_page(self) -> bool:
        """Never."""
        return False

    @property
    def has_previous_page(self) -> bool:
        """Never."""
        return False

    async def count(self) -> int:
        """How many rows it has."""
        return len(self.nodes)


def _beginning(rows: Sequence[Row], ordering: Ordering, *, size: int) -> Page[Row]:
    chosen = rows[:size]
    return Page(
        nodes=chosen,
        cursors=Cursors(chosen, ordering),
        has_next_page=True,
        has_previous_page=False,
        count=Counted(len(rows)),
    )


class Counted:
    """The count of a list whose length is known."""

    __slots__ = ("_total",)

    def __init__(self, total: int) -> None:
        self._total = total

    async def __call__(self) -> int:
        return self._total
