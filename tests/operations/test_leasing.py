"""Work in chunks lets others have what it locks, between any two of them."""

from __future__ import annotations

import asyncio

import pytest

from domain.operations.leasing import giving_way
from domain.store import locks
from domain.store.database import Connection
from tests.builders import Shop
from tests.runs import lock_awaited

pytestmark = pytest.mark.anyio


async def test_who_waits_for_a_chunks_pool_has_it_before_the_next_chunk_asks(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.operations.leasing._GIVE_WAY_SECONDS", 1)
    pool = await shop.id_of("distribution_centers", "MAIN")
    had = asyncio.Event()

    async def lock(sql: Connection) -> None:
        await locks.lock_pools(sql, client_id=shop.client_id, distribution_center_ids=[pool])

    async def somebody() -> None:
        async with shop.database.transaction(shop.client_id) as transaction:
            await lock(transaction.sql)
            had.set()

    async with giving_way(shop.database, shop.client_id) as transaction:
        await lock(transaction.sql)
        waiting = asyncio.create_task(somebody())
        await lock_awaited(shop)
        assert not had.is_set()
    assert had.is_set()
    await waiting


async def test_where_nobody_waits_there_is_no_pause(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.operations.leasing._GIVE_WAY_SECONDS", 3600)
    pool = await shop.id_of("distribution_centers", "MAIN")
    async with asyncio.timeout(60), giving_way(shop.database, shop.client_id) as transaction:
        await locks.lock_pools(transaction.sql, client_id=shop.client_id, distribution_center_ids=[pool])
        assert not await locks.is_waited_for(transaction.sql)
