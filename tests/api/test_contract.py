"""The schema keeps what clients were told: the published contract, and everything released.

`contract.graphql` is the part that clients are written against; it never changes. `released.graphql` is the
whole schema of the last release, and `make released` writes it when there is another one. What breaks it is
accepted by naming it, in the words of the failing test, under "Breaking" in the changelog's "Unreleased".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    find_breaking_changes,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SERVED = build_schema((ROOT / "schema.graphql").read_text())
CONTRACT = build_schema((HERE / "contract.graphql").read_text())
RELEASED = build_schema((HERE / "released.graphql").read_text())


def missing(contract: GraphQLSchema, served: GraphQLSchema) -> list[str]:
    """What `contract` has and `served` has not, or has otherwise; more of it is welcome."""
    found = []
    for name, promised in contract.type_map.items():
        if is_introspection_type(promised):
            continue
        there = served.type_map.get(name)
        if type(there) is not type(promised):
            found.append(f"{name} is missing or of another kind")
        else:
            found += _differences(promised, there)
    for directive in contract.directives:
        if directive.name not in {one.name for one in served.directives}:
            found.append(f"@{directive.name} is missing")
    return found


def _differences(promised: GraphQLNamedType, there: GraphQLNamedType) -> Iterator[str]:
    if isinstance(promised, GraphQLEnumType) and isinstance(there, GraphQLEnumType):
        yield from (
            f"{promised.name}.{value} is missing" for value in promised.values if value not in there.values
        )
    if isinstance(promised, GraphQLUnionType) and isinstance(there, GraphQLUnionType):
        members = {member.name for member in there.types}
        yield from (
            f"{member.name} is not in {promised.name}"
            for member in promised.types
            if member.name not in members
        )
    if isinstance(promised, GraphQLInputObjectType) and isinstance(there, GraphQLInputObjectType):
        if promised.is_one_of != there.is_one_of:
            yield f"{promised.name} is @oneOf in one of the two only"
        yield from _inputs(promised.name, promised.fields, there.fields)
    if isinstance(promised, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(there, GraphQLObjectType | GraphQLInterfaceType)
        interfaces = {one.name for one in there.interfaces}
        yield from (
            f"{promised.name} is no {one.name}" for one in promised.interfaces if one.name not in interfaces
        )
        yield from _fields(promised.name, promised.fields, there.fields)


def _fields(
    parent: str, promised: Mapping[str, GraphQLField], there: Mapping[str, GraphQLField]
) -> Iterator[str]:
    for name, field in promised.items():
        if name not in there:
            yield f"{parent}.{name} is missing"
            continue
        if str(field.type) != str(there[name].type):
            yield f"{parent}.{name} is {there[name].type}, not {field.type}"
        yield from _inputs(f"{parent}.{name}", field.args, there[name].args)


_Inputs = Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]


def _inputs(parent: str, promised: _Inputs, there: _Inputs) -> Iterator[str]:
    """Arguments or input fields: the promised ones alike, with the same default, and no other is required."""
    for name, declared in promised.items():
        if name not in there:
            yield f"{parent}({name}:) is missing"
        elif str(declared.type) != str(there[name].type):
            yield f"{parent}({name}:) is {there[name].type}, not {declared.type}"
        elif _default(declared) != _default(there[name]):
            yield f"{parent}({name}:) has another default"
    for name, declared in there.items():
        required = (
            is_required_argument(declared)
            if isinstance(declared, GraphQLArgument)
            else is_required_input_field(declared)
        )
        if name not in promised and required:
            yield f"{parent}({name}:) is required and was not promised"


def _default(declared: GraphQLArgument | GraphQLInputField) -> object:
    default = declared.default
    if default is None:
        return None
    return default.value if default.literal is None else print_ast(default.literal)


def accepted(changelog: str) -> list[str]:
    """The breaks that the changelog's part "Unreleased" names: its items under "Breaking"."""
    unreleased = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    told = unreleased and re.search(
        r"^### Breaking\n(.*?)(?=^### |\Z)", unreleased[1], re.MULTILINE | re.DOTALL
    )
    items = re.split(r"^- ", told[1], flags=re.MULTILINE)[1:] if told else []
    return [" ".join(item.split()) for item in items]


