"""Real databases for the tests.

PostgreSQL: BACKFILL_TEST_DATABASE_URL or BACKFILL_DATABASE_URL when set, else an embedded one in a temporary
folder. The tests make one database on it, migrate it, and empty it before every test that asks for it.

Redis: BACKFILL_TEST_REDIS_URL (it is emptied), an unused database of BACKFILL_REDIS_URL, a private server
when one is on the PATH, else one inside the process.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from cli.embedded.servers import databases
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate

# As freshly migrated: DELETE, because copying a database or TRUNCATE makes files and takes ten times
# as long, but for a table so full that what is deleted would be in the way; as a replica, because foreign
# keys and append-only tables would refuse. Connections that an earlier test left behind, as a killed
# worker does, would hold locks.
_EMPTY = """
DO $$
DECLARE
    name text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'
    LOOP
        IF pg_relation_size(name::regclass) < 4000000 THEN
            EXECUTE 'DELETE FROM ' || name;
        ELSE
            EXECUTE 'TRUNCATE ' || name || ' CASCADE';
        END IF;
    END LOOP;
    PERFORM setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences
        WHERE schemaname = 'public' AND sequencename NOT LIKE 'tortoise_%' AND last_value IS NOT NULL;
    INSERT INTO event_position DEFAULT VALUES;
END $$
"""

# The machines that run this are shared: what a single example takes says nothing.
hypothesis_settings.register_profile("backfill", deadline=None)
# What a broken rule is broken by need not be the smallest example, nor a new one each time.
hypothesis_settings.register_profile(
    "mutation", deadline=None, derandomize=True, max_examples=40, phases=[Phase.explicit, Phase.generate]
)
hypothesis_settings.load_profile(os.environ.get("BACKFILL_TEST_PROFILE", "backfill"))


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """One event loop for all tests, of the kind the program runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def servers() -> Iterator[Settings]:
    """Settings that name a PostgreSQL and, unless Redis has to be inside the process, a Redis for tests."""
    database_url = os.environ.get("BACKFILL_TEST_DATABASE_URL") or os.environ.get("BACKFILL_DATABASE_URL")
    redis_url = os.environ.get("BACKFILL_TEST_REDIS_URL")
    if not redis_url and (given := os.environ.get("BACKFILL_REDIS_URL")):
        redis_url = _unused_database(given)
    with tempfile.TemporaryDirectory(prefix="backfill-tests-") as folder:
        told = Settings(
            database_url=SecretStr(database_url) if database_url else None,
            redis_url=SecretStr(redis_url) if redis_url else None,
            data_dir=Path(folder),
            bootstrap_token=None,
        )
        with databases(told, redis=True, durable=False) as settings:
            yield settings


@pytest.fixture(scope="session")
async def migrated(servers: Settings) -> AsyncIterator[Settings]:
    """Settings that name a database with every table, made for this session and dropped after it."""
    name = f"backfill_test_{secrets.token_hex(4)}"
    administrator = await asyncpg.connect(servers.postgresql_url())
    try:
        await administrator.execute(f'CREATE DATABASE "{name}"')
        url = urlunsplit(urlsplit(servers.postgresql_url())._replace(path=f"/{name}"))
        database = await Database.open(url)
        await migrate(database)
        await database.close()
        yield servers.model_copy(update={"database_url": SecretStr(url)})
        await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await administrator.close()


@pytest.fixture
async def settings(migrated: Settings) -> Settings:
    """Settings of a program on empty databases, and with a data folder of its own."""
    return await _emptied(migrated)


@pytest.fixture(scope="module")
async def module_settings(migrated: Settings) -> Settings:
    """The same for all tests of a module, none of which may ask for `settings`."""
    return await _emptied(migrated)


async def _emptied(migrated: Settings) -> Settings:
    """Empty the databases.

    The folder is not pytest's: that shuts its own to everybody else whenever a session starts, and the
    embedded PostgreSQL of root is somebody else.
    """
    administrator = await asyncpg.connect(migrated.postgresql_url())
    try:
        await administrator.execute(_EMPTY)
    finally:
        await administrator.close()
    if migrated.redis_url is not None:
        # Events and jobs of an earlier test would be those of other orders with the same ids.
        async with Redis.from_url(migrated.redis_url.get_secret_value()) as client:
            await client.flushdb()
    return migrated.model_copy(update={"data_dir": migrated.data_dir / secrets.token_hex(4)})


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """An open database with every table and no row."""
    opened = await Database.open(settings.postgresql_url(), max_size=10, application_name="backfill-tests")
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def redis(servers: Settings) -> AsyncIterator[Redis]:
    """A client of an empty Redis."""
    if servers.redis_url is None:
        client: Redis = FakeAsyncRedis(server=FakeServer())
    else:
        client = Redis.from_url(servers.redis_url.get_secret_value())
    await client.flushdb()
    try:
        yield client
    finally:
        await client.flushdb()
        await client.aclose()


def _unused_database(url: str) -> str:
    """A database of the Redis at `url` that holds nothing; what others keep there is not touched."""
    for number in range(15, 0, -1):
        candidate = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        with BlockingRedis.from_url(candidate) as client:
            if client.dbsize() == 0:
                return candidate
    raise LookupError("no database of BACKFILL_REDIS_URL is empty; set BACKFILL_TEST_REDIS_URL")
