"""The schema as clients rely on it: described throughout, checked in, and never less than before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from api.schema import schema

CHECKED_IN = Path(__file__).parents[2] / "schema.graphql"


def elements(printed: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every element of our own, by its coordinate, with its description."""
    for type_ in printed.type_map.values():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield type_.name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                yield f"{type_.name}.{name}", value.description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{type_.name}.{name}({argument_name}:)", argument.description
        if isinstance(type_, GraphQLInputObjectType):
            for name, input_field in type_.fields.items():
                yield f"{type_.name}.{name}", input_field.description
    for directive in printed.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description


def test_every_element_has_a_description() -> None:
    undescribed = [
        coordinate
        for coordinate, description in elements(build_schema(schema.as_str()))
        if not description or not description.strip()
    ]
    assert undescribed == []


def test_the_checked_in_schema_is_the_one_that_is_served() -> None:
    assert CHECKED_IN.read_text() == schema.as_str() + "\n"


_EDITS = {
    *("confirmOrder", "rejectOrder", "unconfirmOrder", "delayOrder", "changeOrderLine", "addOrderLines"),
    *("cancelOrderLine", "splitOrder", "dropshipOrderLine"),
}


@pytest.mark.rule("F6")
def test_every_mutation_can_be_repeated_under_a_key_and_edits_of_an_order_name_its_version() -> None:
    root = build_schema(schema.as_str()).mutation_type
    assert root is not None
    # Each scan has a key of its own.
    assert [name for name, field in root.fields.items() if "idempotencyKey" not in field.args] == [
        "applyScans"
    ]
    assert {name for name in _EDITS if "expectedVersion" not in root.fields[name].args} == set()
