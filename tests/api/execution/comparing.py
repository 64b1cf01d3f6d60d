"""Comparing the answers of two executors."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionResult

from api.execution.encoding import encoded
from api.execution.errors import BAD_VARIABLES
from api.execution.schema import BreadthFirstSchema
from tests.api.execution.documents import Document


async def answer(schema: BreadthFirstSchema, document: Document, context: object) -> ExecutionResult:
    """What the schema answers to the document."""
    try:
        return await schema.execute(
            document.text,
            document.variables,
            context_value=context,
            operation_name=document.operation_name,
        )
    except CannotGetOperationTypeError as error:
        # Which operation is meant can't be said: told by the transports.
        return ExecutionResult(None, [GraphQLError(str(error))])


def described(error: GraphQLError) -> tuple[Any, ...]:
    locations = tuple((location.line, location.column) for location in error.locations or ())
    # What is wrong with variables has a code, which only our executor gives it.
    extensions = {} if error.extensions == {"code": BAD_VARIABLES} else error.extensions
    return error.message, tuple(error.path or ()), locations, encoded(extensions or {})


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
    return all(len(path) > len(null) for _, path, *_ in causes)
