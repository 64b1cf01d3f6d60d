"""Fast output of whole columns of scalars and enum values.

A fast path returns the column exactly as graphql-core would output it value by value, or None when
it can't be sure; then the executor goes through the values one at a time, where graphql-core's own
coercion decides and errors get their paths.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import Any

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

LeafColumn = Callable[[list[Any], set[type]], list[Any] | None]

INT_LIMIT = 2**31


@lru_cache(maxsize=4096)
def is_special_type(kind: type) -> bool:
    """Whether values of this type are no plain values: errors, and graphql-core's Undefined."""
    return issubclass(kind, Exception) or kind is type(Undefined)


def leaf_column(leaf: GraphQLLeafType) -> LeafColumn:
    """Return the fast path for columns of this scalar or enum."""
    if leaf is GraphQLString or leaf is GraphQLID:
        return _texts
    if leaf is GraphQLInt:
        return _integers
    if leaf is GraphQLFloat:
        return _floats
    if leaf is GraphQLBoolean:
        return _booleans
    if isinstance(leaf, GraphQLEnumType):
        return _enum_values(leaf)
    return _scalars(leaf.coerce_output_value)


def _texts(values: list[Any], kinds: set[type]) -> list[Any] | None:
    return values if kinds <= {str, type(None)} else None


def _booleans(values: list[Any], kinds: set[type]) -> list[Any] | None:
    return values if kinds <= {bool, type(None)} else None


def _integers(values: list[Any], kinds: set[type]) -> list[Any] | None:
    if not kinds <= {int, type(None)}:
        return None
    numbers = values if type(None) not in kinds else [value for value in values if value is not None]
    if numbers and not (min(numbers) >= -INT_LIMIT and max(numbers) < INT_LIMIT):
        return None
    return values


def _floats(values: list[Any], kinds: set[type]) -> list[Any] | None:
    if not kinds <= {float, type(None)}:
        return None
    return values if all(value is None or isfinite(value) for value in values) else None


def enum_names(leaf: GraphQLEnumType) -> tuple[dict[Any, str | None], frozenset[type]]:
    """The names of an enum's values and members, null's too, and the types that are looked up in them."""
    names: dict[Any, str | None] = {value.value: name for name, value in leaf.values.items()}
    # Strawberry's enum types know the Python enum; resolvers may return its members or their values.
    members: type[Enum] | None = getattr(leaf, "wrapped_cls", None)
    if members is not None:
        names.update({member: names[member.value] for member in members if member.value in names})
    names[None] = None
    return names, frozenset({str, type(None)} if members is None else {str, type(None), members})


def _enum_values(leaf: GraphQLEnumType) -> LeafColumn:
    names, known = enum_names(leaf)

    def column(values: list[Any], kinds: set[type]) -> list[Any] | None:
        if not kinds <= known:
            return None
        try:
            return [names[value] for value in values]
        except KeyError:
            return None

    return column


def _scalars(coerce: Callable[[Any], Any]) -> LeafColumn:
    def column(values: list[Any], kinds: set[type]) -> list[Any] | None:
        if any(map(is_special_type, kinds)):
            return None
        coerced = []
        try:
            for value in values:
                output = None if value is None else coerce(value)
                if output is Undefined or (output is None and value is not None):
                    return None
                coerced.append(output)
        except Exception:  # noqa: BLE001 - raised again value by value, where it gets its path
            return None
        return coerced

    return column
