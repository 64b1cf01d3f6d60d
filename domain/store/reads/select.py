"""Pages of rows, and rows by their ids, each in one statement whatever their number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from domain.rules.described import Described
from domain.store.arrays import numbers
from domain.store.database import Connection, Database, Row
from domain.store.reads.columns import Table
from domain.store.reads.paging import Cursors, Ordering, Page, PageRequest
from domain.store.reads.rows import fetch_rows
from domain.store.reads.scattered import Scattered, Tried, first_of, in_any

_STATEMENTS = 1024
"""Kept of each kind: clients ask for the same pages all the time."""


def one_of(column: str, values: Collection[Described]) -> str:
    """That the column is one of these words of the field.

    They are written out: a partial index applies only to what the statement itself says.
    """
    words = ", ".join(f"'{value.value}'" for value in values)
    return f"{column} IN ({words})" if words else "false"


@dataclass(slots=True)
class Conditions:
    """Conditions of a statement, with their parameters; `$1` is the client.

    No index has those that are `scattered` in the order of the list (`reads/scattered.py`); the `joins` are
    theirs.
    """

    parameters: list[Any]
    clauses: list[str] = field(default_factory=list)
    scattered: list[Scattered] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)

    @property
    def client_id(self) -> int:
        """The client whose rows are meant."""
        client_id: int = self.parameters[0]
        return client_id

    @classmethod
    def of_client(cls, client_id: int) -> Conditions:
        """No condition but the client."""
        return cls([client_id])

    def add(self, clause: str, value: Any) -> None:
        """AND `clause`, in which `{}` stands for the parameter with this value."""
        self.clauses.append(clause.format(self.place(value)))

    def place(self, value: Any) -> str:
        """The parameter that has this value from now on."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def scatter(
        self, clause: str, *, of_all: str = "", joins: Iterable[str] = (), common: bool = False
    ) -> None:
        """AND `clause`, under which rows may be anywhere in the list, and few unless it is a `common` one.

        `of_all` says the same in words by which they are found sooner, where it is about the whole list.
        """
        self.scattered.append(Scattered(clause, of_all or clause, common))
        self.joins += joins

    def among(self, column: str, values: Collection[Described]) -> None:
        """AND the column is one of these words of the field."""
        self.clauses.append(one_of(column, values))

    def text(self) -> str:
        """The conditions as they follow WHERE."""
        clauses = (*self.clauses, *(condition.of_all for condition in self.scattered))
        return "".join(f"\n  AND {clause}" for clause in clauses)


class Along(NamedTuple):
    """A value that is read with a page, in its statement and snapshot: every row has it in the column `name`.

    `query` makes the subquery, given how many parameters come before its own; `$1` is the client.
    """

    name: str
    query: Callable[[int], str]
    parameters: Sequence[Any]


async def fetch_page(
    database: Database,
    table: Table,
    *,
    conditions: Conditions,
    names: Sequence[str],
    ordering: Ordering,
    request: PageRequest,
    along: Along | None = None,
) -> Page[Row]:
    """One page of the rows under the conditions, in this order; one statement whatever its size."""
    size, backwards = request.size, request.backwards
    parameters = list(conditions.parameters)
    within, stretches = ordering.stretches(request, parameters=parameters)
    clauses = (*conditions.clauses, *within)
    extra = () if along is None else (f"({along.query(len(parameters))}) AS {along.name}",)
    if along is not None:
        parameters += along.parameters
    tried = Tried(tuple(conditions.scattered), tuple(conditions.joins))
    statement = _page_statement(
        table, tuple(names), clauses, tuple(stretches), tried, extra, ordering, size, backwards=backwards
    )
    async with database.connection(conditions.client_id) as sql:
        rows = await fetch_rows(sql, statement, *parameters)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()

    async def count() -> int:
        async with database.connection(conditions.client_id) as sql:
            counted = table.select([], extra=["count(*)"], joins=conditions.joins) + conditions.text()
            total: int = await sql.fetchval(counted, *conditions.parameters)
            return total

    return Page(
        nodes=rows,
        cursors=Cursors(rows, ordering),
        has_next_page=request.before is not None if backwards else more,
        has_previous_page=more if backwards else request.after is not None,
        count=count,
    )


