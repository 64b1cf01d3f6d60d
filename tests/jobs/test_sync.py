"""Synchronizations: what is fetched is applied once, and each row has a result."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.operations.leasing import LeaseLostError
from domain.operations.store_connections import remove_store_connection
from domain.operations.synchronizations import (
    synchronize_orders,
    synchronize_stores,
    waiting_synchronizations,
)
from domain.operations.synchronizing import (
    SynchronizationHandle,
    apply_delivery,
    claim_synchronization,
    note_failure,
)
from jobs.leasing import Outcome
from tests.builders import NOW, Shop
from tests.marketplace import (
    carried_out,
    connected,
    last,
    marketplace,
    order,
    results,
    synchronized,
)
from tests.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C5")]


async def test_new_orders_and_statuses_are_fetched_applied_and_each_has_a_result(shop: Shop) -> None:
    message = {
        "orders": [order("SO-1", TEA=2), order("SO-2", TEA=1), order("SO-3", COCOA=1)],
        "statuses": [
            {"orderNumber": "SO-1", "marketplaceStatus": "READY_TO_PROCESS", "invoiceCode": "I-1"},
            {"orderNumber": "SO-9", "marketplaceStatus": "SHIPPED"},
        ],
        "cursor": "42",
    }
    async with marketplace(message) as simulated:
        store = await connected(shop, "WEB", address=simulated.address)
        assert await synchronized(shop, store) is Outcome.COMPLETED
        assert await synchronized(shop, store) is Outcome.COMPLETED

    assert simulated.asked == [{"cursor": None, "orders": None}, {"cursor": "42", "orders": None}]
    assert await results(shop) == [
        ("ORDER", "SO-1", "SUCCEEDED", None),
        ("ORDER", "SO-2", "SUCCEEDED", None),
        ("ORDER", "SO-3", "FAILED", "NOT_FOUND"),
        ("STATUS", "SO-9", "FAILED", "NOT_FOUND"),
        ("STATUS", "SO-1", "SUCCEEDED", None),
    ]
    assert await shop.tuples(
        "SELECT number, store_id, marketplace_status, invoice_code FROM orders ORDER BY number"
    ) == [("SO-1", store, "READY_TO_PROCESS", "I-1"), ("SO-2", store, None, None)]


async def test_what_comes_again_changes_nothing(shop: Shop) -> None:
    message = {
        "orders": [order("SO-1", TEA=2)],
        "statuses": [{"orderNumber": "SO-1", "marketplaceStatus": "ACCEPTED"}],
    }
    async with marketplace(message, message) as simulated:
        store = await connected(shop, "WEB", address=simulated.address)
        await synchronized(shop, store)
        before = await shop.tuples("SELECT id, version FROM orders")
        await synchronized(shop, store)

    assert await shop.tuples("SELECT id, version FROM orders") == before
    assert (await results(shop))[2:] == [
        ("ORDER", "SO-1", "SKIPPED", "DUPLICATE"),
        ("STATUS", "SO-1", "SKIPPED", None),
    ]


async def test_rows_that_come_twice_or_are_garbage_spoil_no_others(shop: Shop) -> None:
    message = {
        "orders": [
            order("SO-1", TEA=2),
            order("SO-1", TEA=2),
            "garbage",
            {"number": "SO-2\x00", "lines": 7},
            order("SO-3", TEA=0),
            {**order("SO-4", TEA=1), "orderedAt": "2026-03-02T08:00:00"},
            {**order("SO-5", TEA=1), "orderedAt": "0001-01-01T00:00:00+14:00"},
            {**order("SO-6", TEA=1), "priority": 2**70},
        ],
        "statuses": [
            {"orderNumber": "SO-1", "marketplaceStatus": "ACCEPTED"},
            {"orderNumber": "SO-1", "marketplaceStatus": "ACCEPTED"},
            {"orderNumber": "SO-1", "marketplaceStatus": "SHIPPED"},
            {"orderNumber": "SO-1", "marketplaceStatus": "LOST"},
        ],
    }
    async with marketplace(message) as simulated:
        store = await connected(shop, "WEB", address=simulated.address)
        await synchronized(shop, store)

    assert sorted(await results(shop), key=str) == sorted(
        [
            ("ORDER", "SO-1", "SUCCEEDED", None),
            ("ORDER", "SO-1", "SKIPPED", "DUPLICATE"),
            ("ORDER", "row 2", "FAILED", "INVALID_INPUT"),
            ("ORDER", "SO-2\N{REPLACEMENT CHARACTER}", "FAILED", "INVALID_INPUT"),
            ("ORDER", "SO-3", "FAILED", "INVALID_INPUT"),
            ("ORDER", "SO-4", "FAILED", "INVALID_INPUT"),
            ("ORDER", "SO-5", "FAILED", "INVALID_INPUT"),
            ("ORDER", "SO-6", "FAILED", "INVALID_INPUT"),
            ("STATUS", "SO-1", "FAILED", "INVALID_INPUT"),
            ("STATUS", "SO-1", "SUCCEEDED", None),
            ("STATUS", "SO-1", "SKIPPED", None),
            ("STATUS", "SO-1", "SUCCEEDED", None),
        ],
        key=str,
    )
    assert await shop.value("SELECT marketplace_status FROM orders") == "SHIPPED"


async def test_a_marketplace_says_nothing_of_the_orders_of_another_store(shop: Shop) -> None:
    stranger = {"statuses": [{"orderNumber": "SO-1", "marketplaceStatus": "CANCELLED"}]}
    async with marketplace({"orders": [order("SO-1", TEA=1)]}, stranger) as simulated:
        await synchronized(shop, await connected(shop, "WEB", address=simulated.address))
        await synchronized(shop, await connected(shop, "OTHER", address=simulated.address))

    assert (await results(shop))[1:] == [("STATUS", "SO-1", "FAILED", "NOT_FOUND")]
    assert await shop.value("SELECT status FROM orders") == "CREATE"


async def test_what_the_customer_cancelled_is_cancelled_here(shop: Shop) -> None:
    message = {
        "orders": [order("SO-1", TEA=1)],
        "statuses": [{"orderNumber": "SO-1", "marketplaceStatus": "CANCELLED"}],
    }
    async with marketplace(message) as simulated:
        await synchronized(shop, await connected(shop, "WEB", address=simulated.address))

    assert await shop.tuples("SELECT status, condition FROM orders") == [
        ("CANCELLED", "CANCELLED_BY_CUSTOMER")
    ]


async def test_chosen_orders_are_asked_for_by_number_and_each_has_a_result(shop: Shop) -> None:
    loaded = {"orders": [order("SO-1", TEA=1), order("SO-2", TEA=1)], "cursor": "7"}
    told = {"statuses": [{"orderNumber": "SO-1", "marketplaceStatus": "ACCEPTED"}], "cursor": "elsewhere"}
    async with marketplace(loaded, told) as simulated:
        await synchronized(shop, await connected(shop, "WEB", address=simulated.address))
        stray = await shop.order("SO-3", TEA=1)
        ids = [row["id"] for row in await shop.rows("SELECT id FROM orders ORDER BY number")]
        requested = await synchronize_orders(shop.command(), order_ids=[*ids, 999])
        (synchronization,) = requested.synchronization_ids
        await carried_out(shop, synchronization)

    assert ids[2] == stray
    assert [(error.code, error.path) for error in requested.errors] == [
        ("FEATURE_DISABLED", ("orderIds", "2")),
        ("NOT_FOUND", ("orderIds", "3")),
    ]
    assert simulated.asked[1] == {"cursor": None, "orders": ["SO-1", "SO-2"]}
    assert (await results(shop))[2:] == [
        ("STATUS", "SO-1", "SUCCEEDED", None),
        ("STATUS", "SO-2", "SKIPPED", "NOT_FOUND"),
    ]
    assert await shop.value("SELECT cursor FROM store_connections") == "7"


async def test_pages_are_fetched_until_there_is_no_more(shop: Shop) -> None:
    pages: list[dict[str, Any]] = [
        {"orders": [order("SO-1", TEA=1)], "cursor": "1", "more": True},
        {"orders": [order("SO-2", TEA=1)], "cursor": "2", "more": True},
        {"orders": [order("SO-3", TEA=1)], "cursor": "3"},
    ]
    async with marketplace(*pages) as simulated:
        await synchronized(shop, await connected(shop, "WEB", address=simulated.address))

    assert [asked["cursor"] for asked in simulated.asked] == [None, "1", "2"]
    assert [subject for _, subject, _, _ in await results(shop)] == ["SO-1", "SO-2", "SO-3"]


async def test_a_delivery_whose_worker_was_killed_before_the_results_were_kept_is_applied_once(
    shop: Shop,
) -> None:
    async with marketplace({"orders": [order("SO-1", TEA=1)]}) as simulated:
        store = await connected(shop, "WEB", address=simulated.address)
        requested = await synchronize_stores(shop.command(), store_ids=[store])
        (synchronization,) = requested.synchronization_ids
        killed = SynchronizationHandle(
            database=shop.database,
            client_id=shop.client_id,
            synchronization_id=synchronization,
            holder="killed",
        )
        claimed = await claim_synchronization(killed, now=NOW)
        assert claimed is not None
        # Another one has taken it over by the time this one would keep its results.
        await shop.write("UPDATE synchronizations SET lease_until = now() - interval '1 second'")
        assert await carried_out(shop, synchronization) is Outcome.COMPLETED
        with pytest.raises(LeaseLostError):
            await apply_delivery(killed, claimed, body=b"{}", now=NOW)

    assert await results(shop) == [("ORDER", "SO-1", "SUCCEEDED", None)]


async def test_what_the_marketplace_before_says_is_not_held_for_the_one_that_is_connected_by_then(
    shop: Shop,
) -> None:
    store = await connected(shop, "WEB", address="https://before.example/")
    (synchronization,) = (await synchronize_stores(shop.command(), store_ids=[store])).synchronization_ids
    handle = SynchronizationHandle(
        database=shop.database, client_id=shop.client_id, synchronization_id=synchronization, holder="first"
    )
    claimed = await claim_synchronization(handle, now=NOW)
    assert claimed is not None
    # Its answer is on its way when the store moves.
    await connected(shop, "WEB", address="https://after.example/")
    connection = "SELECT cursor, last_success_at, failures, last_error FROM store_connections"

    body = json.dumps({"orders": [order("SO-1", TEA=1)], "cursor": "before's"}).encode()
    await apply_delivery(handle, claimed, body=body, now=NOW)
    assert await shop.tuples(connection) == [(None, None, 0, None)]
    await note_failure(handle, claimed, failure="It answered with the status 500.", now=NOW)

    assert await shop.tuples(connection) == [(None, None, 0, None)]
    # What it had was the store's all the same; the one that is connected now is asked next.
    assert await results(shop) == [("ORDER", "SO-1", "SUCCEEDED", None)]
    again = await claim_synchronization(replace(handle, holder="second"), now=NOW)
    assert again is not None
    assert again.marketplace is not None
    assert (again.marketplace.address, again.cursor) == ("https://after.example/", None)


async def test_a_store_is_synchronized_by_one_worker_at_a_time(shop: Shop) -> None:
    async with marketplace("slow") as simulated:
        store = await connected(shop, "WEB", address=simulated.address)
        await shop.order("SO-1", TEA=1)
        first = (await synchronize_stores(shop.command(), store_ids=[store])).synchronization_ids[0]
        slow = asyncio.create_task(carried_out(shop, first, seconds=600))

        async def asked() -> bool:
            return bool(simulated.asked)

        await eventually(asked)
        second = (await synchronize_stores(shop.command(), store_ids=[store])).synchronization_ids[0]
        assert second != first
        assert await waiting_synchronizations(database=shop.database, now=datetime.now(UTC)) == []
        assert await carried_out(shop, second) is Outcome.NOT_OURS
        slow.cancel()
        await asyncio.wait([slow])


async def test_disconnecting_calls_off_what_waits(shop: Shop) -> None:
    store = await connected(shop, "WEB", address="https://market.example/")
    await synchronize_stores(shop.command(), store_ids=[store])
    await remove_store_connection(shop.command(), store_id=store)

    assert await last(shop) == ("FAILED", 0, "The store was disconnected.")
    assert await shop.rows("SELECT 1 FROM store_connections") == []
