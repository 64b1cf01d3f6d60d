"""Asking for synchronizations: by hand, by timer, and as an action of a bulk operation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from domain.operations.command import Work
from domain.operations.load_sales_orders import load_sales_orders
from domain.operations.retention import expire_synchronizations
from domain.operations.synchronizations import (
    start_due_synchronizations,
    synchronize,
    synchronize_stores,
    waiting_synchronizations,
)
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import ConnectorKind
from domain.store import locks
from tests.builders import NOW, Shop, sales_order
from tests.marketplace import connected
from tests.operations.expecting import audited

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C5")]

ADDRESS = "https://market.example/"
REQUESTED = """
SELECT store.code, work.requested_by, work.order_numbers::text FROM synchronizations AS work
JOIN stores AS store ON store.client_id = work.client_id AND store.id = work.store_id ORDER BY work.id
"""


async def order_of(shop: Shop, number: str, store: str | None) -> int:
    """An order that came from the store; its id."""
    await shop.sku("TEA")
    order = structs.replace(sales_order(number, TEA=1), store_code=store)
    loaded = await load_sales_orders(shop.command(), sales_orders=[order])
    (order_id,) = loaded.order_ids
    return order_id


async def test_the_timer_asks_every_store_that_is_due_once_however_often_it_looks(shop: Shop) -> None:
    await connected(shop, "WEB", address=ADDRESS)
    await connected(shop, "PUSHED", kind=ConnectorKind.PUSH)
    await connected(shop, "PAUSED", address=ADDRESS, enabled=False)
    for now in (NOW, NOW, NOW + timedelta(seconds=299), NOW + timedelta(seconds=301)):
        await start_due_synchronizations(database=shop.database, now=now)

    # The first is still waiting: another one would find no more.
    assert await shop.tuples(REQUESTED) == [("WEB", "schedule", None)]
    due = await shop.tuples("SELECT next_due_at FROM store_connections ORDER BY id")
    assert due == [(NOW + timedelta(seconds=601),), (None,), (None,)]


async def test_asking_twice_before_a_worker_has_begun_is_asking_once(shop: Shop) -> None:
    store = await connected(shop, "WEB", address=ADDRESS)
    first = await synchronize_stores(shop.command(), store_ids=[store, store])
    second = await synchronize_stores(shop.command(), store_ids=[store])

    assert first.synchronization_ids == second.synchronization_ids
    assert (first.joined_ids, second.joined_ids) == ([], first.synchronization_ids)
    assert [action for action, *_ in await audited(shop) if action.startswith("SYNCHRONIZATION")] == [
        "SYNCHRONIZATION_REQUESTED",
        "SYNCHRONIZATION_JOINED",
    ]
    assert len(await waiting_synchronizations(database=shop.database, now=NOW)) == 1


async def test_orders_are_asked_for_store_by_store_and_those_of_no_connected_store_are_refused(
    shop: Shop,
) -> None:
    for store in ("WEB", "SHOP"):
        await connected(shop, store, address=ADDRESS)
    await shop.store("ALONE")
    await connected(shop, "PUSHED", kind=ConnectorKind.PUSH)
    stores = ("WEB", "SHOP", "WEB", "ALONE", "PUSHED", None)
    ids = [await order_of(shop, f"SO-{place}", store) for place, store in enumerate(stores)]

    async with shop.database.transaction_across_clients() as transaction:
        work = Work(sql=transaction.sql, authority=shop.authority, now=NOW, cause="bulkOperation")
        locked = await locks.lock_orders(transaction.sql, client_id=shop.client_id, order_ids=ids)
        refusals = await synchronize(work, locked)

    assert {order_id: refusal.code for order_id, refusal in refusals.items()} == dict.fromkeys(
        ids[3:], ErrorCode.FEATURE_DISABLED
    )
    assert await shop.tuples(REQUESTED) == [
        ("WEB", "ada", '["SO-0", "SO-2"]'),
        ("SHOP", "ada", '["SO-1"]'),
    ]


async def test_a_store_that_waits_for_its_marketplace_holds_up_no_other(shop: Shop) -> None:
    stores = [await connected(shop, store, address=ADDRESS) for store in ("WEB", "SHOP")]
    await synchronize_stores(shop.command(), store_ids=stores)
    later = NOW + timedelta(minutes=1)
    await shop.write(
        "UPDATE store_connections SET failures = 1, retry_at = $1 WHERE store_id = $2", later, stores[0]
    )

    async def waiting_at(now: timedelta) -> list[int]:
        found = await waiting_synchronizations(database=shop.database, now=NOW + now)
        return [work.synchronization_id for work in found]

    assert await waiting_at(timedelta(seconds=59)) == [2]
    assert await waiting_at(timedelta(seconds=60)) == [1, 2]


async def test_what_ended_long_ago_is_forgotten_with_its_results(shop: Shop) -> None:
    store = await connected(shop, "WEB", address=ADDRESS)
    await synchronize_stores(shop.command(), store_ids=[store])
    await shop.write("UPDATE synchronizations SET status = 'COMPLETED', finished_at = $1", NOW)
    await shop.write(
        "INSERT INTO synchronization_rows VALUES ($1, 1, 1, 'ORDER', 'SO-1', 'SUCCEEDED')", shop.client_id
    )

    keep = timedelta(days=30)
    await expire_synchronizations(database=shop.database, now=NOW + keep, keep=keep)
    assert len(await shop.rows("SELECT 1 FROM synchronization_rows")) == 1
    after = NOW + keep + timedelta(seconds=1)
    await expire_synchronizations(database=shop.database, now=after, keep=keep)
    assert await shop.rows("SELECT 1 FROM synchronization_rows") == []
