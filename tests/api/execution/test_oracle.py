"""graphql-core is the oracle: the same documents over the same data give the same response and errors."""

from __future__ import annotations

from graphql import GraphQLError, parse
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult

from api.execution.encoding import encoded
from api.execution.schema import BreadthFirstSchema
from tests.api.execution.comparing import answer, assert_equal_but_for_races, described
from tests.api.execution.documents import Document, documents
from tests.api.execution.library import BREADTH_FIRST, GRAPHQL_CORE
from tests.api.execution.shelves import Shelves

SCHEMA = BREADTH_FIRST._schema
WAITING = {"lateReviews", "similar", "shelf", "shortOfValues", "slowSpine", "lateBooks"}

# As many documents as the profile says; a thorough run asks for thousands.
many = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
leaves = {
    "Int": st.integers(-3, 20),
    "Float": st.sampled_from([0.5, 2, -1.25]),
    "Boolean": st.booleans(),
    "String": st.sampled_from(["", "word", 'quo"ted', "Ümlaut"]),
    "ID": st.sampled_from(["b1", "17", 17]),
    "Isbn": st.sampled_from(["978", "979"]),
    "Date": st.just("2026-11-22"),
    "DateTime": st.sampled_from(["2026-11-22T10:00:00Z", "2026-11-22T10:00:00+01:00"]),
    "Decimal": st.just("1.50"),
}
seeds = st.integers(0, 99)
fault_rates = st.sampled_from([0.0, 0.0, 0.02, 0.1])


async def results(document: Document, seed: int, faults: float) -> tuple[ExecutionResult, ExecutionResult]:
    """The answers of both executors; ours to a document that it has executed before."""
    first, ours, theirs = [
        await answer(schema, document, Shelves(SCHEMA, seed=seed, faults=faults))
        for schema in (BREADTH_FIRST, BREADTH_FIRST, GRAPHQL_CORE)
    ]
    assert encoded(first.data) == encoded(ours.data)
    assert list(map(described, first.errors or ())) == list(map(described, ours.errors or ()))
    event(f"{'some' if theirs.data else 'no'} data, {'some' if theirs.errors else 'no'} errors")
    return ours, theirs


async def stream(schema: BreadthFirstSchema, document: Document, shelves: Shelves) -> list[ExecutionResult]:
    """What a subscription is told of its events, or why there are none."""
    try:
        told = await schema.subscribe(
            document.text,
            document.variables,
            context_value=shelves,
            operation_name=document.operation_name,
        )
    except (CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        return [ExecutionResult(None, [GraphQLError(str(error))])]
    return [told] if isinstance(told, ExecutionResult) else [result async for result in told]


@many
@given(documents(SCHEMA, leaves, allowed=lambda name: name not in WAITING), seeds, fault_rates)
async def test_responses_and_errors_equal_those_of_graphql_core(
    document: Document, seed: int, faults: float
) -> None:
    ours, theirs = await results(document, seed, faults)

    assert encoded(ours.data) == encoded(theirs.data)
    assert list(map(described, ours.errors or ())) == list(map(described, theirs.errors or ()))


@many
@given(documents(SCHEMA, leaves), seeds, st.just(0.0))
async def test_waiting_resolvers_change_nothing(document: Document, seed: int, faults: float) -> None:
    ours, theirs = await results(document, seed, faults)

    assert_equal_but_for_races(ours, theirs)


@many
@given(documents(SCHEMA, leaves), seeds, st.just(0.05))
async def test_waiting_resolvers_of_faulty_data_change_nothing_but_which_cause_of_a_null_is_told(
    document: Document, seed: int, faults: float
) -> None:
    ours, theirs = await results(document, seed, faults)

    assert_equal_but_for_races(ours, theirs)


@many
@given(
    documents(SCHEMA, leaves, operation="mutation", allowed=lambda name: name not in WAITING),
    seeds,
    fault_rates,
)
async def test_mutations_equal_those_of_graphql_core(document: Document, seed: int, faults: float) -> None:
    ours, theirs = await results(document, seed, faults)

    assert encoded(ours.data) == encoded(theirs.data)
    assert list(map(described, ours.errors or ())) == list(map(described, theirs.errors or ()))


@many
@given(
    documents(SCHEMA, leaves, operation="subscription", allowed=lambda name: name not in WAITING),
    seeds,
    fault_rates,
)
async def test_events_of_subscriptions_equal_those_of_graphql_core_one_by_one_and_together(
    document: Document, seed: int, faults: float
) -> None:
    ours, theirs = [
        await stream(schema, document, Shelves(SCHEMA, seed=seed, faults=faults))
        for schema in (BREADTH_FIRST, GRAPHQL_CORE)
    ]
    expected = [(encoded(result.data), list(map(described, result.errors or ()))) for result in theirs]
    assert [(encoded(result.data), list(map(described, result.errors or ()))) for result in ours] == expected

    if document.is_ambiguous or not any(result.data for result in theirs):
        return
    context = Shelves(SCHEMA, seed=seed, faults=faults)
    together = await BREADTH_FIRST.execute_events(
        parse(document.text),
        [context.row("Book", number) for number in range(len(theirs))],
        operation_name=document.operation_name,
        variable_values=document.variables,
        context_value=context,
    )
    assert [(encoded(one.data), list(map(described, one.errors or ()))) for one in together] == expected
