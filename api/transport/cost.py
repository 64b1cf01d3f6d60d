"""What an operation may cost: the objects that its response may have, page sizes multiplied.

Every object costs a point, and a mutation ten; what a list of inputs asks for costs a point for each of
its items. How many objects a list has is what its `first` or `last` says, or the default page; for a list
that is not paged, how many ids or codes were passed, or a few. The points are known before anything is
executed, and nothing is charged for scalars: the limit of a document's fields is theirs.

A document is looked at once. What is kept of it is a small tree that has a node only where a list's
length multiplies, so that a request costs a few multiplications.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from domain.store.reads.paging import DEFAULT_PAGE, LARGEST_PAGE

_MUTATION = 10
_COUNT = 10
"""Of counting a whole list."""

_FEW = 5
"""Objects that a list without pages is taken to have."""


class Times(NamedTuple):
    """A factor: a number, or what a variable says."""

    number: int = 0
    variable: str | None = None
    default: int | None = None
    """What the variable says in an operation that is given none."""
    unsaid: Times | None = None
    """What counts when the variable says nothing; else that is nothing."""

    def value(self, variables: Mapping[str, Any]) -> int:
        """How many; a page that is too large is refused later, and costs as much as the largest here."""
        if self.variable is None:
            return self.number
        told = variables.get(self.variable, self.default)
        if told is None:
            return self.unsaid.value(variables) if self.unsaid else 0
        if isinstance(told, list):
            return len(told)
        # A whole number may have a point, in JSON: 5.0 is an Int.
        if isinstance(told, int | float) and not isinstance(told, bool):
            return int(min(max(told, 0), LARGEST_PAGE))
        return 1


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a selection: `points`, and what each part costs as often as its factor says."""

    points: int = 0
    parts: tuple[tuple[Times, Cost], ...] = ()

    def of(self, variables: Mapping[str, Any] | None) -> int:
        """The points with these variables."""
        points = self.points
        for times, inner in self.parts:
            points += times.value(variables or {}) * inner.of(variables)
        return points

    def plus(self, other: Cost) -> Cost:
        return Cost(self.points + other.points, self.parts + other.parts)

    def times(self, factor: Times) -> Cost:
        """The cost of so many."""
        if factor.variable is None and not self.parts:
            return Cost(self.points * factor.number)
        return Cost(0, ((factor, self),))


class CostOfDocument:
    """Computes what the operations of one document cost; a fragment once for each page it stands in."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._defaults: dict[str, ValueNode] = {}
        self._known: dict[tuple[str, Times | None], Cost] = {}

    def of(self, operation: OperationDefinitionNode) -> Cost:
        """The cost of one of the operations. What validation will refuse costs nothing."""
        self._known.clear()
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        root = self._schema.get_root_type(operation.operation)
        cost = self._selections(operation.selection_set, root, None)
        if operation.operation is OperationType.MUTATION:
            fields = sum(isinstance(node, FieldNode) for node in operation.selection_set.selections)
            cost = cost.plus(Cost(_MUTATION * fields))
        return cost

    def _selections(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, page: Times | None
    ) -> Cost:
        """`page` is how long the page is that a connection further up was asked for."""
        cost = Cost()
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                cost = cost.plus(self._field(node, parent, page))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                cost = cost.plus(self._selections(node.selection_set, inner, page))
            elif isinstance(node, FragmentSpreadNode):
                cost = cost.plus(self._fragment(node.name.value, page))
        return cost

    def _fragment(self, name: str, page: Times | None) -> Cost:
        key = (name, page)
        if key not in self._known:
            # Nothing while it is looked at: validation refuses a fragment that spreads itself.
            self._known[key] = Cost()
            if definition := self._fragments.get(name):
                on = self._schema.get_type(definition.type_condition.name.value)
                self._known[key] = self._selections(definition.selection_set, on, page)
        return self._known[key]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: Times | None) -> Cost:
        fields = getattr(parent, "fields", {})
        field: GraphQLField | None = fields.get(node.name.value)
        if field is None:
            return Cost()
        inputs = self._inputs(node, field) if parent is self._schema.mutation_type else Cost()
        named = get_named_type(field.type)
        if is_leaf_type(named) or node.selection_set is None:
            return Cost(_COUNT) if node.name.value == "totalCount" else inputs
        is_list = is_list_type(get_nullable_type(field.type))
        if is_list and page is not None and _is_connection(parent):
            return Cost(1).plus(self._selections(node.selection_set, named, None)).times(page)
        if "first" in field.args:
            page = self._page(node)
        one = Cost(1).plus(self._selections(node.selection_set, named, page))
        return inputs.plus(one.times(self._length(node, field)) if is_list else one)

    def _page(self, node: FieldNode) -> Times:
        """What the one of its two arguments says that is not null; a page with both is refused later."""
        said = {argument.name.value: argument.value for argument in node.arguments or ()}
        page = Times(DEFAULT_PAGE)
        for value in (said.get("first"), said.get("last")):
            if isinstance(value, VariableNode):
                name = value.name.value
                default = self._defaults.get(name)
                size = _size(default) if isinstance(default, IntValueNode) else None
                page = Times(variable=name, default=size, unsaid=page)
            elif isinstance(value, IntValueNode):
                page = Times(_size(value))
        return page

    def _length(self, node: FieldNode, field: GraphQLField) -> Times:
        """How many a list without pages has: as many as are asked for at most, or as were named."""
        if "first" in field.args:
            return self._page(node)
        for argument in node.arguments or ():
            declared = field.args.get(argument.name.value)
            if declared is not None and is_list_type(get_nullable_type(declared.type)):
                return self._items(argument.value)
        return Times(_FEW)

    def _inputs(self, node: FieldNode, field: GraphQLField) -> Cost:
        cost = Cost()
        for argument in node.arguments or ():
            declared = field.args.get(argument.name.value)
            if declared is not None and is_list_type(get_nullable_type(declared.type)):
                cost = cost.plus(Cost(1).times(self._items(argument.value)))
        return cost

    def _items(self, value: ValueNode) -> Times:
        if isinstance(value, VariableNode):
            name = value.name.value
            default = self._defaults.get(name)
            return Times(variable=name, default=None if default is None else _count(default))
        return Times(_count(value))


def _count(written: ValueNode) -> int:
    """How many items a list has; one may be written without its brackets, and null has none."""
    if isinstance(written, ListValueNode):
        return len(written.values)
    return 0 if isinstance(written, NullValueNode) else 1


def _size(written: IntValueNode) -> int:
    """The size of a page, within its bounds: what is beyond them is refused when it is read."""
    return min(max(int(written.value), 0), LARGEST_PAGE)


def _is_connection(type_: GraphQLNamedType | None) -> bool:
    return isinstance(type_, GraphQLObjectType) and "pageInfo" in type_.fields
