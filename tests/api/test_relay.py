"""The Relay server specification: every object has an id of its own, and is found again by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInterfaceType

from api.ids import encode_id
from api.schema import schema
from domain.views.nodes import NODES
from tests.api.conftest import Tenant
from tests.runs import claimed, process

pytestmark = pytest.mark.anyio

_EVERYTHING = """
{
  client { __typename id }
  distributionCenters { __typename id }
  stores { __typename id }
  orders { nodes {
    __typename id
    lines { nodes { __typename id sku { __typename id } } }
    dispatches { nodes { __typename id } }
  } }
  purchaseOrders { nodes { __typename id lines { __typename id } } }
  processorRuns { nodes { __typename id } }
}
"""
_AGAIN = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
_NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


def objects(found: Any) -> Iterator[tuple[str, str]]:
    """Type and id of every object in an answer."""
    if isinstance(found, list):
        for one in found:
            yield from objects(one)
    elif isinstance(found, dict):
        if "id" in found:
            yield found["__typename"], found["id"]
        for inner in found.values():
            yield from objects(inner)


@pytest.fixture
async def busy(tenant: Tenant) -> Tenant:
    """A client with objects of many kinds whose numbers in their tables are the same."""
    shop = tenant.shop
    await shop.store("WEB")
    await shop.stock(TEA=5)
    for number in range(3):
        await shop.order(f"SO-{number}", TEA=2)
    await process(await claimed(shop))
    await shop.purchase_order("PO-1", TEA=5)
    return tenant


async def test_every_object_is_found_again_by_its_id_alone_and_with_others(busy: Tenant) -> None:
    found = list(dict.fromkeys(objects(await busy.admin.data(_EVERYTHING))))
    kinds = {kind for kind, _ in found}
    assert {"Order", "OrderLine", "Sku", "Dispatch", "Client", "PurchaseOrder", "ProcessorRun"} <= kinds
    ids = [global_id for _, global_id in found]
    assert len(set(ids)) == len(ids), "one id names one object, whatever its type"
    for kind, global_id in found:
        assert await busy.admin.data(_NODE, id=global_id) == {"__typename": kind, "id": global_id}
    again = await busy.admin.data(_AGAIN, ids=ids[::-1])
    assert [(node["__typename"], node["id"]) for node in again] == found[::-1]


async def test_what_is_not_there_is_null_in_its_place(busy: Tenant) -> None:
    (there, *_) = [global_id for _, global_id in objects(await busy.admin.data(_EVERYTHING))]
    ids = ["nonsense", there, encode_id("Order", 999_999), there]
    found = await busy.admin.data(_AGAIN, ids=ids)
    assert [node and node["id"] for node in found] == [None, there, None, there]


def test_every_type_that_says_it_is_a_node_can_be_found_and_no_other() -> None:
    interface = schema._schema.get_type("Node")
    assert isinstance(interface, GraphQLInterfaceType)
    assert {type_.name for type_ in schema._schema.get_possible_types(interface)} == set(NODES)
