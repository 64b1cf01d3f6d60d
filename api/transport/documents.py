"""What a document asks for, found out before anything is executed, and what is too much of it.

The schema protects its data; this protects the process: from documents whose validation or execution
costs far more than sending them did. Everything here is linear in the document's length: a fragment is
looked at once, however often it is spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)
from strawberry.types.graphql import OperationType

LONGEST_DOCUMENT = 100_000
"""Characters. What is this long is data, and belongs into variables."""

MOST_TOKENS = 5_000
MOST_DEPTH = 20
MOST_ALIASES = 60
MOST_FIELDS = 5_000
"""Fields of a response, with every fragment where it is spread, not counting how long lists are."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One of a document's operations."""

    name: str | None
    type: OperationType


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection, with its fragments: how deep it is, and how many fields and aliases it has."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0


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


@lru_cache(maxsize=4096)
def _operations(query: str) -> tuple[Operation, ...]:
    document = _parsed(query)
    fragments = _Fragments(
        {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    )
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    for operation in operations:
        _check(fragments.size_of(operation.selection_set))
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


def _check(size: Size) -> None:
    if size.depth > MOST_DEPTH:
        raise _too_much(f"Selections may be nested {MOST_DEPTH} levels deep.")
    if size.aliases > MOST_ALIASES:
        raise _too_much(f"An operation may have {MOST_ALIASES} aliases, those in its fragments included.")
    if size.fields > MOST_FIELDS:
        raise _too_much(f"An operation may select {MOST_FIELDS:,} fields, those in its fragments included.")


def _too_much(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "DOCUMENT_TOO_COMPLEX"})


@dataclass(slots=True)
class _Fragments:
    """The fragments of a document, each measured when it is first spread."""

    definitions: Mapping[str, FragmentDefinitionNode]
    measured: dict[str, Size] = field(default_factory=dict)

    def size_of(self, selection_set: SelectionSetNode) -> Size:
        depth = fields = aliases = 0
        for selection in selection_set.selections:
            if isinstance(selection, FragmentSpreadNode):
                inner, own, renamed = self._size_of_fragment(selection.name.value), 0, 0
            else:
                nested = getattr(selection, "selection_set", None)
                inner = self.size_of(nested) if nested else Size()
                own = int(isinstance(selection, FieldNode))
                renamed = int(isinstance(selection, FieldNode) and selection.alias is not None)
            depth = max(depth, inner.depth + own)
            fields += inner.fields + own
            aliases += inner.aliases + renamed
        return Size(depth, fields, aliases)

    def _size_of_fragment(self, name: str) -> Size:
        if name not in self.measured:
            # Zero while it is being measured: validation refuses a fragment that spreads itself.
            self.measured[name] = Size()
            if definition := self.definitions.get(name):
                self.measured[name] = self.size_of(definition.selection_set)
        return self.measured[name]
