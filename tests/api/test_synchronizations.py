"""Connecting stores and synchronizing them through the API."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.marketplace import OTHER_SECRET, SECRET, carried_out, connected, marketplace, order

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C5")]

STORES = "{ storeConnections { store { id code } } }"
SET = """
mutation ($store: ID!, $input: StoreConnectionInput!) {
    setStoreConnection(storeId: $store, input: $input) {
        store { code }
        connection { kind address enabled intervalSeconds circuit failures lastSuccessAt lastError }
        userErrors { code path }
    }
}
"""
REMOVE = """
mutation ($store: ID!) {
    removeStoreConnection(storeId: $store) { store { code } connection { id } userErrors { code path } }
}
"""
SYNCHRONIZE = """
mutation ($stores: [ID!]!) {
    synchronizeStores(storeIds: $stores) {
        synchronizations { id status requestedBy store { code } }
        userErrors { code path }
    }
}
"""
SYNCHRONIZE_ORDERS = """
mutation ($orders: [ID!]!) {
    synchronizeOrders(orderIds: $orders) { synchronizations { id } userErrors { code path } }
}
"""
RESULTS = """
{
    synchronizations {
        totalCount
        nodes {
            status succeeded skipped failed failure
            results(first: 2) { totalCount nodes { kind subject outcome code message } }
        }
    }
}
"""
HTTP = {"kind": "HTTP", "address": "https://market.example/orders", "secret": SECRET, "intervalSeconds": 60}


async def store_of(tenant: Tenant, code: str = "WEB") -> str:
    """The global id of a new store."""
    await connected(tenant.shop, code, address="https://market.example/")
    stores = await tenant.admin.data(STORES)
    return str(next(entry["store"]["id"] for entry in stores if entry["store"]["code"] == code))


async def test_a_store_is_connected_paused_and_disconnected_by_admins(tenant: Tenant) -> None:
    store = await store_of(tenant)
    refused = await tenant.caller(Role.OPERATOR).data(SET, store=store, input=HTTP)
    assert refused["userErrors"] == [{"code": "FORBIDDEN", "path": None}]

    assert await tenant.admin.data(SET, store=store, input=HTTP) == {
        "store": {"code": "WEB"},
        "connection": {
            "kind": "HTTP",
            "address": "https://market.example/orders",
            "enabled": True,
            "intervalSeconds": 60,
            "circuit": "CLOSED",
            "failures": 0,
            "lastSuccessAt": None,
            "lastError": None,
        },
        "userErrors": [],
    }
    paused = {**HTTP, "secret": None, "enabled": False}
    assert not (await tenant.admin.data(SET, store=store, input=paused))["connection"]["enabled"]
    assert await tenant.shop.value("SELECT secret FROM store_connections") == SECRET
    assert await tenant.admin.data(REMOVE, store=store) == {
        "store": {"code": "WEB"},
        "connection": None,
        "userErrors": [],
    }
    again = await tenant.admin.data(REMOVE, store=store)
    assert again["userErrors"] == [{"code": "NOTHING_TO_DO", "path": ["storeId"]}]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"address": None}, "address"),
        ({"address": "ftp://market.example/"}, "address"),
        ({"address": "https://user@market.example/"}, "address"),
        ({"address": "https://market.example:x/"}, "address"),
        ({"kind": "PUSH"}, "address"),
        ({"kind": "FILE_DROP", "address": "../other"}, "address"),
        ({"kind": "FILE_DROP", "address": "/etc"}, "address"),
        ({"secret": "whsec_short"}, "secret"),
        ({"intervalSeconds": 29}, "intervalSeconds"),
        ({"intervalSeconds": 604_801}, "intervalSeconds"),
    ],
)
async def test_a_connection_that_could_not_work_is_refused(
    tenant: Tenant, change: dict[str, Any], path: str
) -> None:
    store = await store_of(tenant)
    before = await tenant.shop.tuples("SELECT * FROM store_connections")
    refused = await tenant.admin.data(SET, store=store, input={**HTTP, **change})

    assert refused["userErrors"] == [{"code": "INVALID_INPUT", "path": ["input", path]}]
    assert await tenant.shop.tuples("SELECT * FROM store_connections") == before


async def test_a_secret_never_comes_out_again(tenant: Tenant) -> None:
    store = await store_of(tenant)
    with capture_logs() as logs:
        answer = await tenant.admin.execute(SET, store=store, input={**HTTP, "secret": OTHER_SECRET})
        kept = await tenant.shop.rows("SELECT row_to_json(a)::text AS it FROM audit_entries AS a")
        kept += await tenant.shop.rows("SELECT row_to_json(e)::text AS it FROM event_outbox AS e")

    told = [orjson.dumps(answer).decode(), repr(logs), *(row["it"] for row in kept)]
    assert not [text for text in told if OTHER_SECRET.removeprefix("whsec_") in text]
    schema = await tenant.admin.data('{ __type(name: "StoreConnection") { fields { name } } }')
    assert "secret" not in {field["name"] for field in schema["fields"]}


async def test_stores_are_synchronized_and_every_row_is_told(tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")
    async with marketplace({"orders": [order("SO-1", TEA=1), order("SO-2", POT=1), 7]}) as simulated:
        await connected(tenant.shop, "WEB", address=simulated.address)
        stores = await tenant.admin.data(STORES)
        store = stores[0]["store"]["id"]
        missing = "U3RvcmU6OTk5"
        operator = tenant.caller(Role.OPERATOR)
        requested = await operator.data(SYNCHRONIZE, stores=[store, missing, store])
        await carried_out(tenant.shop, 1)

    (synchronization,) = requested["synchronizations"]
    del synchronization["id"]
    assert synchronization == {"status": "PENDING", "requestedBy": "tester", "store": {"code": "WEB"}}
    assert requested["userErrors"] == [{"code": "NOT_FOUND", "path": ["storeIds", "1"]}]
    told = await tenant.caller(Role.VIEWER).data(RESULTS)
    assert told["totalCount"] == 1
    (done,) = told["nodes"]
    assert (done["status"], done["succeeded"], done["failed"], done["failure"]) == ("COMPLETED", 1, 2, None)
    assert done["results"]["totalCount"] == 3
    assert [(row["kind"], row["subject"], row["code"]) for row in done["results"]["nodes"]] == [
        ("ORDER", "row 2", "INVALID_INPUT"),
        ("ORDER", "SO-1", None),
    ]


async def test_the_state_of_the_breaker_and_the_last_error_are_told(tenant: Tenant) -> None:
    store = await store_of(tenant)
    await tenant.shop.write(
        "UPDATE store_connections SET failures = 4, retry_at = now() + interval '1 hour', last_error = 'No.'"
    )
    query = "{ storeConnections { circuit failures lastError } }"
    assert await tenant.admin.data(query) == [{"circuit": "OPEN", "failures": 4, "lastError": "No."}]
    await tenant.shop.write("UPDATE store_connections SET retry_at = now() - interval '1 second'")
    assert (await tenant.admin.data(query))[0]["circuit"] == "HALF_OPEN"
    # Whoever sets the connection anew has seen to what was wrong.
    await tenant.admin.data(SET, store=store, input=HTTP)
    assert await tenant.admin.data(query) == [{"circuit": "CLOSED", "failures": 0, "lastError": None}]


async def test_orders_that_came_from_no_connected_store_are_told(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=1)
    ids = await tenant.admin.data("{ orders { nodes { id } } }")
    answer = await tenant.admin.data(SYNCHRONIZE_ORDERS, orders=[ids["nodes"][0]["id"]])
    assert answer == {
        "synchronizations": [],
        "userErrors": [{"code": "FEATURE_DISABLED", "path": ["orderIds", "0"]}],
    }


async def test_another_clients_store_can_be_neither_connected_nor_asked_nor_seen(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    store = await store_of(tenant)
    before = await tenant.shop.tuples("SELECT * FROM store_connections")

    refused = await other_tenant.admin.data(SET, store=store, input=HTTP)
    assert refused["userErrors"] == [{"code": "NOT_FOUND", "path": ["storeId"]}]
    refused = await other_tenant.admin.data(REMOVE, store=store)
    assert refused["userErrors"] == [{"code": "NOT_FOUND", "path": ["storeId"]}]
    refused = await other_tenant.admin.data(SYNCHRONIZE, stores=[store])
    assert refused["userErrors"] == [{"code": "NOT_FOUND", "path": ["storeIds", "0"]}]
    assert await other_tenant.admin.data(STORES) == []
    assert await tenant.shop.tuples("SELECT * FROM store_connections") == before
