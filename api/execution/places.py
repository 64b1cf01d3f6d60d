"""Where in the response the values of a column are: asked only when something went wrong.

A breadth-first execution holds columns, values of one field for all parents of a level. A place
leads back from a value's index in its column to its path, to the position that becomes null when
the value is in error, and to its rank in document order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from graphql.pyutils import Path

from api.execution.plan import FieldPlan, Shape


class RootPlace:
    """The one root value."""

    trail: None = None

    def path(self, index: int) -> None:
        """The path of the value at `index`."""

    def nulled(self, index: int) -> Path | None:
        """The position that becomes null when the value at `index` is in error; None is the root."""
        return None

    def rank(self, index: int) -> tuple[int, ...]:
        """The value's rank in document order, depth first."""
        return ()


class FieldPlace:
    """The values of one field, one for each of the parents at the place above."""

    __slots__ = ("_parents", "field")

    def __init__(self, parents: ParentPlace, field: FieldPlan) -> None:
        self._parents = parents
        self.field = field

    @property
    def trail(self) -> Path:
        """The path shared by all values: without list indices."""
        return Path(self._parents.trail, self.field.key, self.field.parent_type.name)

    def path(self, index: int) -> Path:
        return Path(self._parents.path(index), self.field.key, self.field.parent_type.name)

    def nulled(self, index: int) -> Path | None:
        return self.path(index) if self.field.shape.nullable else self._parents.nulled(index)

    def rank(self, index: int) -> tuple[int, ...]:
        return (*self._parents.rank(index), self.field.number)


class ItemPlace:
    """The items of all lists of the place above, one list after the other."""

    def __init__(self, lists_at: ValuePlace, lists: Sequence[Sequence[Any] | None], item: Shape) -> None:
        self.field: FieldPlan = lists_at.field
        self._lists_at = lists_at
        self._lists = lists
        self._item = item

    @cached_property
    def origins(self) -> list[tuple[int, int]]:
        """For each item, the index of its list and its index in it."""
        return [
            (owner, index) for owner, items in enumerate(self._lists) for index in range(len(items or ()))
        ]

    @property
    def trail(self) -> Path:
        return self._lists_at.trail

    def path(self, index: int) -> Path:
        owner, position = self.origins[index]
        return Path(self._lists_at.path(owner), position, None)

    def nulled(self, index: int) -> Path | None:
        return self.path(index) if self._item.nullable else self._lists_at.nulled(self.origins[index][0])

    def rank(self, index: int) -> tuple[int, ...]:
        owner, position = self.origins[index]
        return (*self._lists_at.rank(owner), position)


class SomePlace:
    """Some of the values of the place above: those that are there, or of one type."""

    def __init__(self, all_at: ValuePlace, indices: Sequence[int]) -> None:
        self._all_at = all_at
        self._indices = indices

    @property
    def trail(self) -> Path:
        return self._all_at.trail

    def path(self, index: int) -> Path:
        return self._all_at.path(self._indices[index])

    def nulled(self, index: int) -> Path | None:
        return self._all_at.nulled(self._indices[index])

    def rank(self, index: int) -> tuple[int, ...]:
        return self._all_at.rank(self._indices[index])


# Where the values of a field are, and where the parents of a selection are.
ValuePlace = FieldPlace | ItemPlace
ParentPlace = RootPlace | ValuePlace | SomePlace
