"""Input objects and lists, made of coerced values as Strawberry makes them.

`convert_argument` finds out for every value of every request what its type is; here that is found out once
for a type, which leaves for a request to make the objects. Types that Strawberry makes in ways of their own
are left to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from functools import lru_cache
from typing import Any, TypeAlias

from strawberry import UNSET
from strawberry.relay import GlobalID
from strawberry.schema import Schema
from strawberry.types.arguments import _is_leaf_type
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import has_enum_definition
from strawberry.types.lazy_type import LazyType

Convert: TypeAlias = Callable[[Any], Any]


class UncompiledError(Exception):
    """Values of this type are left to Strawberry."""


class Converters:
    """What makes values of input types; each type is compiled when it is met first."""

    def __init__(self, schema: Schema) -> None:
        self._config = schema.config
        self._scalars = schema.schema_converter.scalar_registry
        self._objects: dict[type, Convert] = {}

    def of(self, type_: Any) -> Convert | None:
        """What converts coerced values of the type; None where they are taken as they are.

        Raises UncompiledError.
        """
        if isinstance(type_, StrawberryMaybe):
            raise UncompiledError
        if isinstance(type_, StrawberryOptional):
            return self.of(type_.of_type)
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type())
        if isinstance(type_, StrawberryList):
            return _list_of(self.of(type_.of_type))
        if type_ is GlobalID:
            raise UncompiledError
        if _is_leaf_type(type_, self._scalars) or has_enum_definition(type_):
            return None
        if not has_object_definition(type_):
            raise UncompiledError
        return self._object_of(type_)

    def _object_of(self, type_: Any) -> Convert:
        if type_ in self._objects:
            return self._objects[type_]
        definition = type_.__strawberry_definition__
        if definition.from_input is not None or not definition.is_input:
            raise UncompiledError
        fields: list[tuple[str, str, Convert | None]] = []
        absent = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }

        def make(value: Any) -> Any:
            if value is None or value is UNSET:
                return value
            given: dict[str, Any] = absent.copy()
            for name, python_name, convert in fields:
                if name in value:
                    given[python_name] = value[name] if convert is None else convert(value[name])
            return type_(**given)

        known = self._objects.copy()
        # Before its fields: an input object may hold others of its type.
        self._objects[type_] = make
        try:
            fields += [
                (
                    self._config.name_converter.from_field(field),
                    field.python_name,
                    self.of(field.resolve_type(type_definition=definition)),
                )
                for field in definition.fields
            ]
        except UncompiledError:
            # Nor is anything of use that holds this one.
            self._objects = known
            raise
        return make


def _list_of(convert: Convert | None) -> Convert:
    def items(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        # A list of its own for every request, also where it is a default.
        return list(value) if convert is None else [convert(item) for item in value]

    return items


@lru_cache(maxsize=16)
def converters_of(schema: Schema) -> Converters:
    """The converters of a schema: one for all of its documents."""
    return Converters(schema)
