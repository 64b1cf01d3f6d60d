"""How fields without a resolver read their values, and how a row says its type.

A parent is a mapping (a database record, a dict) whose keys are the python names of the fields, or
an object with attributes of these names. A row in the place of an interface or union carries its
GraphQL type's name under the key ``__typename`` (see `typed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

TYPENAME = "__typename"

COLUMNS = "columns_in_order"
"""Under this name a class of rows may say which columns they have, in the order in which they give them."""

TYPES = "column_types"
"""Under this name it may say, column by column, of which type all values are that are not null."""

SMALL = "columns_in_32_bits"
"""Under this name it may say, column by column, whether all these are integers that 32 bits can hold."""


class Told(NamedTuple):
    """A column, and what is said of all its values that are not null."""

    name: str
    type: type | None
    in_32_bits: bool


@lru_cache(maxsize=4096)
def is_mapping_type(kind: type) -> bool:
    """Whether values of this type are read by key; a database record is no Mapping, but acts as one."""
    return issubclass(kind, Mapping) or (hasattr(kind, "keys") and hasattr(kind, "__getitem__"))


def columns_of(kind: type) -> Sequence[Told]:
    """The columns of a kind of rows that says so, in the order in which a row gives them; else none."""
    columns: Sequence[str] = getattr(kind, COLUMNS, ())
    types: Sequence[type | None] = getattr(kind, TYPES, ())
    small: Sequence[bool] = getattr(kind, SMALL, ())
    said = zip_longest(columns, types[: len(columns)], small[: len(columns)])
    return [Told(name, type_, bool(in_32_bits)) for name, type_, in_32_bits in said]


def read_field(source: Any, name: str) -> Any:
    """Read the field of one parent: Strawberry's default resolver for this project."""
    return source[name] if is_mapping_type(source.__class__) else getattr(source, name)


def typed(type_name: str, row: Any) -> dict[str, Any]:
    """Copy a row that stands for an interface or union, with the name of its GraphQL type."""
    return {**row, TYPENAME: type_name}


def type_name_of(value: Any) -> str | None:
    """The type's name that a row carries, if it does."""
    if not is_mapping_type(value.__class__):
        return None
    name: str | None = value.get(TYPENAME)
    return name


class Column:
    """Reads one field of all parents of a level."""

    __slots__ = ("_by_attribute", "_by_key", "_read", "name")

    def __init__(self, name: str, read: Callable[[Any, str], Any]) -> None:
        self.name = name
        self._read = read
        self._by_key = itemgetter(name)
        self._by_attribute = attrgetter(name)

    @property
    def is_plain(self) -> bool:
        """Whether mappings are read by key and other objects by attribute, and nothing else is done."""
        return self._read is read_field

    def values(self, parents: Sequence[Any], access: bool | None) -> list[Any]:
        """Return one value per parent; what reading raised is that parent's value.

        `access` is what `uniform_access` said about the parents.
        """
        if access is not None and self.is_plain:
            try:
                return list(map(self._by_key if access else self._by_attribute, parents))
            except Exception:  # noqa: BLE001, S110 - found again below, with the parent that caused it
                pass
        return [self._value(parent) for parent in parents]

    def _value(self, parent: Any) -> Any:
        try:
            return self._read(parent, self.name)
        except Exception as error:  # noqa: BLE001 - the error of this parent's field
            return error


def uniform_access(parents: Iterable[Any]) -> bool | None:
    """Whether all parents are mappings (True), all plain objects (False), or mixed (None)."""
    kinds = {is_mapping_type(kind) for kind in set(map(type, parents))}
    return kinds.pop() if len(kinds) == 1 else None
