"""Compiles an operation into the plan that the breadth-first executor follows.

Which fields an object type gets, in which order, and which field nodes merge into one field is
decided by graphql-core's own field collection, so it can't differ. It depends on the variables only
through @skip and @include: a plan is compiled for each combination of values of those variables and
serves every request with the same combination.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import (
    FieldDetailsList,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from strawberry.schema import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from api.execution.arguments import ResolverCall
from api.execution.fields import BatchedField, Made
from api.execution.leaves import LeafColumn, leaf_column
from api.execution.rendering import Rendering
from api.execution.rows import Column


class FieldNodes(list[FieldNode]):
    """The nodes merged into one field, with what `selected` and `is_asked_plainly` found out below them."""

    def __init__(self, nodes: Sequence[FieldNode]) -> None:
        super().__init__(nodes)
        self.selected: dict[tuple[str, ...], frozenset[str]] = {}
        self.plain: dict[str, bool] = {}


class Source(Enum):
    """Where a field's values come from."""

    TYPENAME = auto()  # the name of the parent's type
    ROW = auto()  # the parent itself
    BATCH = auto()  # a batched resolver, called once for all parents
    RESOLVER = auto()  # an ordinary resolver, called for each parent


@dataclass(slots=True)
class Leaf:
    """A scalar or enum."""

    nullable: bool
    type: GraphQLLeafType
    column: LeafColumn
    waits: bool = False


@dataclass(slots=True)
class ListOf:
    """A list."""

    nullable: bool
    item: Shape

    @property
    def waits(self) -> bool:
        return self.item.waits


@dataclass(slots=True)
class ObjectOf:
    """An object type with the fields selected of it."""

    nullable: bool
    type: GraphQLObjectType
    selection: SelectionPlan
    whole: Callable[[Sequence[Any]], list[dict[str, Any]] | None] | None = field(init=False)
    """What makes objects of rows, if that may take no resolver."""

    def __post_init__(self) -> None:
        plain = self.type.is_type_of is None and self.selection.may_be_drawn
        self.whole = self.selection.rendering.whole if plain else None

    @property
    def waits(self) -> bool:
        return self.selection.waits


@dataclass(slots=True)
class OneOf:
    """An interface or union; selections are compiled when the first value of a type is seen."""

    nullable: bool
    type: GraphQLAbstractType
    compile_selection: Callable[[GraphQLObjectType], SelectionPlan]
    selections: dict[GraphQLObjectType, SelectionPlan] = field(default_factory=dict)
    waits: bool = True

    def selection(self, type_: GraphQLObjectType) -> SelectionPlan:
        """The fields selected of an object of this type."""
        if type_ not in self.selections:
            self.selections[type_] = self.compile_selection(type_)
        return self.selections[type_]


Shape = Leaf | ListOf | ObjectOf | OneOf


@dataclass(slots=True)
class FieldPlan:
    """One field of a selection: how to resolve it for all parents, and the shape of its values."""

    key: str
    number: int
    parent_type: GraphQLObjectType
    details: FieldDetailsList
    nodes: FieldNodes
    definition: GraphQLField
    source: Source
    shape: Shape
    column: Column
    batched: BatchedField | None
    # How Strawberry's resolver is called; None where something wraps it, or there is none.
    call: ResolverCall | None
    waits: bool
    """Whether resolving may wait for something, so that it is worth doing beside its siblings."""

    @property
    def is_typename(self) -> bool:
        """Whether it is the name of its parent's type."""
        return self.source is Source.TYPENAME

    @property
    def read(self) -> Leaf | None:
        """The leaf that stands in the rows as it is; None of a field that is resolved in any other way."""
        plainly = self.source is Source.ROW and self.column.is_plain
        return self.shape if plainly and isinstance(self.shape, Leaf) else None

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return isinstance(self.shape, ListOf)

    @property
    def whole(self) -> Callable[[Sequence[Any]], list[dict[str, Any]] | None] | None:
        """What makes objects of the rows that stand in its parent, if that takes no resolver."""
        item = self.shape.item if isinstance(self.shape, ListOf) else self.shape
        if self.source is not Source.ROW or not self.column.is_plain or not isinstance(item, ObjectOf):
            return None
        return item.whole

    @property
    def is_drawn(self) -> bool:
        """Whether its value is made from its parent's row alone."""
        return self.is_plain_leaf or self.whole is not None

    @property
    def is_plain_leaf(self) -> bool:
        """Whether it is a leaf that is made from its parent's row alone."""
        return self.is_typename or self.read is not None or self.made is not None

    @property
    def made(self) -> tuple[Made, Leaf] | None:
        """How it is made of a value of its parent's row, and its shape; None if it is not of that kind."""
        if self.batched is None or self.batched.made is None or not isinstance(self.shape, Leaf):
            return None
        return self.batched.made, self.shape

    @property
    def along(self) -> str | None:
        """The key that rows have with which its object came along, if it can be made from these."""
        if self.batched is None or self.batched.along is None or not isinstance(self.shape, ObjectOf):
            return None
        plain = all(field.is_plain_leaf for field in self.fields_along)
        if not plain or self.shape.type.is_type_of is not None:
            return None
        return f"{self.column.name}.{self.batched.along}"

    @property
    def fields_along(self) -> tuple[FieldPlan, ...]:
        """The fields of an object that may come along."""
        return self.shape.selection.fields if isinstance(self.shape, ObjectOf) else ()

    @property
    def full_name(self) -> str:
        """The field's name with its type's, for messages."""
        return f"{self.parent_type}.{self.nodes[0].name.value}"


