"""What a resolver is told of the fields wanted of its result, on both executors."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import Info

from api.execution.executor import BreadthFirstExecutor
from api.execution.fields import Parents, batched
from api.execution.schema import BreadthFirstSchema
from api.execution.selection import selected, selected_nodes

T = TypeVar("T")


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    nodes: list[T]
    total_count: int | None


@strawberry.interface
class Thing:
    long_name: str


@strawberry.type
class Box(Thing):
    open_since: int

    @batched(description="What is in it.", graphql_type=list[Thing])
    async def contents(parents: Parents, info: Info) -> list[list[Any]]:
        info.context.append(selected(info))
        return [[] for _ in parents]


@strawberry.type
class Ball(Thing):
    weight: int


@strawberry.type
class Query:
    @strawberry.field
    def boxes(self, info: Info) -> Connection[Box]:
        info.context.append((selected(info), selected_nodes(info)))
        box = {"long_name": "box", "open_since": 1}
        page = {"edges": [{"cursor": "c", "node": box}], "nodes": [box], "total_count": 1}
        return cast("Connection[Box]", page)


@pytest.fixture(params=[BreadthFirstExecutor, StrawberryGraphQLCoreExecutionContext])
def schema(request: pytest.FixtureRequest) -> BreadthFirstSchema:
    return BreadthFirstSchema(query=Query, types=[Ball], execution_context_class=request.param)


async def wanted(schema: BreadthFirstSchema, query: str, **variables: Any) -> list[Any]:
    found: list[Any] = []
    result = await schema.execute(query, variables, context_value=found)
    assert result.errors is None
    return found


async def test_the_fields_of_nodes_are_found_whichever_way_a_connection_is_asked(
    schema: BreadthFirstSchema,
) -> None:
    assert await wanted(schema, "{ boxes { nodes { longName } edges { node { openSince } } } }") == [
        (
            {"nodes", "nodes.long_name", "edges", "edges.node"},
            {"long_name", "open_since"},
        )
    ]


async def test_aliases_fragments_and_meta_fields_are_seen_through(schema: BreadthFirstSchema) -> None:
    query = """
        { boxes { __typename mine: nodes { ...F } also: nodes { ... on Thing { n: longName } } } }
        fragment F on Box { openSince }
    """

    assert await wanted(schema, query) == [
        ({"nodes", "nodes.long_name", "nodes.open_since"}, {"long_name", "open_since"})
    ]


async def test_what_is_skipped_is_not_wanted_and_each_request_is_told_its_own(
    schema: BreadthFirstSchema,
) -> None:
    query = """
        query ($count: Boolean!) {
            boxes { totalCount @include(if: $count) nodes { longName openSince @skip(if: $count) } }
        }
    """

    assert await wanted(schema, query, count=True) == [
        ({"total_count", "nodes", "nodes.long_name"}, {"long_name"})
    ]
    assert await wanted(schema, query, count=False) == [
        ({"nodes", "nodes.long_name", "nodes.open_since"}, {"long_name", "open_since"})
    ]


async def test_below_an_interface_the_fields_of_all_its_types_are_wanted(schema: BreadthFirstSchema) -> None:
    query = "{ boxes { nodes { contents { longName ... on Ball { weight } ... on Box { openSince } } } } }"

    assert (await wanted(schema, query))[1:] == [{"long_name", "weight", "open_since"}]
