"""The variables of one operation, coerced as graphql-core does it, but prepared once.

What a variable may be is looked up when the operation is first executed; then a value of the very type that
its definition asks for is taken as it is. Whatever else comes goes to graphql-core: it coerces what can be
coerced, and words the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from api.execution.leaves import INT_LIMIT

Fits = Callable[[Any], bool]
"""Whether a value is already what its coercion would give."""


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_integer(value: Any) -> bool:
    return type(value) is int and -INT_LIMIT <= value < INT_LIMIT


def _is_number(value: Any) -> bool:
    return type(value) is float and isfinite(value)


def _is_truth(value: Any) -> bool:
    return type(value) is bool


_FITS: Mapping[GraphQLInputType, Fits] = {
    GraphQLString: _is_text,
    GraphQLID: _is_text,
    GraphQLInt: _is_integer,
    GraphQLFloat: _is_number,
    GraphQLBoolean: _is_truth,
}


class _Variable(NamedTuple):
    name: str
    absent: VariableValueSource
    """The source of a variable that no value is given for."""
    nullable: bool
    fits: Fits


class Variables:
    """The variables that an operation defines."""

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._variables: list[_Variable] | None = []
        for definition in definitions:
            variable = _variable(schema, definition)
            if variable is None:
                self._variables = None
                break
            self._variables.append(variable)

    def fitting(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values, when all of them are what they have to be; None leaves them to graphql-core."""
        if self._variables is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, absent, nullable, fits in self._variables:
            value = given.get(name, Undefined)
            if value is Undefined:
                if not nullable:
                    return None
                sources[name] = absent
                continue
            if not (nullable if value is None else fits(value)):
                return None
            sources[name] = VariableValueSource(absent.signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)


def _variable(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Variable | None:
    """What is known of a variable; None for one with a default, or of a type that is not a plain scalar."""
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError) or definition.default_value is not None:
        return None
    nullable = not isinstance(signature.type, GraphQLNonNull)
    type_: Any = signature.type if nullable else signature.type.of_type  # type: ignore[union-attr]
    fits = _FITS.get(type_)
    return None if fits is None else _Variable(signature.name, VariableValueSource(signature), nullable, fits)
