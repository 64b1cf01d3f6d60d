"""Which id of the arguments a refusal points at, so that the audit trail can tell what was reached for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    value_from_ast_untyped,
)

from api.context import Info


def named_id(info: Info, path: Sequence[str]) -> str | None:
    """The id at the path of the call's arguments; None when there is none, or something else is there."""
    raw: Any = info._raw_info
    parent: GraphQLObjectType = raw.parent_type
    node: FieldNode = raw.field_nodes[0]
    argument = parent.fields[raw.field_name].args.get(path[0]) if path else None
    written = next(
        (given for given in node.arguments or () if argument and given.name.value == path[0]), None
    )
    if argument is None or written is None:
        return None
    type_ = get_named_type(argument.type)
    value: object = value_from_ast_untyped(written.value, raw.variable_values)
    for step in path[1:]:
        if isinstance(type_, GraphQLInputObjectType) and step in type_.fields:
            type_ = get_named_type(type_.fields[step].type)
            value = value.get(step) if isinstance(value, Mapping) else None
        elif isinstance(value, list):
            value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
        elif step != "0":  # a list of one may be written without its brackets
            value = None
    return value if type_ is GraphQLID and isinstance(value, str) else None
