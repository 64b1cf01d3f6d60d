"""Pages of lists by a condition that no index has in the order of the list.

Most pages are full after a few rows, tried one after another as the list has them. But rows under the
condition may be few, or none, or all at the end; then every row of the list would be tried, and whatever it
takes to try one looked up for each. PostgreSQL can't tell beforehand which it will be, and hopes for the
best.

So it tries as many as a page can bear. Unless the page is full then, the condition is asked of the whole
list, in whatever way costs least for all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.store.reads.columns import Table

_BEARABLE = 4_000
"""So many rows are tried one after another by what they say themselves."""
_BEARABLE_LOOKUPS = 1_000
"""So many when something has to be looked up for each."""


class Scattered(NamedTuple):
    """A condition on rows that may be anywhere in the list, as it is asked of one and of all of them.

    A `common` one holds for nearly all: those for which it doesn't are few enough to be passed.
    """

    of_one: str
    of_all: str
    common: bool


class Tried(NamedTuple):
    """What is tried of a list: the conditions, and the joins they need."""

    conditions: tuple[Scattered, ...]
    joins: tuple[str, ...]

    @property
    def bearable(self) -> int:
        """How many rows are tried one after another."""
        looks_up = self.joins or any("SELECT" in condition.of_one for condition in self.conditions)
        return _BEARABLE_LOOKUPS if looks_up else _BEARABLE

    @property
    def may_be_few(self) -> bool:
        """Whether few rows may be left under the conditions."""
        return not all(condition.common for condition in self.conditions)

    def source(
        self, table: Table, clauses: Sequence[str], stretches: Sequence[str], *, sorted_by: str, rows: int
    ) -> str:
        """The first `rows` under all conditions, to stand for the table.

        `clauses` are those that an index has, `stretches` are where the page begins; `sorted_by` is how.
        """
        alias = table.alias
        whole = [f"{alias}.*"]
        next_ones = first_of(table, clauses, stretches, sorted_by=sorted_by, rows=self.bearable)
        soon = table.select([], extra=whole, joins=self.joins, source=f"({next_ones}) AS {alias}")
        soon += _and([condition.of_one for condition in self.conditions]) + sorted_by
        wherever = table.select([], extra=whole, joins=self.joins)
        wherever += _and([*clauses, *in_any(stretches)])
        wherever += _and([condition.of_all for condition in self.conditions])
        wherever += f"\n  AND (SELECT count(*) FROM soon) < {rows}"  # noqa: S608 - a number
        # OFFSET 0 hides from what is below it that there is a limit: it is planned for all of its rows.
        return f"""(
WITH soon AS MATERIALIZED (
{soon}\nLIMIT {rows}
)
SELECT * FROM soon WHERE (SELECT count(*) FROM soon) = {rows}
UNION ALL
SELECT * FROM (SELECT * FROM ({wherever}\nOFFSET 0) AS {alias}{sorted_by}\nLIMIT {rows}) AS wherever
) AS {alias}"""  # noqa: S608 - conditions of our own


def first_of(
    table: Table, clauses: Sequence[str], stretches: Sequence[str], *, sorted_by: str, rows: int
) -> str:
    """The SELECT of the first `rows` of a list, as they are in the table: each stretch is looked through an
    index of its own, as far as it takes."""
    whole = table.select([], extra=[f"{table.alias}.*"]) + _and(clauses)
    first = f"{sorted_by}\nLIMIT {rows}"
    if len(stretches) < 2:
        return whole + _and(stretches) + first
    each = "\nUNION ALL\n".join(f"({whole}{_and([stretch])}{first})" for stretch in stretches)
    return f"SELECT * FROM ({each}) AS {table.alias}{first}"  # noqa: S608 - conditions of our own


def in_any(stretches: Sequence[str]) -> list[str]:
    """The condition, if there is one, that rows are in one of the stretches."""
    return [f"({' OR '.join(stretches)})"] if stretches else []


def _and(clauses: Iterable[str]) -> str:
    return "".join(f"\n  AND {clause}" for clause in clauses)
