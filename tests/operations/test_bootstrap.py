"""The first client and its token."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from domain.bootstrap import DEMO, authenticate, ensure_demo_client, find_clients
from domain.ports import Authority
from domain.settings import Settings
from domain.store.connecting import Limits
from domain.store.database import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


async def test_a_first_start_that_is_interrupted_leaves_no_client_without_a_token(
    settings: Settings, database: Database
) -> None:
    limits = Limits(statement=10, lock=0.2, idle_in_transaction=10)
    impatient = await Database.open(settings.postgresql_url(), limits=limits)
    try:
        async with database.transaction_across_clients() as other:
            await other.sql.execute("LOCK TABLE api_tokens IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await ensure_demo_client(impatient, token="the-first-token", now=NOW)
        assert await find_clients(database) == []

        await ensure_demo_client(impatient, token="the-first-token", now=NOW)
        await ensure_demo_client(impatient, token="another-token", now=NOW)
    finally:
        await impatient.close()

    (client,) = await find_clients(database)
    opened = await authenticate(database, token="the-first-token", now=NOW, source=None)
    other_token = await authenticate(database, token="another-token", now=NOW, source=None)
    assert isinstance(opened, Authority)
    assert (client.code, opened.client_id) == (DEMO, client.id)
    assert not isinstance(other_token, Authority)


async def test_of_processes_that_start_at_the_same_time_one_makes_the_client_and_none_fails(
    database: Database,
) -> None:
    await asyncio.gather(*(ensure_demo_client(database, token="the-first-token", now=NOW) for _ in range(5)))

    (client,) = await find_clients(database)
    opened = await authenticate(database, token="the-first-token", now=NOW, source=None)
    assert isinstance(opened, Authority)
    assert (client.code, opened.client_id) == (DEMO, client.id)