@dataclass(slots=True)
class SelectionPlan:
    """The fields selected of an object type, in the order of the response."""

    type: GraphQLObjectType
    assemble: Callable[..., dict[str, Any]]
    """Makes the object of a parent from the values of its fields, in their order."""

    fields: tuple[FieldPlan, ...]
    waits: bool
    may_be_drawn: bool
    """Whether objects may be made without any resolver: whether they can depends on the rows."""

    rendering: Rendering
    """Makes the objects from rows, as far as their fields are read from them."""


class Planner:
    """Compiles the selections of one operation; `fields` counts those it has compiled."""

    def __init__(
        self, executor: Executor[Any], conditions: VariableValues, strawberry_schema: Schema
    ) -> None:
        self._schema = executor.schema
        self._fragments = executor.fragments
        self._variables = conditions
        self._operation = executor.operation
        self._strawberry = strawberry_schema
        # The same nodes selected of the same type make the same selection: without this, fragments
        # that spread fragments twice would make a plan of exponential size.
        self._known: dict[tuple[str, ...], SelectionPlan] = {}
        self.fields = 0

    def root(self, type_: GraphQLObjectType) -> SelectionPlan:
        """Compile the operation's root selection."""
        collected = collect_fields(self._schema, self._fragments, self._variables, type_, self._operation)
        return self._selection(type_, collected.grouped_field_set)

    def below(self, type_: GraphQLObjectType, details: FieldDetailsList) -> SelectionPlan:
        """Compile what the field's nodes select of an object of this type."""
        key = (type_.name, *(str(id(detail.node)) for detail in details))
        if key not in self._known:
            collected = collect_subfields(
                self._schema, self._fragments, self._variables, self._operation, type_, details
            )
            self._known[key] = self._selection(type_, collected.grouped_field_set)
        return self._known[key]

    def _selection(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> SelectionPlan:
        fields: list[FieldPlan] = []
        for key, details in grouped.items():
            definition = self._schema.get_field(type_, details[0].node.name.value)
            # graphql-core leaves out fields that do not exist; validation keeps them from coming here.
            if definition is not None:
                fields.append(self._field(key, len(fields), type_, details, definition))
        waits = any(plan.waits for plan in fields)
        self.fields += len(fields)
        return SelectionPlan(
            type_,
            _assembler(tuple(plan.key for plan in fields)),
            tuple(fields),
            waits,
            all(plan.is_drawn or plan.along for plan in fields),
            Rendering(fields),
        )

    def _field(
        self,
        key: str,
        number: int,
        parent_type: GraphQLObjectType,
        details: FieldDetailsList,
        definition: GraphQLField,
    ) -> FieldPlan:
        declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        strawberry_field = declared if isinstance(declared, StrawberryField) else None
        node = details[0].node
        name = strawberry_field.python_name if strawberry_field else node.name.value
        source, batched = self._source(node, strawberry_field)
        is_async = batched.is_async if batched else source is Source.RESOLVER
        shape = self._shape(definition.type, details)
        return FieldPlan(
            key=key,
            number=number,
            parent_type=parent_type,
            details=details,
            nodes=FieldNodes([detail.node for detail in details]),
            definition=definition,
            source=source,
            shape=shape,
            column=Column(name, self._strawberry.config.default_resolver),
            batched=batched,
            call=self._call(source, definition, node, strawberry_field),
            waits=is_async or shape.waits,
        )

    def _call(
        self, source: Source, definition: GraphQLField, node: FieldNode, field: StrawberryField | None
    ) -> ResolverCall | None:
        if field is None or field.extensions or self._strawberry.exception_handlers:
            return None
        # The value of a subscription's field is the event: its resolver has made the stream.
        if source not in (Source.BATCH, Source.RESOLVER) or field.is_subscription:
            return None
        return ResolverCall(definition, node, field, self._strawberry)

    def _source(self, node: FieldNode, field: StrawberryField | None) -> tuple[Source, BatchedField | None]:
        if node.name.value == "__typename":
            return Source.TYPENAME, None
        # Permissions, extensions and exception handlers wrap the resolver of a single parent.
        if field is None or field.extensions or self._strawberry.exception_handlers:
            return Source.RESOLVER, None
        if isinstance(field, BatchedField):
            return Source.BATCH, field
        return Source.RESOLVER if field.base_resolver else Source.ROW, None

    def _shape(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Shape:
        nullable = not isinstance(type_, GraphQLNonNull)
        inner: Any = type_ if nullable else type_.of_type  # type: ignore[union-attr]
        if isinstance(inner, GraphQLList):
            return ListOf(nullable, self._shape(inner.of_type, details))
        if isinstance(inner, GraphQLObjectType):
            return ObjectOf(nullable, inner, self.below(inner, details))
        if isinstance(inner, GraphQLInterfaceType | GraphQLUnionType):
            return OneOf(nullable, inner, lambda type_: self.below(type_, details))
        return Leaf(nullable, inner, leaf_column(inner))


@lru_cache(maxsize=4096)
def _assembler(keys: tuple[str, ...]) -> Callable[..., dict[str, Any]]:
    """A function that takes one value for each key and returns the dict.

    Compiled, because a display of constant keys is made in a third of the time that dict(zip(...)) takes,
    and every object of every answer is made here. The keys are GraphQL names, which are Python names too.
    """
    names = [f"_{number}" for number in range(len(keys))]
    items = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    assemble: Callable[..., dict[str, Any]] = eval(f"lambda {', '.join(names)}: {{{items}}}")  # noqa: S307
    return assemble
