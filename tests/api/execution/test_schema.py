"""The schema around the executor: what Strawberry's handlers call, and what graphql-core still does."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any, cast

import pytest
import strawberry
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st
from strawberry.directive import DirectiveLocation, DirectiveValue
from strawberry.extensions import SchemaExtension
from strawberry.types import Info

from api.execution.executor import BreadthFirstExecutor
from api.execution.fields import Parents, batched
from api.execution.rows import typed
from api.execution.run import Run
from api.execution.scalars import format_instant
from api.execution.schema import BreadthFirstSchema
from tests.api.execution.comparing import described
from tests.api.execution.library import BREADTH_FIRST, GRAPHQL_CORE, Genre, library
from tests.api.execution.shelves import Shelves

BOOK = "{ title pages genre lateReviews { nodes { stars } } }"


def shelves() -> Shelves:
    return Shelves(BREADTH_FIRST._schema, seed=7, faults=0.0)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The breadth-first executions that took place."""
    found: list[Run] = []
    execute = Run.execute

    async def counted(self: Run, *args: Any, **kwargs: Any) -> Any:
        found.append(self)
        return await execute(self, *args, **kwargs)

    monkeypatch.setattr(Run, "execute", counted)
    return found


async def test_a_document_is_parsed_validated_and_planned_once(runs: list[Run]) -> None:
    schema = library(BreadthFirstExecutor)
    query = "query ($short: Boolean!) { book { title pages @skip(if: $short) } }"

    for short in (True, False, True, False):
        await schema.execute(query, {"short": short}, context_value=shelves())

    assert len(runs) == 4
    assert len(schema.prepared) == 1
    [(operation, _)] = schema.plans.operations._values.values()
    assert list(operation.plans) == [(True,), (False,)]


@pytest.mark.parametrize(
    "query",
    [
        "query ($short: Boolean = true) { book { title pages @skip(if: $short) } }",
        "query ($short: Boolean = true) { book { title } refused @include(if: $short) }",
        "query ($short: Boolean = true) { book { ... on Book @include(if: $short) { title } } }",
    ],
)
async def test_null_for_a_condition_is_an_error_where_graphql_core_meets_it(query: str) -> None:
    ours, theirs = [
        await schema.execute(query, {"short": None}, context_value=shelves())
        for schema in (BREADTH_FIRST, GRAPHQL_CORE)
    ]

    assert theirs.errors
    assert list(map(described, ours.errors or ())) == list(map(described, theirs.errors))
    assert ours.data == theirs.data


async def test_the_caches_hold_as_many_documents_as_said() -> None:
    schema = BreadthFirstSchema(query=AnimalQuery, types=[Cat, Dog], documents=2)

    for name in "abc":
        await schema.execute(f"{{ {name}: __typename }}")

    assert len(schema.plans.operations) == len(schema.prepared) == 2


@pytest.mark.parametrize("document", ["{ book { ", "{ nothing }", "query A { echo } query B { nothing }"])
async def test_a_wrong_document_is_answered_as_strawberry_answers_it(document: str) -> None:
    ours = await BREADTH_FIRST.execute(document)
    theirs = await GRAPHQL_CORE.execute(document)

    assert [error.message for error in ours.errors or ()] == [error.message for error in theirs.errors or ()]
    assert ours.errors


@strawberry.type
class Pair:
    @batched(description="Waits for the other.")
    async def one(parents: Parents, info: Info) -> list[int]:
        return [await info.context.wait()]

    @batched(description="Waits for the other.")
    async def two(parents: Parents, info: Info) -> list[int]:
        return [await info.context.wait()]


@strawberry.type(name="Query")
class PairQuery:
    @strawberry.field
    def pair(self) -> Pair:
        return Pair()


async def test_fields_that_wait_wait_together() -> None:
    schema = BreadthFirstSchema(query=PairQuery)

    async with asyncio.timeout(60):
        result = await schema.execute("{ pair { one two } }", context_value=asyncio.Barrier(2))

    assert result.data is not None
    assert sorted(result.data["pair"].values()) == [0, 1]


async def test_mutations_run_one_after_the_other() -> None:
    context = shelves()

    result = await BREADTH_FIRST.execute(
        'mutation { a: note(text: "a") b: note(text: "b") c: note(text: "c") }', context_value=context
    )

    assert result.data == {"a": ["a"], "b": ["a", "b"], "c": ["a", "b", "c"]}


