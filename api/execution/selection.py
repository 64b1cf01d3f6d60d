"""Which fields a resolver's caller wants, so that only these columns are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type, is_object_type
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from strawberry.schema.schema_converter import GraphQLCoreConverter

from api.execution.plan import FieldNodes


def selected(info: strawberry.Info, *path: str) -> frozenset[str]:
    """Return the python names of the fields wanted of the result, through fragments, @skip and @include.

    Beside an object's field stand those wanted of the object: ``sku`` and ``sku.code``. A path leads
    further down, by python names: ``selected(info, "edges", "node")``. Below an interface or union these
    are the fields wanted of any of its types. Meta fields are left out.
    """
    nodes = info._raw_info.field_nodes
    if not isinstance(nodes, FieldNodes):
        return _selected(info, path)
    if path not in nodes.selected:
        nodes.selected[path] = _selected(info, path)
    return nodes.selected[path]


def selected_nodes(info: strawberry.Info, *path: str) -> frozenset[str]:
    """Return the python names of the fields wanted of the nodes of a connection, whichever way asked.

    It is the field's own connection, or the one that the path leads to.
    """
    nodes = info._raw_info.field_nodes
    known = nodes.selected.get((*path, "")) if isinstance(nodes, FieldNodes) else None
    if known is None:
        known = selected(info, *path, "edges", "node") | selected(info, *path, "nodes")
        if isinstance(nodes, FieldNodes):
            # Under a name that no field has.
            nodes.selected[(*path, "")] = known
    return known


def wants_cursors(info: strawberry.Info, *path: str) -> bool:
    """Whether a cursor may be wanted of a connection: the field's own, or the one that the path leads to."""
    return not selected(info, *path).isdisjoint(("edges", "page_info"))


def is_asked_plainly(info: strawberry.Info, name: str) -> bool:
    """Whether the result's field of this python name is asked for once, and without arguments.

    Then its value may be found together with the result: there is only one that it can be.
    """
    nodes = info._raw_info.field_nodes
    if not isinstance(nodes, FieldNodes):
        return False
    if name not in nodes.plain:
        nodes.plain[name] = _is_asked_plainly(info, name)
    return nodes.plain[name]


def _is_asked_plainly(info: strawberry.Info, name: str) -> bool:
    raw: Any = info._raw_info
    level = [(raw.return_type, [FieldDetails(node, None) for node in raw.field_nodes])]
    asked = [details for found, _, details in _below(info, level) if found == name]
    return len(asked) == 1 and not any(one.node.arguments for one in asked[0])


def _selected(info: strawberry.Info, path: tuple[str, ...]) -> frozenset[str]:
    raw: Any = info._raw_info
    level = [(raw.return_type, [FieldDetails(node, None) for node in raw.field_nodes])]
    for name in path:
        level = [(type_, details) for found, type_, details in _below(info, level) if found == name]
    wanted = set()
    for name, type_, details in _below(info, level):
        wanted.add(name)
        wanted.update(f"{name}.{inner}" for inner, _, _ in _below(info, [(type_, details)]))
    return frozenset(wanted)


def _below(
    info: strawberry.Info, level: Iterable[tuple[Any, FieldDetailsList]]
) -> Iterable[tuple[str, Any, FieldDetailsList]]:
    """List the fields below those given: python name, GraphQL type and nodes of each."""
    raw: Any = info._raw_info
    fragments = {name: FragmentDetails(node) for name, node in raw.fragments.items()}
    variables = VariableValues({}, raw.variable_values)
    for type_, details in level:
        for object_type in _object_types(raw.schema, get_named_type(type_)):
            collected = collect_subfields(
                raw.schema, fragments, variables, raw.operation, object_type, details
            )
            for nodes in collected.grouped_field_set.values():
                field = object_type.fields.get(nodes[0].node.name.value)
                if field is not None:
                    declared = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
                    yield declared.python_name, field.type, nodes


def _object_types(schema: GraphQLSchema, type_: Any) -> list[GraphQLObjectType]:
    if is_abstract_type(type_):
        return schema.get_possible_types(type_)
    return [type_] if is_object_type(type_) else []
