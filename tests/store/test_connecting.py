"""Connections to PostgreSQL: which host they go to, and what ends those that would be waited on in vain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from domain.settings import Settings
from domain.store.connecting import Limits, addresses
from domain.store.database import DATABASE_IS_AWAY, Database
from domain.store.lending import Line
from tests.cuttable import Way, cuttable_postgresql

pytestmark = pytest.mark.anyio

BRIEF = Limits(statement=1.0, lock=0.5, idle_in_transaction=1.0)


@pytest.fixture
async def brief(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """A database whose connections have little patience; it is PostgreSQL that keeps the limits."""
    monkeypatch.setattr("domain.store.connecting._MARGIN_SECONDS", 60.0)
    opened = await Database.open(settings.postgresql_url(), max_size=4, limits=BRIEF)
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def behind_a_proxy(
    settings: Settings, limits: Limits | None = None
) -> AsyncIterator[tuple[Database, Way]]:
    async with cuttable_postgresql(settings.postgresql_url()) as (way, url):
        opened = await Database.open(url, max_size=4, limits=limits)
        try:
            yield opened, way
        finally:
            way.cut()
            await opened.close()


@pytest.mark.parametrize("savepoint", [False, True])
async def test_a_transaction_that_is_given_up_does_not_wait_for_a_server_gone_silent(
    settings: Settings, database: Database, savepoint: bool
) -> None:
    async def mutate(opened: Database, way: Way, limit: asyncio.Timeout) -> None:
        async with opened.transaction_across_clients() as transaction:
            await transaction.sql.fetchval("SELECT 1")
            way.silent = True
            limit.reschedule(asyncio.get_running_loop().time() + 0.3)
            if savepoint:
                async with transaction.sql.transaction():
                    await transaction.sql.fetchval("SELECT 2")
            await transaction.sql.fetchval("SELECT 3")

    async with behind_a_proxy(settings) as (opened, way):
        async with asyncio.timeout(60):
            with pytest.raises(DATABASE_IS_AWAY):
                async with asyncio.timeout(None) as limit:
                    await mutate(opened, way, limit)
        way.silent = False
        async with asyncio.timeout(60), opened.transaction_across_clients() as transaction:
            assert await transaction.sql.fetchval("SELECT 4") == 4


async def test_a_statement_that_nobody_gives_up_is_given_up_by_its_limit(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.store.connecting._MARGIN_SECONDS", 0.3)

    async def ask(opened: Database, way: Way) -> None:
        async with opened.transaction_across_clients() as transaction:
            way.silent = True
            await transaction.sql.fetchval("SELECT 1")

    async with behind_a_proxy(settings, BRIEF) as (opened, way):
        async with asyncio.timeout(60):
            with pytest.raises(DATABASE_IS_AWAY):
                await ask(opened, way)


async def test_a_commit_is_never_cancelled_and_its_connection_is_cut_instead(
    settings: Settings, database: Database
) -> None:
    async def commit(opened: Database, way: Way, limit: asyncio.Timeout) -> None:
        async with opened.transaction_across_clients() as transaction:
            await transaction.sql.execute("SELECT pg_current_xact_id()")
            way.silent = True
            limit.reschedule(asyncio.get_running_loop().time() + 0.3)

    async with behind_a_proxy(settings) as (opened, way):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(None) as limit:
                await commit(opened, way, limit)
        # Nobody was asked to cancel anything, which takes a connection of its own.
        assert way.taken == 1
        assert opened.pool().open == 0


async def test_statements_locks_and_pauses_have_limits(brief: Database, database: Database) -> None:
    with pytest.raises(asyncpg.QueryCanceledError):
        async with brief.connection_across_clients() as sql:
            await sql.execute("SELECT pg_sleep(60)")
    async with database.transaction_across_clients() as holder:
        await holder.sql.execute("LOCK TABLE clients")
        with pytest.raises(asyncpg.LockNotAvailableError):
            async with brief.connection_across_clients() as sql:
                await sql.execute("SELECT FROM clients")
    with pytest.raises(DATABASE_IS_AWAY):
        await _pausing(brief)
    # A migration, or who holds an advisory lock, has no limits.
    guard = await brief.dedicated_connection()
    assert await guard.fetchval("SHOW statement_timeout") == "0"
    await guard.close()


async def _pausing(opened: Database) -> None:
    async with opened.transaction_across_clients() as transaction:
        await asyncio.sleep(1.5)
        await transaction.sql.execute("SELECT 1")


async def test_of_several_hosts_the_one_is_used_that_takes_writes(
    settings: Settings, database: Database
) -> None:
    async with (
        cuttable_postgresql(settings.postgresql_url()) as (dead, _),
        cuttable_postgresql(settings.postgresql_url()) as (
            alive,
            url,
        ),
    ):
        dead.silent = True
        parts = urlsplit(url)
        several = parts._replace(netloc=f"postgres@127.0.0.1:{dead.port},127.0.0.1:{alive.port}")
        opened = await Database.open(urlunsplit(several))
        try:
            async with opened.connection_across_clients() as sql:
                assert await sql.fetchval("SELECT pg_is_in_recovery()") is False
        finally:
            await opened.close()
        standby = several._replace(query="target_session_attrs=standby")
        dead.cut()
        with pytest.raises(ConnectionError, match="none of 2 PostgreSQL hosts"):
            await Database.open(urlunsplit(standby))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://db/name", [("db", 5432)]),
        ("postgresql://me:secret@db:5433/name", [("db", 5433)]),
        ("postgresql://a:1,b,c:3/name", [("a", 1), ("b", 5432), ("c", 3)]),
        # Newer Pythons take an IPv6 address between others for none in a URL's own place.
        ("postgresql:///name?host=a,[::1]&port=1,3", [("a", 1), ("::1", 3)]),
        ("postgresql:///name?host=/run/postgresql", [("/run/postgresql", 5432)]),
        ("postgresql:///name?host=a,b&port=1,2", [("a", 1), ("b", 2)]),
    ],
)
def test_hosts_of_a_url(url: str, found: list[tuple[str, int]]) -> None:
    parts = urlsplit(url)
    assert addresses(parts, dict(parse_qsl(parts.query))) == found


async def test_behind_somebody_who_waited_in_vain_nobody_waits() -> None:
    line = Line("nothing", seconds=0.05)
    never = asyncio.Event()
    with pytest.raises(TimeoutError):
        await line.wait(never.wait)
    probing = asyncio.create_task(line.wait(never.wait))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError, match="too many wait for nothing"):
        await line.wait(never.wait)
    never.set()
    assert await probing
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(line.wait(lambda: asyncio.sleep(0.01)))


async def test_times_are_what_they_were_however_the_database_writes_dates(settings: Settings) -> None:
    times = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, 0, 100_000, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    elsewhere = times[2].astimezone(ZoneInfo("Asia/Kathmandu"))
    administrator = await asyncpg.connect(settings.postgresql_url())
    name = await administrator.fetchval("SELECT quote_ident(current_database())")
    await administrator.execute(f"ALTER DATABASE {name} SET datestyle = 'German, DMY'")
    try:
        database = await Database.open(settings.postgresql_url())
        async with database.connection_across_clients() as sql:
            assert await sql.fetchval("SELECT $1::timestamptz[]", [*times, None]) == [*times, None]
            for time in times:
                assert await sql.fetchval("SELECT $1::timestamptz", time) == time
            assert (await sql.fetchval("SELECT $1::timestamptz", elsewhere)).isoformat() == times[
                2
            ].isoformat()
        await database.close()
    finally:
        await administrator.execute(f"ALTER DATABASE {name} RESET datestyle")
        await administrator.close()