@lru_cache(maxsize=_STATEMENTS)
def _page_statement(
    table: Table,
    names: tuple[str, ...],
    clauses: tuple[str, ...],
    stretches: tuple[str, ...],
    tried: Tried,
    extra: tuple[str, ...],
    ordering: Ordering,
    size: int,
    *,
    backwards: bool,
) -> str:
    """The statement of a page, with one row more, which says that there is more."""
    brought = table.brought(names)
    order = f"\nORDER BY {ordering.clause(backwards=backwards)}"
    source, joins = "", ordering.joins
    conditions = (*clauses, *(condition.of_one for condition in tried.conditions))
    if tried.may_be_few:
        source = tried.source(table, clauses, stretches, sorted_by=order, rows=size + 1)
    elif len(stretches) > 1 and not tried.joins:
        first = first_of(table, conditions, stretches, sorted_by=order, rows=size + 1)
        source = f"({first}) AS {table.alias}"
    else:
        conditions, joins = (*conditions, *in_any(stretches)), (*tried.joins, *ordering.joins)
    own = [name for name in names if name not in brought]
    keys = ordering.columns_beside(names)
    page = table.select(own, extra=keys, joins=joins, source=source)
    page += "".join(f"\n  AND {clause}" for clause in (() if source else conditions))
    page += f"{order}\nLIMIT {size + 1}"
    if not brought and not extra:
        return page
    return table.beside_page(page, brought, order=ordering.of_page(backwards=backwards), extra=extra)


async def fetch_by_ids(
    sql: Connection, table: Table, *, client_id: int, ids: Collection[int], key: str, names: Sequence[str]
) -> list[Row]:
    """The rows whose `key` column is one of `ids`, in one statement.

    Joined, for an array may be searched from its start for every row of a small table.
    """
    wanted = f"\nJOIN unnest($2::text::bigint[]) AS wanted(id) ON wanted.id = {table.columns[key].expression}"
    return await fetch_rows(sql, table.select(names, beside=wanted), client_id, numbers(dict.fromkeys(ids)))


async def fetch_list(
    sql: Connection,
    table: Table,
    *,
    client_id: int,
    key: str,
    id_: int,
    names: Sequence[str],
    ordering: Ordering,
    limit: int,
) -> list[Row]:
    """The first `limit` rows of one parent: `key` is the column that holds the parent's id."""
    return await fetch_rows(
        sql,
        f"{table.select(names, joins=ordering.joins)}\n  AND {table.columns[key].expression} = $2"
        f"\nORDER BY {ordering.clause(backwards=False)}\nLIMIT {limit}",
        client_id,
        id_,
    )


async def fetch_lists(
    sql: Connection,
    table: Table,
    *,
    client_id: int,
    key: str,
    ids: Collection[int],
    names: Sequence[str],
    ordering: Ordering,
    most: int,
) -> dict[int, list[Row]] | None:
    """All rows of each parent that has any, in one statement: `key`, one of `names`, holds the parent's id.

    None when there are more than `most` rows. An index that begins with the key gives them parent by parent,
    so that nothing is left to be sorted.
    """
    rows = await fetch_rows(
        sql, _lists_statement(table, key, tuple(names), ordering, most), client_id, numbers(ids)
    )
    if len(rows) > most:
        return None
    lists: dict[int, list[Row]] = {}
    own: list[Row] = []
    latest = None
    # A row finds a column sooner by its place than by its name, and groupby takes half as long again.
    for row, parent_id in zip(rows, map(itemgetter(names.index(key)), rows), strict=True):
        if parent_id != latest:
            latest = parent_id
            lists[parent_id] = own = []
        own.append(row)
    return lists


