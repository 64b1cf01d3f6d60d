"""What a document asks for, found out before anything is executed, and what is too much of it.

The schema protects its data; this protects the process: from documents whose validation or execution
costs far more than sending them did. Everything here is linear in the document's length: a fragment is
looked at once, however often it is spread. Validation is not: it compares fields of the same name, and
fragments, with each other, so that what is written is limited beside what it expands to: not how much it is
but how much of it can be compared, for what asks for many different fields costs little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Visitor,
    parse,
    validate,
    visit,
)
from strawberry.types.graphql import OperationType

from api.execution.cache import WeighedCache
from api.execution.errors import NOT_VALID
from api.execution.plans import INTROSPECTION
from api.transport.cost import Cost, CostOfDocument
from api.transport.limits import Limits
from api.transport.reading import parsing, validating

_SUGGESTION = re.compile(r" ?Did you mean .*$", re.DOTALL)

_MOST_DIGITS = 1_000
"""Of a number. Python reads none of more than 4,300, which would look like a mistake of ours."""

_MANY_DIGITS = re.compile(rf"[0-9]{{{_MOST_DIGITS + 1}}}")

_KEPT_CHARACTERS = 4_000_000
_KEPT_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class Operation:
    """One of a document's operations."""

    name: str | None
    type: OperationType
    kind: str
    """The type's name: query, mutation, subscription."""
    cost: Cost
    introspects: bool
    validating: int
    """Points of validating its document, for whoever has it done."""


class Documents:
    """What is known of documents: their operations, once they were found to be in order."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._known: WeighedCache[str, tuple[Operation, ...]] = WeighedCache(
            entries=_KEPT_ENTRIES, weight=_KEPT_CHARACTERS, heaviest=_KEPT_CHARACTERS // 80
        )

    def chosen_operation(self, query: str, name: str | None) -> Operation:
        """The operation that is to be executed.

        Raises GraphQLError for a document that is broken or too large, and when `name` names none of its
        operations, or nothing says which of several is meant.
        """
        operations = self._operations(query)
        if name is None and len(operations) == 1:
            return self._allowed(operations[0])
        for operation in operations:
            if name is not None and operation.name == name:
                return self._allowed(operation)
        if not operations:
            problem = "The document has no operation."
        elif name is None:
            problem = "The document has several operations: say which to execute with `operationName`."
        else:
            problem = f"The document has no operation named {name[:100]!r}."
        raise GraphQLError(problem, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})

    def check(self, query: str) -> None:
        """Raises GraphQLError for a document that is broken or too large."""
        self._operations(query)

    def parsing(self, query: str) -> int:
        """Points of finding out what the document asks for; none when that is known."""
        return 0 if self._known.get(query) is not None else parsing(query, self._limits)

    def check_names(self, query: str) -> None:
        """Raises GraphQLError for what isn't valid, suggesting no names where the schema is not told.

        Validation does the same later, but its errors suggest names that were not asked for.
        """
        if not self._limits.introspection:
            for error in validate(self._schema, self._parsed(query), max_errors=1):
                raise GraphQLError(_SUGGESTION.sub("", error.message), extensions={"code": NOT_VALID})

    def _allowed(self, operation: Operation) -> Operation:
        if operation.introspects and not self._limits.introspection:
            raise GraphQLError(
                "The schema can't be asked for here: use the schema.graphql of the installation's version.",
                extensions={"code": "INTROSPECTION_DISABLED"},
            )
        return operation

    def _operations(self, query: str) -> tuple[Operation, ...]:
        known = self._known.get(query)
        if known is None:
            known = self._checked_operations(query)
            self._known.put(query, known, weight=len(query))
        return known

    def _checked_operations(self, query: str) -> tuple[Operation, ...]:
        limits = self._limits
        document = self._parsed(query)
        fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        measure = _Measure(fragments)
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if len(fragments) > limits.document_fragments:
            raise _too_much("may have", limits.document_fragments, "fragments")
        try:
            for operation in operations:
                measure.directives += len(operation.directives or ())
                self._check(measure.size_of(operation.selection_set))
            measure.rest()
        except RecursionError:
            raise _too_deep(limits) from None
        if measure.compared > limits.document_selections**2:
            raise _too_much("may have", limits.document_selections, "fields of one name, or spreads")
        if measure.directives > limits.document_directives:
            raise _too_much("may have", limits.document_directives, "directives")
        costs = CostOfDocument(self._schema, fragments)
        cost_of_validation = validating(query, limits, compared=measure.compared)
        return tuple(
            Operation(
                node.name.value if node.name else None,
                OperationType(node.operation.value),
                node.operation.value,
                costs.of(node),
                measure.introspects,
                cost_of_validation,
            )
            for node in operations
        )

    def _parsed(self, query: str) -> DocumentNode:
        if len(query) > self._limits.document_characters:
            raise _too_much(
                "has at most", self._limits.document_characters, "characters: send data as variables"
            )
        try:
            document = parse(query, max_tokens=self._limits.document_tokens, no_location=True)
        except GraphQLError as error:
            error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
            raise
        if _MANY_DIGITS.search(query):
            visit(document, _Numbers())
        return document

    def _check(self, size: _Size) -> None:
        limits = self._limits
        if size.depth > limits.document_depth:
            raise _too_deep(limits)
        if size.aliases > limits.document_aliases:
            raise _too_much(
                "may have",
                limits.document_aliases,
                "aliases, those in its fragments included",
                "An operation",
            )
        if size.fields > limits.document_fields:
            raise _too_much(
                "may select",
                limits.document_fields,
                "fields, those in its fragments included",
                "An operation",
            )


def _too_deep(limits: Limits) -> GraphQLError:
    return GraphQLError(
        f"Selections may be nested {limits.document_depth} levels deep.",
        extensions={"code": "DOCUMENT_TOO_COMPLEX", "limit": limits.document_depth},
    )


def _too_much(verb: str, limit: int, what: str, whose: str = "A document") -> GraphQLError:
    return GraphQLError(
        f"{whose} {verb} {limit:,} {what}.", extensions={"code": "DOCUMENT_TOO_COMPLEX", "limit": limit}
    )


def _answers_as(selection: SelectionNode) -> str:
    """The name in the answer, which validation compares by; all fragments are taken for one name."""
    if isinstance(selection, FieldNode):
        return (selection.alias or selection.name).value
    return "..."


class _Numbers(Visitor):
    """Raises GraphQLError at a number with too many digits."""

    def enter_int_value(self, node: IntValueNode, *_where: object) -> None:
        if len(node.value.removeprefix("-")) > _MOST_DIGITS:
            raise _too_much("has at most", _MOST_DIGITS, "digits in a number")


class _Size(NamedTuple):
    """Of a selection, with its fragments: how deep it is, and how many fields and aliases it has."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0


class _Measure:
    """Measures the selections of a document; each fragment when it is first spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self.directives = 0
        self.introspects = False
        self._measured: dict[str, _Size] = {}
        self._written: Counter[str] = Counter()

    @property
    def compared(self) -> int:
        """How often validation may compare two fields that answer under the same name, or two fragments."""
        return sum(times * times for times in self._written.values())

    def size_of(self, selection_set: SelectionSetNode) -> _Size:
        """The size of a selection set."""
        depth = fields = aliases = 0
        for selection in selection_set.selections:
            self._written[_answers_as(selection)] += 1
            self.directives += len(selection.directives or ())
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
            self.introspects |= selection.name.value in INTROSPECTION
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
