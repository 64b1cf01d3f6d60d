"""An operation that was executed before is executed as graphql-core would, whatever comes as variables."""

from __future__ import annotations

from typing import Any

import pytest
from strawberry.types import ExecutionResult

from api.execution.schema import BreadthFirstSchema
from tests.api.execution.library import BREADTH_FIRST, GRAPHQL_CORE
from tests.api.execution.shelves import Shelves

pytestmark = pytest.mark.anyio

QUERY = """
    query ($id: ID, $first: Int = 2, $text: String!, $loud: Boolean, $ratio: Float,
           $genre: Genre, $filter: BookFilter) {
        book(id: $id) { label: title pages }
        books(first: $first, filter: $filter) { nodes { id } }
        echo(text: $text, ratio: $ratio, genre: $genre, filter: $filter)
        nodes(ids: [$id, "b"]) { ... on Author { label(loud: $loud) } }
    }
"""
GIVEN: list[dict[str, Any]] = [
    {"text": "a"},
    {
        "text": "a",
        "id": "b1",
        "first": 3,
        "loud": True,
        "ratio": 0.5,
        "genre": "NOVEL",
        "filter": {"pages": {"most": 3}},
    },
    {"text": "a", "id": 17, "first": 3.0, "loud": None, "ratio": 2, "genre": None, "filter": None},
    {"text": "a", "id": None, "first": None, "ratio": None},
    {"text": "a", "first": 2**31},
    {"text": "a", "first": True},
    {"text": "a", "loud": 1},
    {"text": "a", "ratio": float("inf")},
    {"text": "a", "genre": "UNKNOWN"},
    {"text": "a", "filter": {"genres": "NOVEL", "more": 1}},
    {"text": 3},
    {"text": None},
    {},
    {"text": "b", "unknown": 1},
]


async def asked(schema: BreadthFirstSchema, variables: dict[str, Any]) -> ExecutionResult:
    """The answer to the query with these variables."""
    shelves = Shelves(schema._schema, seed=3, faults=0.0)
    return await schema.execute(QUERY, variables, context_value=shelves)


@pytest.mark.parametrize("given", GIVEN, ids=str)
async def test_variables_are_coerced_or_refused_as_by_graphql_core(given: dict[str, Any]) -> None:
    answers = []
    for schema in (BREADTH_FIRST, GRAPHQL_CORE):
        # The first request prepares the operation, the second one is what this is about.
        await asked(schema, {"text": "first", "id": "x", "first": 1})
        result = await asked(schema, given)
        answers.append((result.data, [error.formatted for error in result.errors or ()]))

    assert answers[0] == answers[1]


async def test_nothing_of_a_request_is_left_for_the_next() -> None:
    query = "query ($text: String!) { echo(text: $text) broken: refused }"
    first = await BREADTH_FIRST.execute(query, {"text": "one"})
    second = await BREADTH_FIRST.execute(query, {"text": "two"})

    assert first.data is not None
    assert second.data is not None
    assert "'one'" in first.data["echo"]
    assert "'two'" in second.data["echo"]
    assert len(second.errors or ()) == 1


async def test_what_is_handed_to_graphql_core_is_so_every_time() -> None:
    query = "query ($yes: Boolean!) { __schema @include(if: $yes) { queryType { name } } __typename }"
    shown = {"__schema": {"queryType": {"name": "Query"}}, "__typename": "Query"}

    for yes, expected in ((True, shown), (True, shown), (False, {"__typename": "Query"})):
        result = await BREADTH_FIRST.execute(query, {"yes": yes})
        assert result.data == expected
