"""What a document asks for, found out before anything is executed, and what is too much of it.

The schema protects its data; this protects the process: from documents whose validation or execution
costs far more than sending them did. Everything here is linear in the document's length: a fragment is
looked at once, however often it is spread. Validation is not: it compares fields of the same name, and
fragments, with each other, so that what is written is limited beside what it expands to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)
from strawberry.types.graphql import OperationType

from api.execution.cache import WeighedCache

LONGEST_DOCUMENT = 200_000
"""Characters. What is this long is data, and belongs into variables."""

MOST_TOKENS = 10_000
MOST_SELECTIONS = 500
"""Fields and spreads, as they are written: so many of one name are validated in half a second."""

MOST_FRAGMENTS = 100
MOST_DEPTH = 20
MOST_ALIASES = 60
MOST_FIELDS = 5_000
"""Fields of a response, with every fragment where it is spread, not counting how long lists are."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One of a document's operations."""

    name: str | None
    type: OperationType


_KNOWN: WeighedCache[str, tuple[Operation, ...]] = WeighedCache(
    entries=4096, weight=20 * LONGEST_DOCUMENT, heaviest=LONGEST_DOCUMENT // 4
)
"""The operations of documents that were found to be in order, by their text."""


def chosen_operation(query: str, name: str | None) -> Operation:
    """The operation that is to be executed.

    Raises GraphQLError for a document that is broken or too large, and when `name` names none of its
    operations, or nothing says which of several is meant.
    """
    operations = _operations(query)
    if name is None and len(operations) == 1:
        return operations[0]
    for operation in operations:
        if name is not None and operation.name == name:
            return operation
    if not operations:
        problem = "The document has no operation."
    elif name is None:
        problem = "The document has several operations: say which to execute with `operationName`."
    else:
        problem = f"The document has no operation named {name[:100]!r}."
    raise GraphQLError(problem, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})


def _operations(query: str) -> tuple[Operation, ...]:
    known = _KNOWN.get(query)
    if known is None:
        known = _checked_operations(query)
        _KNOWN.put(query, known, weight=len(query))
    return known


def _checked_operations(query: str) -> tuple[Operation, ...]:
    document = _parsed(query)
    measure = _Measure(
        {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    )
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(measure.fragments) > MOST_FRAGMENTS:
        raise _too_much(f"A document may have {MOST_FRAGMENTS} fragments.")
    try:
        for operation in operations:
            _check(measure.size_of(operation.selection_set))
        measure.rest()
    except RecursionError:
        raise _too_much(f"Selections may be nested {MOST_DEPTH} levels deep.") from None
    if measure.written > MOST_SELECTIONS:
        raise _too_much(f"A document may have {MOST_SELECTIONS} fields and spreads.")
    return tuple(
        Operation(node.name.value if node.name else None, OperationType(node.operation.value))
        for node in operations
    )


def _parsed(query: str) -> DocumentNode:
    if len(query) > LONGEST_DOCUMENT:
        raise _too_much(f"A document has at most {LONGEST_DOCUMENT:,} characters: send data as variables.")
    try:
        return parse(query, max_tokens=MOST_TOKENS, no_location=True)
    except GraphQLError as error:
        error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
        raise


def _check(size: _Size) -> None:
    if size.depth > MOST_DEPTH:
        raise _too_much(f"Selections may be nested {MOST_DEPTH} levels deep.")
    if size.aliases > MOST_ALIASES:
        raise _too_much(f"An operation may have {MOST_ALIASES} aliases, those in its fragments included.")
    if size.fields > MOST_FIELDS:
        raise _too_much(f"An operation may select {MOST_FIELDS:,} fields, those in its fragments included.")


def _too_much(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "DOCUMENT_TOO_COMPLEX"})


class _Size(NamedTuple):
    """Of a selection, with its fragments: how deep it is, and how many fields and aliases it has."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0


class _Measure:
    """Measures the selections of a document; each fragment when it is first spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self.written = 0
        self._measured: dict[str, _Size] = {}

    def size_of(self, selection_set: SelectionSetNode) -> _Size:
        """The size of a selection set."""
        depth = fields = aliases = 0
        for selection in selection_set.selections:
            self.written += 1
            own, inner = self._size_of_one(selection)
            depth = max(depth, own.depth + inner.depth)
            fields += own.fields + inner.fields
            aliases += own.aliases + inner.aliases
        return _Size(depth, fields, aliases)

    def rest(self) -> None:
        """Measure the fragments that no operation spreads: validation doesn't spare them either."""
        for name in self.fragments:
            self._size_of_fragment(name)

    def _size_of_one(self, selection: SelectionNode) -> tuple[_Size, _Size]:
        """What a selection is by itself, and what it contains."""
        if isinstance(selection, FragmentSpreadNode):
            return _Size(), self._size_of_fragment(selection.name.value)
        if isinstance(selection, FieldNode):
            inner = self.size_of(selection.selection_set) if selection.selection_set else _Size()
            return _Size(1, 1, int(selection.alias is not None)), inner
        assert isinstance(selection, InlineFragmentNode)  # noqa: S101 - there are no other selections
        return _Size(), self.size_of(selection.selection_set)

    def _size_of_fragment(self, name: str) -> _Size:
        if name not in self._measured:
            # Nothing while it is being measured: validation refuses a fragment that spreads itself.
            self._measured[name] = _Size()
            if definition := self.fragments.get(name):
                self._measured[name] = self.size_of(definition.selection_set)
        return self._measured[name]
