"""Batched fields, on both executors."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, cast

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import Info

from api.execution.executor import BreadthFirstExecutor
from api.execution.fields import Parents, batched, made_of
from api.execution.schema import BreadthFirstSchema

Rows = list[dict[str, int]]


@strawberry.type
class Leaf:
    number: int
    tag: str = made_of(
        "number", "#{}".format, graphql_type=str, description="What is written on it.", name="tag"
    )

    @batched(description="The leaf's double.")
    async def double(parents: Parents, info: Info) -> list[int]:
        info.context.append(("double", [row["number"] for row in parents]))
        return [2 * row["number"] for row in parents]


@strawberry.type
class Branch:
    number: int

    @batched(description="The branch's leaves.", graphql_type=list[Leaf])
    async def leaves(
        parents: Parents,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many.")] = 2,
    ) -> list[Rows]:
        info.context.append((f"leaves {first}", [row["number"] for row in parents]))
        return [[{"number": 10 * row["number"] + leaf} for leaf in range(first)] for row in parents]

    @batched(description="Only branch 1 has one.", name="nest", graphql_type=str | None)
    async def nest_of(parents: Parents) -> list[str | LookupError]:
        return ["twigs" if row["number"] == 1 else LookupError("no nest") for row in parents]

    @batched(description="One value short.")
    async def short(parents: Parents) -> list[str | None]:
        return ["only"]

    @batched(description="The leaf at its tip.", graphql_type=Leaf | None, along="number")
    async def tip(parents: Parents, info: Info) -> list[dict[str, int] | None]:
        info.context.append(("tip", [row["number"] for row in parents]))
        return [None if row["number"] == 3 else {"number": 7 * row["number"]} for row in parents]


@strawberry.type
class Query:
    @strawberry.field
    def tipped(self, along: bool) -> list[Branch]:
        if along:
            return cast("list[Branch]", [{"number": 1, "tip.number": 7}, {"number": 3, "tip.number": None}])
        return cast("list[Branch]", [{"number": 1}, {"number": 3}])

    @strawberry.field
    def branches(self) -> list[Branch]:
        return cast("list[Branch]", [{"number": 1}, {"number": 2}])


@pytest.fixture(params=[BreadthFirstExecutor, StrawberryGraphQLCoreExecutionContext])
def schema(request: pytest.FixtureRequest) -> BreadthFirstSchema:
    return BreadthFirstSchema(query=Query, execution_context_class=request.param)


async def test_a_batched_resolver_is_called_once_for_all_parents_of_a_level(
    schema: BreadthFirstSchema,
) -> None:
    calls: list[Any] = []

    result = await schema.execute("{ branches { leaves { double } } }", context_value=calls)

    assert result.errors is None
    assert result.data == {
        "branches": [
            {"leaves": [{"double": 20}, {"double": 22}]},
            {"leaves": [{"double": 40}, {"double": 42}]},
        ]
    }
    assert calls == [("leaves 2", [1, 2]), ("double", [10, 11, 20, 21])]


async def test_a_batched_resolver_is_not_called_without_parents(schema: BreadthFirstSchema) -> None:
    calls: list[Any] = []

    result = await schema.execute("{ branches { leaves(first: 0) { double } } }", context_value=calls)

    assert result.data == {"branches": [{"leaves": []}, {"leaves": []}]}
    assert calls == [("leaves 0", [1, 2])]


async def test_the_same_field_with_other_arguments_is_another_call(schema: BreadthFirstSchema) -> None:
    calls: list[Any] = []

    result = await schema.execute(
        "query ($n: Int!) { branches { one: leaves(first: 1) { number } no: leaves(first: $n) { number } } }",
        {"n": 0},
        context_value=calls,
    )

    assert result.data == {
        "branches": [{"one": [{"number": 10}], "no": []}, {"one": [{"number": 20}], "no": []}]
    }
    assert calls == [("leaves 1", [1, 2]), ("leaves 0", [1, 2])]


async def test_requests_at_the_same_time_are_never_mixed(schema: BreadthFirstSchema) -> None:
    query = "query ($n: Int!) { branches { leaves(first: $n) { number } } }"
    calls: list[Any] = []

    results = await asyncio.gather(
        *(schema.execute(query, {"n": number}, context_value=calls) for number in (1, 1, 2))
    )

    assert [len(result.data["branches"][0]["leaves"]) for result in results if result.data] == [1, 1, 2]
    assert sorted(calls) == [("leaves 1", [1, 2]), ("leaves 1", [1, 2]), ("leaves 2", [1, 2])]


async def test_an_exception_among_the_values_is_the_error_of_its_parent(schema: BreadthFirstSchema) -> None:
    result = await schema.execute("{ branches { nest } }")

    assert result.data == {"branches": [{"nest": "twigs"}, {"nest": None}]}
    assert [(error.message, error.path) for error in result.errors or ()] == [
        ("no nest", ["branches", 1, "nest"])
    ]


async def test_a_resolver_that_returns_too_few_values_is_in_error_for_every_parent(
    schema: BreadthFirstSchema,
) -> None:
    result = await schema.execute("{ branches { short } }")

    assert result.data == {"branches": [{"short": None}, {"short": None}]}
    assert [(error.message, error.path) for error in result.errors or ()] == [
        (
            "The batched resolver of 'short' did not return one value for each parent.",
            ["branches", 0, "short"],
        ),
        (
            "The batched resolver of 'short' did not return one value for each parent.",
            ["branches", 1, "short"],
        ),
    ]


def test_the_field_has_the_type_of_one_value_and_the_arguments_without_the_parents() -> None:
    sdl = str(BreadthFirstSchema(query=Query))

    assert "  short: String\n" in sdl
    assert '    """How many."""\n    first: Int! = 2\n  ): [Leaf!]!' in sdl


async def test_an_object_that_came_along_is_not_asked_for() -> None:
    schema = BreadthFirstSchema(Query)
    document = "query ($along: Boolean!) { tipped(along: $along) { tip { number tag } } }"
    asked: list[Any] = []

    came = await schema.execute(document, {"along": True}, context_value=asked)
    assert asked == []
    loaded = await schema.execute(document, {"along": False}, context_value=asked)
    assert asked == [("tip", [1, 3])]

    assert came.data == loaded.data == {"tipped": [{"tip": {"number": 7, "tag": "#7"}}, {"tip": None}]}
    assert came.errors is loaded.errors is None


async def test_what_an_object_resolves_by_itself_it_resolves_though_it_came_along() -> None:
    schema = BreadthFirstSchema(Query)
    asked: list[Any] = []

    result = await schema.execute("{ tipped(along: true) { tip { double } } }", context_value=asked)

    assert result.data == {"tipped": [{"tip": {"double": 14}}, {"tip": None}]}
    assert asked == [("tip", [1, 3]), ("double", [7])]
