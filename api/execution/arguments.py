"""The arguments of a field, coerced and converted as far as that does not depend on the request.

graphql-core coerces arguments, Strawberry converts them to what resolvers take. Both are asked when a plan is
compiled for what the document says; a variable that is an argument as a whole has been coerced with the
others. What is left for a request are the values of its variables, and to make input objects and lists anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import strawberry
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLScalarType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_required_argument,
)
from graphql.execution import Executor
from graphql.execution.values import coerce_argument, get_argument_values
from strawberry.relay import GlobalID
from strawberry.schema import Schema
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from api.execution.fields import BatchedField
from api.execution.inputs import Convert, UncompiledError, converters_of


class _Argument(NamedTuple):
    python_name: str
    name: str
    variable: str | None
    value: Any
    """What the document says, or the default of a variable that has no value; Undefined is none."""
    non_null: bool
    required: bool
    convert_to: Any
    """The type Strawberry converts to; None where nothing is to be converted."""
    convert: Convert | None
    """What does the same, where that is compiled."""


class Arguments:
    """The arguments of a Strawberry field at one place of a document."""

    def __init__(
        self, definition: GraphQLField, node: FieldNode, field: StrawberryField, schema: Schema
    ) -> None:
        self._definition = definition
        self._node = node
        self._field = field
        self._schema = schema
        self._constant: dict[str, Any] = {}
        self._changing: list[_Argument] = []
        # Left to graphql-core at every request: variables inside of lists and objects, and what is wrong.
        self._uncompiled = False
        given = {argument.name.value: argument for argument in node.arguments or ()}
        for name, argument in definition.args.items():
            self._compile(name, argument, given.get(name))

    def converted(self, executor: Executor[Any], info: strawberry.Info) -> dict[str, Any]:
        """The keyword arguments of the resolver. Raises GraphQLError, and what converting raises."""
        if not self._changing and not self._uncompiled:
            return self._constant.copy()
        variables = executor.variable_values.coerced
        converted = self._constant.copy()
        for argument in self._changing:
            value = argument.value
            if argument.variable is not None:
                if argument.variable in variables:
                    value = variables[argument.variable]
                elif argument.required:
                    return self._uncompiled_arguments(executor, info)
            if value is None and argument.non_null:
                return self._uncompiled_arguments(executor, info)
            if value is Undefined:
                continue
            if argument.convert is not None:
                value = argument.convert(value)
            elif argument.convert_to is not None:
                value = convert_argument(
                    value,
                    argument.convert_to,
                    self._schema.schema_converter.scalar_registry,
                    self._schema.config,
                    info,
                    path=(argument.name,),
                )
            converted[argument.python_name] = value
        return self._uncompiled_arguments(executor, info) if self._uncompiled else converted

    def _uncompiled_arguments(self, executor: Executor[Any], info: strawberry.Info) -> dict[str, Any]:
        coerced = get_argument_values(
            self._definition, self._node, executor.variable_values, None, executor.hide_suggestions
        )
        resolver = self._field.base_resolver
        _, converted = get_arguments(
            field=self._field,
            source=None,
            info=info,
            kwargs=coerced,
            config=self._schema.config,
            scalar_registry=self._schema.schema_converter.scalar_registry,
        )
        reserved = (
            (resolver.info_parameter, resolver.root_parameter, resolver.parent_parameter) if resolver else ()
        )
        for parameter in reserved:
            if parameter is not None:
                converted.pop(parameter.name, None)
        return converted

    def _compile(self, name: str, definition: GraphQLArgument, node: ArgumentNode | None) -> None:
        declared: StrawberryArgument = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        variable = node.value.name.value if node and isinstance(node.value, VariableNode) else None
        if node is not None and variable is None and _mentions_variable(node.value):
            self._uncompiled = True
            return
        value = self._written(name, definition, node if variable is None else None)
        taken_as_it_is = _is_taken_as_it_is(definition, declared)
        argument = _Argument(
            declared.python_name,
            name,
            variable,
            value,
            isinstance(definition.type, GraphQLNonNull),
            is_required_argument(definition),
            None if taken_as_it_is else declared.type,
            None if taken_as_it_is else self._converter(declared),
        )
        if variable is not None or argument.convert_to is not None:
            self._changing.append(argument)
        elif value is not Undefined:
            self._constant[declared.python_name] = value

    def _converter(self, declared: StrawberryArgument) -> Convert | None:
        try:
            return converters_of(self._schema).of(declared.type)
        except UncompiledError:
            return None

    def _written(self, name: str, definition: GraphQLArgument, node: ArgumentNode | None) -> Any:
        """What the document says, else the default, coerced."""
        if node is None and is_required_argument(definition):
            return Undefined
        coerced: dict[str, Any] = {}
        try:
            coerce_argument(coerced, self._node, name, definition, node, None, None)
        except Exception:  # noqa: BLE001 - raised again for every request, as an error of the field
            self._uncompiled = True
        return coerced.get(definition.out_name or name, Undefined)


class ResolverCall:
    """How the resolver of a Strawberry field is called at one place of a document."""

    def __init__(
        self, definition: GraphQLField, node: FieldNode, field: StrawberryField, schema: Schema
    ) -> None:
        self.field = field
        self._info_class = schema.config.info_class
        self._arguments = Arguments(definition, node, field, schema)
        resolver = field.base_resolver
        self._self = bool(resolver and resolver.self_parameter)
        self._info = resolver.info_parameter.name if resolver and resolver.info_parameter else None
        # The parameters that take the parent by name.
        parents = (resolver.parent_parameter, resolver.root_parameter) if resolver else ()
        self._parents = tuple(parameter.name for parameter in parents if parameter is not None)

    def for_all(self, parents: Sequence[Any], raw_info: Any, executor: Executor[Any]) -> Any:
        """Call a batched resolver: its list of values, or an awaitable of it."""
        batched = cast("BatchedField", self.field)
        return batched.batch(parents, self._keywords(raw_info, executor))

    def for_one(self, parent: Any, raw_info: Any, executor: Executor[Any]) -> Any:
        """Call an ordinary resolver: its value, or an awaitable of it."""
        keywords = self._keywords(raw_info, executor)
        for name in self._parents:
            keywords[name] = parent
        resolver = cast("StrawberryResolver[Any]", self.field.base_resolver)
        return resolver(*((parent,) if self._self else ()), **keywords)

    def _keywords(self, raw_info: Any, executor: Executor[Any]) -> dict[str, Any]:
        info = self._info_class(_raw_info=raw_info, _field=self.field)
        keywords = self._arguments.converted(executor, info)
        if self._info is not None:
            keywords[self._info] = info
        return keywords


def _is_taken_as_it_is(definition: GraphQLArgument, declared: StrawberryArgument) -> bool:
    """Whether Strawberry passes a coerced value on: scalars and enum values."""
    type_ = declared.type.of_type if isinstance(declared.type, StrawberryOptional) else declared.type
    is_leaf = isinstance(get_nullable_type(definition.type), GraphQLScalarType | GraphQLEnumType)
    return is_leaf and type_ is not GlobalID and not declared.is_maybe


def _mentions_variable(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(map(_mentions_variable, node.values))
    if isinstance(node, ObjectValueNode):
        return any(_mentions_variable(field.value) for field in node.fields)
    return isinstance(node, VariableNode)
