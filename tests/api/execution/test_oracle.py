"""graphql-core is the oracle: the same documents over the same data give the same response and errors."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from graphql import GraphQLError
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from api.execution.encoding import encoded
from tests.api.execution.documents import Document, documents
from tests.api.execution.library import BREADTH_FIRST, GRAPHQL_CORE
from tests.api.execution.shelves import Shelves

SCHEMA = BREADTH_FIRST._schema
WAITING = {"lateReviews", "similar", "shelf", "shortOfValues", "slowSpine", "lateBooks"}

# As many documents as the profile says; a thorough run asks for thousands.
many = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
seeds = st.integers(0, 99)
fault_rates = st.sampled_from([0.0, 0.0, 0.02, 0.1])


async def results(document: Document, seed: int, faults: float) -> tuple[ExecutionResult, ExecutionResult]:
    """The answers of both executors; ours to a document that it has executed before."""
    first, ours, theirs = [
        await schema.execute(
            document.text, document.variables, context_value=Shelves(SCHEMA, seed=seed, faults=faults)
        )
        for schema in (BREADTH_FIRST, BREADTH_FIRST, GRAPHQL_CORE)
    ]
    assert encoded(first.data) == encoded(ours.data)
    event(f"{'some' if theirs.data else 'no'} data, {'some' if theirs.errors else 'no'} errors")
    return ours, theirs


def described(error: GraphQLError) -> tuple[Any, ...]:
    locations = tuple((location.line, location.column) for location in error.locations or ())
    return error.message, tuple(error.path or ()), locations


def by_null(result: ExecutionResult) -> dict[tuple[str | int, ...], set[tuple[Any, ...]]]:
    """The errors, by the outermost null on the way to where they happened."""
    grouped = defaultdict(set)
    for error in result.errors or ():
        value: Any = result.data
        path: list[str | int] = list(error.path or ())
        depth = 0
        while value is not None and depth < len(path):
            value = value[path[depth]]
            depth += 1
        grouped[tuple(path[:depth])].add(described(error))
    return grouped


def assert_equal_but_for_races(ours: ExecutionResult, theirs: ExecutionResult) -> None:
    """Where a null has several causes, graphql-core reports those that came first in time."""
    assert encoded(ours.data) == encoded(theirs.data)
    our_errors, their_errors = by_null(ours), by_null(theirs)
    assert our_errors.keys() == their_errors.keys()
    for null, causes in our_errors.items():
        if len(causes) == 1 and len(their_errors[null]) == 1:
            assert causes == their_errors[null] or path_below(null, causes)


def path_below(null: tuple[str | int, ...], causes: set[tuple[Any, ...]]) -> bool:
    return all(len(path) > len(null) for _, path, _ in causes)


@many
@given(documents(SCHEMA, allowed=lambda name: name not in WAITING), seeds, fault_rates)
async def test_responses_and_errors_equal_those_of_graphql_core(
    document: Document, seed: int, faults: float
) -> None:
    ours, theirs = await results(document, seed, faults)

    assert encoded(ours.data) == encoded(theirs.data)
    assert list(map(described, ours.errors or ())) == list(map(described, theirs.errors or ()))


@many
@given(documents(SCHEMA), seeds, st.just(0.0))
async def test_waiting_resolvers_change_nothing(document: Document, seed: int, faults: float) -> None:
    ours, theirs = await results(document, seed, faults)

    assert_equal_but_for_races(ours, theirs)


@many
@given(documents(SCHEMA), seeds, st.just(0.05))
async def test_waiting_resolvers_of_faulty_data_change_nothing_but_which_cause_of_a_null_is_told(
    document: Document, seed: int, faults: float
) -> None:
    ours, theirs = await results(document, seed, faults)

    assert_equal_but_for_races(ours, theirs)


@many
@given(documents(SCHEMA, operation="mutation", allowed=lambda name: name not in WAITING), seeds, fault_rates)
async def test_mutations_equal_those_of_graphql_core(document: Document, seed: int, faults: float) -> None:
    ours, theirs = await results(document, seed, faults)

    assert encoded(ours.data) == encoded(theirs.data)
    assert list(map(described, ours.errors or ())) == list(map(described, theirs.errors or ()))