def breaks(before: GraphQLSchema, after: GraphQLSchema) -> list[str]:
    """What a client of `before` may stumble over in `after`, a sentence each."""
    return [change.description for change in find_breaking_changes(before, after)]


def test_the_published_contract_is_in_the_schema() -> None:
    assert missing(CONTRACT, SERVED) == []


def test_nothing_of_the_last_release_is_broken_that_the_changelog_does_not_name() -> None:
    named = accepted((ROOT / "CHANGELOG.md").read_text())
    assert [told for told in breaks(RELEASED, SERVED) if told not in named] == []


def test_the_changelog_names_no_break_that_there_is_not() -> None:
    named = accepted((ROOT / "CHANGELOG.md").read_text())
    assert [told for told in named if told not in breaks(RELEASED, SERVED)] == []


_BEFORE = """
    interface Node { id: ID! }
    type Query implements Node { id: ID! one(a: Int = 1, b: [Int!]): Thing two: String! }
    union Thing = Query | Other
    type Other { x: Int }
    enum Level { HIGH LOW }
    input Told { level: Level! = HIGH more: Int }
    input Either @oneOf { a: Int b: Int }
    directive @oneOf on INPUT_OBJECT
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("two: String!", "", "Query.two is missing"),
        ("two: String!", "two: String", "Query.two is String, not String!"),
        ("x: Int }", "x: Int! }", "Other.x is Int!, not Int"),
        ("a: Int = 1", "a: Int = 2", "Query.one(a:) has another default"),
        (", b: [Int!]", "", "Query.one(b:) is missing"),
        ("b: [Int!])", "b: [Int!], c: Int!)", "Query.one(c:) is required and was not promised"),
        (" implements Node", "", "Query is no Node"),
        ("Query | Other", "Query", "Other is not in Thing"),
        ("HIGH LOW", "HIGH", "Level.LOW is missing"),
        ("more: Int", "more: [Int]", "Told(more:) is [Int], not Int"),
        ("more: Int", "more: Int! ", "Told(more:) is Int!, not Int"),
        ("Either @oneOf", "Either", "Either is @oneOf in one of the two only"),
        ("type Other { x: Int }", "enum Other { X }", "Other is missing or of another kind"),
    ],
)
def test_each_kind_of_difference_from_the_contract_is_found(old: str, new: str, told: str) -> None:
    text = _BEFORE.replace(old, new)
    if "enum Other" in text:
        text = text.replace("Query | Other", "Query")
    assert told in missing(build_schema(_BEFORE), build_schema(text))


def test_more_than_the_contract_is_welcome() -> None:
    more = (
        _BEFORE.replace("two: String!", "two: String! three(a: Int!): Int")
        .replace("HIGH LOW", "HIGH LOW MIDDLE")
        .replace("more: Int", "more: Int other: Int! = 3")
        .replace("b: [Int!])", "b: [Int!], c: Int)")
    )
    assert missing(build_schema(_BEFORE), build_schema(more)) == []


def test_a_break_is_accepted_by_naming_it_under_unreleased() -> None:
    after = build_schema(_BEFORE.replace("two: String!", ""))
    (told,) = breaks(build_schema(_BEFORE), after)
    folded = told.replace(" ", "\n  ", 1)
    changelog = f"# Changelog\n\n## Unreleased\n\n### Breaking\n\n- {folded}\n\n### Added\n\n- More.\n"

    assert accepted(changelog) == [told]
    assert accepted(changelog.replace("## Unreleased", "## 1.0.0")) == []
    assert (
        accepted(
            "# Changelog\n\n## Unreleased\n\n### Added\n\n- More.\n\n## 1.0.0\n\n### Breaking\n\n- No.\n"
        )
        == []
    )