@lru_cache(maxsize=_STATEMENTS)
def _lists_statement(table: Table, key: str, names: tuple[str, ...], ordering: Ordering, most: int) -> str:
    parent = table.columns[key].expression
    return (
        f"{table.select(names, joins=ordering.joins)}\n  AND {parent} = ANY($2::text::bigint[])"
        f"\nORDER BY {parent}, {ordering.clause(backwards=False)}\nLIMIT {most + 1}"
    )


async def fetch_page_of_each(
    database: Database,
    table: Table,
    *,
    client_id: int,
    key: str,
    ids: Sequence[int],
    names: Sequence[str],
    ordering: Ordering,
    request: PageRequest,
    narrowed: Sequence[tuple[str, Any]] = (),
) -> list[Page[Row]]:
    """A page of each parent's rows, in one statement: `key` is the column that holds the parent's id.

    `narrowed` are further conditions, in each of which `{}` stands for the value beside it. The same page
    is asked of every parent, so a cursor only makes sense for one of them.
    """
    size, backwards = request.size, request.backwards
    conditions = Conditions([client_id, numbers(dict.fromkeys(ids))])
    for clause, value in narrowed:
        conditions.add(clause, value)
    parameters = list(conditions.parameters)
    clauses = [
        f"{table.columns[key].expression} = parent.id",
        *conditions.clauses,
        *ordering.within(request, parameters=parameters),
    ]
    keys = ordering.columns_beside(names)
    brought = table.brought(names)
    own = [name for name in names if name not in brought]
    inner = table.select(own, extra=keys, joins=ordering.joins) + "".join(
        f"\n  AND {clause}" for clause in clauses
    )
    statement = (
        "SELECT parent.id AS parent_id, page.*\n"
        f"FROM unnest($2::text::bigint[]) AS parent(id), LATERAL (\n{inner}\n"
        f"ORDER BY {ordering.clause(backwards=backwards)}\nLIMIT {size + 1}) AS page"
    )
    if brought:
        statement = table.beside_page(statement, brought, order=ordering.of_page(backwards=backwards))
    async with database.connection(client_id) as sql:
        rows = await fetch_rows(sql, statement, *parameters)
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row["parent_id"], []).append(row)
    counts = _Counts(database, table, key, conditions)

    def page(parent_id: int) -> Page[Row]:
        mine = found.get(parent_id, [])
        more, mine = len(mine) > size, mine[:size]
        if backwards:
            mine = mine[::-1]

        async def count() -> int:
            return await counts.of(parent_id)

        return Page(
            nodes=mine,
            cursors=Cursors(mine, ordering),
            has_next_page=request.before is not None if backwards else more,
            has_previous_page=more if backwards else request.after is not None,
            count=count,
        )

    return [page(parent_id) for parent_id in ids]


class _Counts:
    """How many rows each parent has: counted for all of them at once, when the first is asked for."""

    def __init__(self, database: Database, table: Table, key: str, conditions: Conditions) -> None:
        self._database = database
        self._column = table.columns[key].expression
        self._statement = (
            table.select([], extra=[f"{self._column} AS parent_id", "count(*) AS total"])
            + f"\n  AND {self._column} = ANY($2::text::bigint[]){conditions.text()}\nGROUP BY 1"
        )
        self._client_id = conditions.client_id
        self._parameters = conditions.parameters
        self._totals: asyncio.Task[dict[int, int]] | None = None

    async def of(self, parent_id: int) -> int:
        if self._totals is None:
            self._totals = asyncio.create_task(self._count())
        return (await self._totals).get(parent_id, 0)

    async def _count(self) -> dict[int, int]:
        async with self._database.connection(self._client_id) as sql:
            rows = await sql.fetch(self._statement, *self._parameters)
        return {row["parent_id"]: row["total"] for row in rows}
