"""Nothing crosses clients: every query and mutation, asked with the ids and codes of somebody else.

The calls are made from the schema itself, so a new field is tested as soon as it exists. Everything that
belongs to the client ACME is named SECRET.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from api.ids import encode_id
from api.schema import schema
from domain.operations.api_tokens import create_api_token
from domain.operations.load_sales_orders import load_sales_orders
from domain.operations.processor_runs import claim_run
from domain.operations.webhook_deliveries import ping_webhook_endpoint
from domain.operations.webhook_endpoints import NewEndpoint, save_webhook_endpoint
from domain.rules.vocabulary import Role, WebhookEvent
from domain.views.nodes import NODES
from tests.api.conftest import Tenant
from tests.api.graphql_client import GraphQLClient
from tests.builders import Shop, sales_order
from tests.runs import process, requested

pytestmark = pytest.mark.anyio

SECRET = "SECRET"
LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)
_DEPTH = 2
_SCALARS: dict[str, Any] = {
    "String": f"{SECRET}1",
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "DateTime": "2090-01-01T00:00:00Z",
    "Date": "2090-01-01",
}
_PAGING = ("first", "last", "after", "before", "idempotencyKey")
# A preview shows the templates it was asked with.
_REPEATED = ("EmailPreview_subject", "EmailPreview_body")
GRAPH = schema._schema
# Rows of a fresh database are numbered from 1, and OTHER's own come after ACME's. The first distribution
# center is the one that every shop has.
# API tokens are no nodes, and have ids all the same.
ACMES_IDS = [
    encode_id(kind, 2 if kind == "DistributionCenter" else 1) for kind in sorted({*NODES, "ApiToken"})
]


@pytest.fixture
async def secrets(tenant: Tenant) -> Shop:
    """ACME's orders, one of them dispatched in part, with everything around them."""
    shop = tenant.shop
    await shop.distribution_center(f"{SECRET}1")
    await shop.store(f"{SECRET}1")
    await shop.sku(f"{SECRET}1", barcode=f"{SECRET}2")
    on_hand: dict[str, Any] = {f"{SECRET}1": 5}
    await shop.stock(f"{SECRET}1", **on_hand)
    units: dict[str, Any] = {f"{SECRET}1": 2, f"{SECRET}3": 2}
    await shop.sku(f"{SECRET}3")
    orders = [sales_order(f"{SECRET}{n}", f"{SECRET}1", **units) for n in (1, 2)]
    assert not (await load_sales_orders(shop.command(), sales_orders=orders)).errors
    endpoint = NewEndpoint(
        name=SECRET, url="https://erp.example/", events=(WebhookEvent.ORDER_CHANGED,), enabled=False
    )
    saved = await save_webhook_endpoint(shop.command(), endpoint_id=None, endpoint=endpoint)
    await ping_webhook_endpoint(shop.command(), endpoint_id=saved.endpoint_id)
    await create_api_token(shop.command(), role=Role.VIEWER, label=SECRET, expires_at=None)
    run = await requested(shop, at=f"{SECRET}1")
    assert await claim_run(run, now=LONG_AFTER)
    await process(run, now=LONG_AFTER)
    return shop


def literal(type_: GraphQLInputType) -> str:
    """A value of an input type, with the id `$id` and texts that name what is ACME's."""
    if isinstance(type_, GraphQLNonNull):
        return literal(type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{literal(type_.of_type)}]"
    if isinstance(type_, GraphQLEnumType):
        return str(next(iter(type_.values)))
    if isinstance(type_, GraphQLInputObjectType):
        fields = list(type_.fields.items())[: 1 if type_.is_one_of else None]
        return "{" + ", ".join(f"{name}: {literal(field.type)}" for name, field in fields) + "}"
    return "$id" if type_.name == "ID" else json.dumps(_SCALARS[type_.name])


