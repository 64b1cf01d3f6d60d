"""Documents that ask for every list of the schema, by every filter and sort it has.

They are generated from the schema, so that a filter that somebody adds is asked for too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_non_null_type,
)

from api.ids import encode_id

PAGING = frozenset({"first", "after", "last", "before"})

# What an argument of a scalar type is asked to be, by its name: something common and something rare.
_VALUES: dict[str, tuple[Any, ...]] = {
    "ids": (["Order:19990", "Order:3"],),
    "numbers": (["SO-00019990"],),
    "search": ("so-0001999", "inv-0000042", "so-"),
    "invoiceNumber": ("INV-00019991", "IC19998"),
    "distributionCenter": ("DistributionCenter:1",),
    "store": ("Store:1", "Store:19"),
    "sku": ("Sku:1", "Sku:777"),
    "order": ("Order:19985",),
    "orderId": ("Order:19985",),
    "endpointId": ("WebhookEndpoint:1", "WebhookEndpoint:9"),
    "actor": ("user7",),
    "action": (["loadSalesOrders"],),
    "source": ("tes",),
    "orderedFrom": ("2026-02-27T00:00:00Z",),
    "orderedUntil": ("2025-06-01T00:00:00Z",),
    "from": ("2026-02-27T00:00:00Z",),
    "until": ("2026-03-02T08:00:00Z",),
}
_DATES = {"from": ("2026-02-20",), "until": ("2026-02-21",)}


@dataclass(frozen=True, slots=True)
class Question:
    """One list with one filter and one sort; `said` names it."""

    said: str
    document: str
    variables: dict[str, Any]


def lists_of(schema: GraphQLSchema) -> list[str]:
    """The fields of Query that are lists in pages."""
    query = schema.query_type
    assert query is not None
    return [name for name, field in query.fields.items() if _connection(field) is not None]


def questions(schema: GraphQLSchema, name: str) -> Iterator[Question]:
    """The list without a filter, and by each value of each filter; each time by each sort."""
    query = schema.query_type
    assert query is not None
    field = query.fields[name]
    for sort in _sorts(field):
        for filter_ in ({}, *_filters(field)):
            chosen = {**filter_, **sort}
            declared = ", ".join(f"${key}: {field.args[key].type}" for key in chosen)
            passed = ", ".join(f"{key}: ${key}" for key in chosen)
            head = f"query ({declared}, $after: String)" if chosen else "query ($after: String)"
            if "after" in field.args:
                inner = f"{name}({passed}{', ' if passed else ''}first: 50, after: $after) {_page(field)}"
            else:
                inner = f"{name}({passed}) {_page(field)}"
            said = f"{name} {chosen}" if chosen else name
            yield Question(said, f"{head} {{ {inner} }}", chosen)


def _connection(field: GraphQLField) -> GraphQLObjectType | None:
    """The connection type that a field is, or has in a field `orders`."""
    type_ = get_named_type(field.type)
    if not isinstance(type_, GraphQLObjectType):
        return None
    if "nodes" in type_.fields and "pageInfo" in type_.fields:
        return type_
    inner = type_.fields.get("orders")
    return _connection(inner) if inner is not None and "first" in field.args else None


def _page(field: GraphQLField) -> str:
    type_ = get_named_type(field.type)
    assert isinstance(type_, GraphQLObjectType)
    connection = _connection(field)
    assert connection is not None
    node = get_named_type(connection.fields["nodes"].type)
    assert isinstance(node, GraphQLObjectType)
    page = f"{{ nodes {{ {_below(node)} }} pageInfo {{ hasNextPage endCursor }} }}"
    return page if type_ is connection else f"{{ counts {{ count }} orders {page} }}"


def _below(node: GraphQLObjectType) -> str:
    """Every field of a row, and of the objects it refers to what is read along with it."""
    selected = ["__typename"]
    for name, field in node.fields.items():
        if any(is_non_null_type(argument.type) for argument in field.args.values()):
            continue
        named = get_named_type(field.type)
        if not isinstance(named, GraphQLObjectType):
            selected.append(name if not hasattr(named, "fields") else f"{name} {{ __typename }}")
        elif "nodes" in named.fields:
            selected.append(f"{name}(first: 5) {{ nodes {{ __typename }} }}")
        else:
            inner = [code for code in ("id", "code", "number", "status") if code in named.fields]
            selected.append(f"{name} {{ {' '.join(['__typename', *inner])} }}")
    return " ".join(selected)


def _sorts(field: GraphQLField) -> list[dict[str, Any]]:
    if "sort" not in field.args:
        return [{}]
    type_ = get_named_type(field.args["sort"].type)
    assert isinstance(type_, GraphQLEnumType)
    sorts: list[dict[str, Any]] = [{"sort": name} for name in type_.values]
    if "descending" in field.args:
        sorts = [{**sort, "descending": descending} for sort in sorts for descending in (False, True)]
    return sorts


def _filters(field: GraphQLField) -> Iterator[dict[str, Any]]:
    for name, argument in field.args.items():
        if name == "filter":
            type_ = get_named_type(argument.type)
            assert isinstance(type_, GraphQLInputObjectType)
            for inner_name, inner in type_.fields.items():
                for value in _values_of(inner_name, inner):
                    yield {"filter": {inner_name: value}}
        elif name not in PAGING and name not in ("sort", "descending"):
            for value in _values_of(name, argument):
                yield {name: value}


def _values_of(name: str, input_: GraphQLArgument | GraphQLInputField) -> list[Any]:
    type_: Any = get_nullable_type(input_.type)
    named = get_named_type(type_)
    many = isinstance(type_, GraphQLList)
    if isinstance(named, GraphQLEnumType):
        words = list(named.values)
        return [[word] for word in words] + [words[1:3]] if many else list(words)
    if named.name == "Boolean":
        return [True, False]
    if named.name == "Date":
        return list(_DATES[name])
    if named.name == "ID":
        return [_global(value) for value in _VALUES[name]]
    return list(_VALUES[name])


def _global(value: str | list[str]) -> str | list[str]:
    if isinstance(value, list):
        return [str(_global(one)) for one in value]
    kind, _, number = value.partition(":")
    return encode_id(kind, int(number))
