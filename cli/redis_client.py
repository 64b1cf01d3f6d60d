"""A client of Redis for a process that serves or works: of a server, or of a Redis inside the process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from redis.asyncio import Redis

from domain.settings import Settings
from jobs.redis_pools import RedisClient, connection_pool


@asynccontextmanager
async def redis_client(settings: Settings) -> AsyncIterator[Redis]:
    """A client of Redis."""
    url = settings.redis_url
    # What plays Redis inside the process is imported by nobody who has a server.
    client: Redis = (
        import_module("fakeredis").FakeAsyncRedis()
        if url is None
        else RedisClient.from_pool(connection_pool(url.get_secret_value()))
    )
    try:
        yield client
    finally:
        await client.aclose()