async def test_introspection_is_left_to_graphql_core(runs: list[Run]) -> None:
    result = await BREADTH_FIRST.execute(get_introspection_query())

    assert result.data is not None
    assert result.data["__schema"]["queryType"]["name"] == "Query"
    assert runs == []


async def test_directives_it_does_not_know_are_left_to_graphql_core(runs: list[Run]) -> None:
    schema = BreadthFirstSchema(query=AnimalQuery, directives=[loud], types=[Cat, Dog])

    result = await schema.execute("{ animals { name @loud } }", context_value=[typed("Cat", {"name": "Tom"})])

    assert result.data == {"animals": [{"name": "TOM"}]}
    assert runs == []


async def test_extensions_that_wrap_resolvers_still_do(runs: list[Run]) -> None:
    class Loud(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            return _next(root, info, *args, **kwargs).upper()

    schema = BreadthFirstSchema(query=AnimalQuery, extensions=[Loud], types=[Cat, Dog])
    result = await schema.execute("{ __typename }")

    assert result.data == {"__typename": "QUERY"}
    assert runs == []


def test_synchronous_execution_is_left_to_graphql_core(runs: list[Run]) -> None:
    result = BREADTH_FIRST.execute_sync("{ book { title reviews { totalCount } } }", context_value=shelves())

    assert result.errors is None
    assert runs == []


async def test_a_subscription_executes_each_event_breadth_first(runs: list[Run]) -> None:
    query = f"subscription ($n: Int!) {{ added(count: $n) {BOOK} }}"

    async def events(schema: BreadthFirstSchema) -> list[Any]:
        stream = await schema.subscribe(query, {"n": 3}, context_value=shelves())
        return [result.data async for result in stream]

    assert await events(BREADTH_FIRST) == await events(GRAPHQL_CORE)
    assert len(runs) == 3


async def test_one_event_can_be_executed_without_its_stream() -> None:
    document = parse(f"subscription ($n: Int!) {{ it: added(count: $n) {BOOK} }}")
    context = shelves()
    event = context.row("Book", 1)

    result = await BREADTH_FIRST.execute_event(
        document, event, variable_values={"n": 1}, context_value=context
    )
    expected = await BREADTH_FIRST.execute('{ it: book(id: "1") ' + BOOK + " }", context_value=context)

    assert result.errors is None
    assert result.data == expected.data


async def test_several_events_are_executed_in_one_pass(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    execute_each = Run.execute_each

    async def counted(self: Run, plan: Any, roots: Any) -> Any:
        passes.append(len(roots))
        return await execute_each(self, plan, roots)

    monkeypatch.setattr(Run, "execute_each", counted)
    document = parse(f"subscription ($n: Int!) {{ it: added(count: $n) {BOOK} }}")
    context = shelves()
    events = [context.row("Book", number) for number in (1, 2, 1)]

    results = await BREADTH_FIRST.execute_events(
        document, events, variable_values={"n": 1}, context_value=context
    )
    alone = [
        await BREADTH_FIRST.execute_event(document, event, variable_values={"n": 1}, context_value=context)
        for event in events
    ]

    assert passes == [3]
    assert [(result.data, result.errors) for result in results] == [
        (result.data, result.errors) for result in alone
    ]


async def test_of_several_events_each_is_told_its_own_errors_only() -> None:
    document = parse("subscription ($n: Int!) { it: added(count: $n) { title } }")
    events = [shelves().row("Book", 1), LookupError("lost"), shelves().row("Book", 1)]

    results = await BREADTH_FIRST.execute_events(
        document, events, variable_values={"n": 1}, context_value=shelves()
    )

    assert [[error.message for error in result.errors or ()] for result in results] == [[], ["lost"], []]
    assert [result.data is None for result in results] == [False, True, False]


async def test_an_event_is_not_executed_with_wrong_variables() -> None:
    document = parse(f"subscription ($n: Int!) {{ added(count: $n) {BOOK} }}")

    result = await BREADTH_FIRST.execute_event(document, None, variable_values={"n": "many"})

    assert result.data is None
    assert [error.message for error in result.errors or ()] == [
        "Variable '$n' has invalid value: Int cannot represent non-integer value: 'many'"
    ]


@strawberry.directive(locations=[DirectiveLocation.FIELD])
def loud(value: DirectiveValue[str]) -> str:
    return value.upper()


@strawberry.interface
class Animal:
    name: str


@strawberry.type
class Cat(Animal):
    genre: Genre
    at: datetime.datetime


@strawberry.type
class Dog(Animal):
    barks: bool

    @classmethod
    def is_type_of(cls, value: Any, info: Info) -> bool:
        return "barks" in value


@strawberry.type(name="Query")
class AnimalQuery:
    @strawberry.field
    def animals(self, info: Info) -> list[Animal | None]:
        return cast("list[Animal | None]", info.context)


@pytest.fixture(params=[BREADTH_FIRST, GRAPHQL_CORE], ids=["breadth-first", "graphql-core"])
def animals(request: pytest.FixtureRequest) -> BreadthFirstSchema:
    return BreadthFirstSchema(
        query=AnimalQuery, types=[Cat, Dog], execution_context_class=request.param.execution_context_class
    )


async def test_a_row_says_its_type(animals: BreadthFirstSchema) -> None:
    rows = [typed("Cat", {"name": "Tom"}), typed("Dog", {"name": "Rex", "barks": True}), typed("Dog", {}), {}]

    result = await animals.execute("{ animals { __typename name } }", context_value=rows)

    assert result.data == {
        "animals": [{"__typename": "Cat", "name": "Tom"}, {"__typename": "Dog", "name": "Rex"}, None, None]
    }
    assert [(error.path, error.message[:60]) for error in result.errors or ()] == [
        (["animals", 2], "Expected value of type 'Dog' but got: {'__typename': 'Dog'}."),
        (["animals", 3], "Abstract type 'Animal' must resolve to an Object type at run"),
    ]


async def test_enums_are_texts_or_members_and_instants_are_in_utc(animals: BreadthFirstSchema) -> None:
    east = datetime.timezone(datetime.timedelta(hours=2))
    rows = [
        typed("Cat", {"genre": "NOVEL", "at": datetime.datetime(2026, 1, 2, 1, 0, tzinfo=east)}),
        typed("Cat", {"genre": Genre.ATLAS, "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 600, datetime.UTC)}),
        typed("Cat", {"genre": "PROSE", "at": None}),
        typed("Cat", {"genre": "POETRY", "at": datetime.datetime(2026, 1, 2)}),  # noqa: DTZ001
    ]

    result = await animals.execute("{ animals { ... on Cat { genre at } } }", context_value=rows)

    assert result.data == {
        "animals": [
            {"genre": "NOVEL", "at": "2026-01-01T23:00:00Z"},
            {"genre": "ATLAS", "at": "2026-01-02T03:04:05.000600Z"},
            None,
            None,
        ]
    }
    assert [(error.path, error.message) for error in result.errors or ()] == [
        (["animals", 2, "genre"], "Enum 'Genre' cannot represent value: 'PROSE'"),
        (["animals", 3, "at"], "DateTime cannot represent an instant without a time zone."),
    ]


def test_a_python_default_of_none_is_not_published() -> None:
    sdl = str(BREADTH_FIRST)

    assert "books(filter: BookFilter, first: Int! = 3): BookConnection\n" in sdl
    assert "  most: Int\n" in sdl


async def test_an_argument_left_out_has_its_python_default() -> None:
    query = "query ($at: DateTime) { a: echo b: echo(at: $at, filter: {pages: {}}) }"

    result = await BREADTH_FIRST.execute(query)

    pages = "pages=Range(least=0, most=None)"
    books = f"BookFilter(genres=None, {pages}, added_on=None, tags=[['new']], isbn=None, price=None)"
    assert result.data == {
        "a": "('none', None, <Genre.ATLAS: 'ATLAS'>, None, None, None, 0.5)",
        "b": f"('none', {books}, <Genre.ATLAS: 'ATLAS'>, None, None, None, 0.5)",
    }


_FIRST = datetime.datetime(1, 1, 3)  # noqa: DTZ001
_LAST = datetime.datetime(9999, 12, 29)  # noqa: DTZ001
_OFFSETS = [datetime.UTC, datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))]


@given(st.datetimes(_FIRST, _LAST, timezones=st.sampled_from(_OFFSETS)))
def test_instants_are_written_as_python_writes_them_in_utc(instant: datetime.datetime) -> None:
    in_utc = instant.astimezone(datetime.UTC).isoformat()

    assert format_instant(instant) == in_utc.removesuffix("+00:00") + "Z"
