"""The errors of one execution, reported as graphql-core reports them.

A breadth-first execution meets errors level by level. They are put into document order, as a
depth-first execution meets them; below a position that an earlier error made null there is nothing
left to report, which graphql-core's own collection sees to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from graphql import GraphQLError, located_error
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from api.execution.places import ValuePlace

NOT_VALID = "GRAPHQL_VALIDATION_FAILED"
"""The code that GraphQL servers commonly have for a document that doesn't fit the schema."""
BAD_VARIABLES = "BAD_USER_INPUT"
"""The same for variables that are not what the operation asks for."""


def coded(errors: Iterable[GraphQLError], code: str) -> list[GraphQLError]:
    """The errors, those without a code of their own under this one."""
    found = list(errors)
    for error in found:
        if not error.extensions:
            error.extensions = {"code": code}
    return found


class _Note(NamedTuple):
    rank: tuple[int, ...]
    error: GraphQLError
    nulled: Path | None


class FieldErrors:
    """Notes errors with their places."""

    def __init__(self) -> None:
        self._notes: list[_Note] = []

    def note(self, error: Exception, place: ValuePlace, index: int) -> None:
        """Note the error of the value at this index of the column at this place."""
        located = located_error(error, place.field.nodes, place.path(index).as_list())
        self._notes.append(_Note(place.rank(index), located, place.nulled(index)))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._notes)

    def report(self, collected: CollectedErrors) -> None:
        """Hand the errors to graphql-core's collection, in document order."""
        for note in sorted(self._notes, key=lambda note: note.rank):
            collected.add(note.error, note.nulled)
