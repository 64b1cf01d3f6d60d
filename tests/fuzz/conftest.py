"""The application as it is served, and what watches it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from api.app import create_app
from domain.rules.vocabulary import ConnectorKind
from domain.settings import Settings
from domain.store.database import Database
from jobs.queue import ArqJobs, arq_redis
from tests.api.transport.serving import Server, server_of
from tests.builders import Shop
from tests.fuzz.values import LARGEST
from tests.fuzz.watching import Log, Watch, watched_log
from tests.marketplace import connected
from tests.relaying import relaying


@pytest.fixture
def log() -> Iterator[Log]:
    """What is logged during a test."""
    with watched_log() as watched:
        yield watched


@pytest.fixture
async def server(settings: Settings, database: Database, redis: Redis, log: Log) -> AsyncIterator[Server]:
    """The running application with its own schema, whose largest message is small; events are relayed."""
    told = settings.model_copy(update={"body_bytes": LARGEST})
    app = create_app(told, database=database, redis=redis, jobs=ArqJobs(arq_redis(redis)))
    async with relaying(database, redis), server_of(app, told, database) as running:
        yield running


@pytest.fixture
async def shop(server: Server) -> Shop:
    """What the caller's client has: stock, an order, a store whose marketplace pushes."""
    shop = Shop(server.database, server.client.id)
    await shop.distribution_center("MAIN")
    await shop.stock(TEA=5)
    await shop.order("SO-1", TEA=3)
    await connected(shop, "WEB", kind=ConnectorKind.PUSH)
    return shop


@pytest.fixture
async def watch(server: Server, shop: Shop, log: Log) -> Watch:
    """What the application holds, and logs."""
    assert (await server.query("{ client { code } }")).status_code == 200
    return Watch(server, log)
