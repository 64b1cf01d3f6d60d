"""What rows as GraphQL objects need of a schema, on both executors."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLTypeResolver,
    GraphQLUnionType,
    Undefined,
    default_type_resolver,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from api.execution.rows import type_name_of


def resolve_types_by_row(schema: GraphQLSchema) -> None:
    """Let rows stand for objects: Strawberry's own checks accept instances of its classes only."""
    for type_ in schema.type_map.values():
        declared = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if isinstance(type_, GraphQLObjectType) and not getattr(declared, "is_type_of", None):
            type_.is_type_of = None
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            type_.resolve_type = _by_row_or(type_.resolve_type or default_type_resolver)


def leave_out_null_defaults(schema: GraphQLSchema) -> None:
    """Publish no default of null: it says no more than none, and Python's own default supplies it."""
    for type_ in schema.type_map.values():
        inputs: list[GraphQLArgument | GraphQLInputField] = []
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            inputs.extend(argument for field in type_.fields.values() for argument in field.args.values())
        elif isinstance(type_, GraphQLInputObjectType):
            inputs.extend(type_.fields.values())
        for input_ in inputs:
            if input_.default_value is None:
                input_.default_value = Undefined


def _by_row_or(resolve_type: GraphQLTypeResolver) -> GraphQLTypeResolver:
    def resolve(value: Any, info: GraphQLResolveInfo[Any], type_: GraphQLAbstractType) -> Any:
        return type_name_of(value) or resolve_type(value, info, type_)

    return resolve
