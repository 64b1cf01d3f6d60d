"""Real databases for the tests.

PostgreSQL: BACKFILL_TEST_DATABASE_URL or BACKFILL_DATABASE_URL when set, else an embedded one in a temporary
folder. The tests make one database on it, migrate it, and empty it before every test that asks for it.

Redis: BACKFILL_TEST_REDIS_URL (it is emptied), an unused database of BACKFILL_REDIS_URL, a private server
when one is on the PATH, else one inside the process.

Every worker of pytest-xdist is a session of its own, with databases of its own.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr
from redis.asyncio import Redis

from cli.embedded.servers import databases
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate
from tests.builders import Shop
from tests.kept_database import KeptDatabase
from tests.new_database import new_database
from tests.redis_claim import unused_database

# The machines that run this are shared: what a single example takes, or how long it is to make, says nothing.
hypothesis_settings.register_profile("backfill", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# What a broken rule is broken by need not be the smallest example, nor a new one each time.
hypothesis_settings.register_profile(
    "mutation",
    parent=hypothesis_settings.get_profile("backfill"),
    derandomize=True,
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
)
hypothesis_settings.load_profile(os.environ.get("BACKFILL_TEST_PROFILE", "backfill"))


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """One event loop for all tests, of the kind the program runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Whoever waits for a connection is not told to come again because the machine's disk stands still."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("domain.store.database._WAIT_SECONDS", 60.0)
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[Settings]:
    """Settings that name a PostgreSQL and, unless Redis has to be inside the process, a Redis for tests."""
    database_url = os.environ.get("BACKFILL_TEST_DATABASE_URL") or os.environ.get("BACKFILL_DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="backfill-tests-") as folder, ExitStack() as stack:
        redis_url = _redis_url(stack)
        told = Settings(
            database_url=SecretStr(database_url) if database_url else None,
            redis_url=SecretStr(redis_url) if redis_url else None,
            data_dir=Path(folder),
            bootstrap_token=None,
        )
        yield stack.enter_context(databases(told, redis=True, durable=False))


def _redis_url(stack: ExitStack) -> str | None:
    """Where the Redis of this session is, for as long as the stack; None: there is none yet."""
    emptied, shared = os.environ.get("BACKFILL_TEST_REDIS_URL"), os.environ.get("BACKFILL_REDIS_URL")
    if emptied and os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        return emptied
    # There is one that may be emptied; other workers find theirs beside it.
    server = emptied or shared
    return stack.enter_context(unused_database(server)) if server else None


@pytest.fixture(scope="session")
async def migrated(servers: Settings) -> AsyncIterator[Settings]:
    """Settings that name a database with every table, made for this session and dropped after it."""
    async with new_database(servers) as told:
        database = await Database.open(told.postgresql_url())
        await migrate(database)
        await database.close()
        yield told


@pytest.fixture(scope="session")
async def kept(migrated: Settings) -> AsyncIterator[KeptDatabase]:
    """The migrated database, between tests."""
    database = await KeptDatabase.open(migrated.postgresql_url())
    yield database
    await database.close()


@pytest.fixture
async def settings(migrated: Settings, kept: KeptDatabase) -> Settings:
    """Settings of a program on empty databases, and with a data folder of its own."""
    return await _emptied(migrated, kept)


@pytest.fixture(scope="module")
async def module_settings(migrated: Settings, kept: KeptDatabase) -> Settings:
    """The same for all tests of a module, none of which may ask for `settings`."""
    return await _emptied(migrated, kept)


async def _emptied(migrated: Settings, kept: KeptDatabase) -> Settings:
    """Empty the databases.

    The folder is not pytest's: that shuts its own to everybody else whenever a session starts, and the
    embedded PostgreSQL of root is somebody else.
    """
    await kept.empty()
    if migrated.redis_url is not None:
        # Events and jobs of an earlier test would be those of other orders with the same ids.
        async with Redis.from_url(migrated.redis_url.get_secret_value()) as client:
            await client.flushdb()
    return migrated.model_copy(update={"data_dir": migrated.data_dir / secrets.token_hex(4)})


@pytest.fixture
async def database(settings: Settings, kept: KeptDatabase) -> AsyncIterator[Database]:
    """An open database with every table and no row."""
    async with kept.lent() as lent:
        yield lent


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A client with a distribution center, and nothing else."""
    return await Shop.open(database)


@pytest.fixture
async def other(database: Database) -> Shop:
    """Another client like it."""
    return await Shop.open(database, "OTHER")


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