def selection(type_: GraphQLOutputType, depth: int = _DEPTH) -> str:
    """All fields without required arguments, down to a depth."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        possible = [t for t in GRAPH.get_possible_types(named) if depth]
        return (
            "{ __typename " + " ".join(f"... on {t.name} {selection(t, depth - 1)}" for t in possible) + " }"
        )
    assert isinstance(named, GraphQLObjectType)
    chosen = ["__typename"]
    for name, field in named.fields.items():
        needs = any(isinstance(argument.type, GraphQLNonNull) for argument in field.args.values())
        if not needs and (is_leaf_type(get_named_type(field.type)) or depth):
            # Aliased, because fields of a union's members may differ in type.
            chosen.append(f"{named.name}_{name}: {name} {selection(field.type, depth - 1)}")
    return "{ " + " ".join(chosen) + " }"


def calls(root: GraphQLObjectType | None) -> Iterator[tuple[str, GraphQLField, str, Sequence[str]]]:
    """Every field of a root type: bare, with all optional arguments, queries also with each alone.

    With the ids to call it with, one of every kind; any single one when it takes none.
    """
    assert root is not None
    for name, field in root.fields.items():
        arguments = {
            argument: f"{argument}: {literal(declared.type)}"
            for argument, declared in field.args.items()
            if argument not in _PAGING
        }
        needed = [a for a in arguments if isinstance(field.args[a].type, GraphQLNonNull)]
        optional = [a for a in arguments if a not in needed]
        alone = [] if root is GRAPH.mutation_type else [[a] for a in optional]
        told = set()
        for chosen in ([], *alone, optional):
            words = ", ".join(arguments[a] for a in [*needed, *chosen])
            call = f"{name}({words})" if words else name
            if call not in told:
                told.add(call)
                yield name, field, call, ACMES_IDS if "$id" in call else ACMES_IDS[:1]


async def answers(
    caller: GraphQLClient, root: GraphQLObjectType | None, *, depth: int = _DEPTH
) -> AsyncIterator[tuple[str, str, dict[str, Any]]]:
    """What the caller is answered to every call: name of the field, call, response."""
    assert root is not None
    for name, field, call, ids in calls(root):
        # By a variable, so that a document is prepared once and not for each id.
        variables = "($id: ID!)" if "$id" in call else ""
        document = f"{root.name.lower()}{variables} {{ {call} {selection(field.type, depth)} }}"
        for global_id in ids:
            yield name, f"{call} with {global_id}", await caller.execute(document, id=global_id)


def shown(value: Any, *, ignored: tuple[str, ...] = ("userErrors", "message", "error")) -> Iterator[str]:
    """Every text of an answer but in refusals, which repeat what they were given."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name.split("_")[-1] not in ignored and name not in _REPEATED:
                yield from shown(inner, ignored=ignored)
    elif isinstance(value, list):
        for inner in value:
            yield from shown(inner, ignored=ignored)
    elif isinstance(value, str):
        yield value


async def test_no_query_shows_anything_of_another_client(secrets: Shop, other_tenant: Tenant) -> None:
    asked = 0
    async for _, call, response in answers(other_tenant.admin, GRAPH.query_type):
        told = [text for text in shown(response["data"]) if SECRET in text]
        assert told == [], call
        asked += 1
    assert asked > len(GRAPH.query_type.fields) / 2  # type: ignore[union-attr]


async def test_the_same_questions_show_their_owner_what_is_there(secrets: Shop, tenant: Tenant) -> None:
    answered = set()
    async for name, _, response in answers(tenant.admin, GRAPH.query_type):
        if any(SECRET in text for text in shown(response["data"])):
            answered.add(name)
    assert {"node", "nodes", "order", "orders", "dispatch", "stockLevels", "backOrderList"} <= answered
    assert {"webhookEndpoints", "webhookDeliveries", "apiTokens"} <= answered


async def test_no_mutation_changes_anything_of_another_client(secrets: Shop, other_tenant: Tenant) -> None:
    before = await everything(secrets)
    async for _, call, response in answers(other_tenant.admin, GRAPH.mutation_type, depth=1):
        codes = [error.get("extensions", {}).get("code") for error in response.get("errors", [])]
        assert "INTERNAL_SERVER_ERROR" not in codes, call
    assert await everything(secrets) == before


async def everything(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the client in every table that is scoped by client."""
    names = await shop.tuples(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'client_id' "
        "AND table_schema = 'public' ORDER BY 1"
    )
    return {
        name: await shop.tuples(
            f"SELECT * FROM {name} WHERE client_id = $1 ORDER BY 2, 3",  # noqa: S608
            shop.client_id,
        )
        for (name,) in names
        if name != "event_outbox"
    }
