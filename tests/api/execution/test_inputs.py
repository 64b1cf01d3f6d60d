"""Input objects are made as Strawberry makes them, whatever is given and left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
)
from strawberry import UNSET
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument

from api.execution.inputs import Converters, UncompiledError, converters_of
from api.schema import schema


def arguments() -> Iterator[tuple[str, Any, Any]]:
    """Every argument of the published schema: its place, its type, and Strawberry's declaration."""
    for name, type_ in schema._schema.type_map.items():
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
            for field_name, field in type_.fields.items():
                for argument_name, argument in field.args.items():
                    declared = argument.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
                    yield f"{name}.{field_name}.{argument_name}", argument.type, declared


ARGUMENTS = {place: (type_, declared.type) for place, type_, declared in arguments()}


def coerced(type_: Any, *, sparse: bool, depth: int = 0) -> Any:
    """A value of the type as graphql-core coerces it, with everything or with as little as it takes."""
    if isinstance(type_, GraphQLNonNull):
        return coerced(type_.of_type, sparse=sparse, depth=depth)
    if isinstance(type_, GraphQLList):
        return (
            []
            if sparse or depth > 4
            else [coerced(type_.of_type, sparse=many, depth=depth + 1) for many in (False, True)]
        )
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: coerced(field.type, sparse=sparse, depth=depth + 1)
            if isinstance(field.type, GraphQLNonNull) or number % 3 or sparse
            else None
            for number, (name, field) in enumerate(type_.fields.items())
            if isinstance(field.type, GraphQLNonNull) or not (sparse or depth > 4)
        }
    assert isinstance(type_, GraphQLScalarType | GraphQLEnumType)
    return object()


def as_strawberry(value: Any, type_: Any) -> Any:
    return convert_argument(value, type_, schema.schema_converter.scalar_registry, schema.config, None)


def made(value: Any, type_: Any) -> Any:
    convert = converters_of(schema).of(type_)
    return value if convert is None else convert(value)


@pytest.mark.parametrize("place", ARGUMENTS)
def test_every_argument_of_the_api_is_made_as_strawberry_makes_it(place: str) -> None:
    type_, declared = ARGUMENTS[place]
    for value in (coerced(type_, sparse=False), coerced(type_, sparse=True), None, UNSET):
        assert made(value, declared) == as_strawberry(value, declared)


@strawberry.input
class Chain:
    """Holds others of its own type."""

    name: str = "none"
    inner: Chain | None = None
    all: list[Chain] | None = strawberry.field(default_factory=list)


@strawberry.input
class Unusual:
    """Says whether anything was said."""

    around: Around | None = None
    name: strawberry.Maybe[str]


@strawberry.input
class Around:
    """Holds what holds it."""

    unusual: Unusual | None = None


@strawberry.type
class Query:
    @strawberry.field
    def asked(self, chain: Chain, unusual: Unusual | None = None) -> bool:
        return True


ODD = strawberry.Schema(Query)


def test_an_input_object_may_hold_others_of_its_type() -> None:
    convert = Converters(ODD).of(Chain)
    assert convert is not None
    assert convert({"inner": {"name": "a", "all": [{}, {"name": "b"}]}}) == Chain(
        inner=Chain(name="a", all=[Chain(), Chain(name="b")])
    )


def test_lists_are_new_for_every_request() -> None:
    convert = Converters(ODD).of(Chain)
    assert convert is not None
    given: dict[str, Any] = {"all": []}
    one, other = convert(given), convert(given)
    one.all.append(Chain())
    assert (other.all, given["all"], convert({}).all) == ([], [], [])


def test_what_strawberry_makes_in_ways_of_its_own_is_left_to_it() -> None:
    converters = Converters(ODD)
    for _ in range(2):
        with pytest.raises(UncompiledError):
            converters.of(Unusual)
        with pytest.raises(UncompiledError):
            converters.of(Around)
    assert converters.of(Chain) is not None
