"""Connections to the Redis that BACKFILL_REDIS_URL names: one server, or the primary that Sentinels know.

`redis+sentinel://user:password@one:26379,two:26379/mymaster/0` asks the Sentinels, each time a connection
is made, who the primary of `mymaster` is. So a failover is an outage of seconds, after which connections
lead to the new primary. User and password are those of Redis.

Clients made here give back every connection that they take, also when Redis goes silent under a pipeline.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from arq import ArqRedis
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

SENTINEL = "redis+sentinel"

_SENTINEL_PORT = 26379
_SENTINEL_SECONDS = 1.0
"""How long one Sentinel may take before the next one is asked."""


def connection_pool(url: str, **options: Any) -> ConnectionPool:
    """A pool of connections to `url`; `options` are those of a redis-py connection."""
    if urlsplit(url).scheme == SENTINEL:
        return _primary_of(url, options)
    return ConnectionPool.from_url(url, **options)


class ClosingPipeline(Pipeline):
    """A pipeline that gives its connection back however it ends.

    redis-py says UNWATCH first, connecting anew for that, and whatever but a reset befalls it then (silence,
    a timeout, RuntimeError of uvloop) leaves the connection taken for ever, or open until it is collected.
    """

    async def reset(self) -> None:
        """Forget commands and watched keys; the connection goes back to the pool."""
        if self.connection is not None and not self.connection.is_connected:
            # What it watched has ended with it.
            self.watching = False
        try:
            await super().reset()  # type: ignore[no-untyped-call]
        finally:
            if (left := self.connection) is not None:
                self.connection = None
                await left.disconnect(nowait=True)
                await self.connection_pool.release(left)


class RedisClient(Redis):
    """redis-py's client, with pipelines that give their connection back."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """A new pipeline."""
        return ClosingPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class ArqClient(ArqRedis):
    """arq's client, with the same pipelines."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """A new pipeline."""
        return ClosingPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _PrimaryPool(SentinelConnectionPool):
    """Connections to whoever is the primary; those to the Sentinels are closed with them."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        await super().disconnect(inuse_connections)
        for sentinel in self.sentinel_manager.sentinels:
            await sentinel.aclose()


def _primary_of(url: str, options: dict[str, Any]) -> ConnectionPool:
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    service, _, number = parts.path.strip("/").partition("/")
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [_address(host) for host in hosts.split(",")],
        sentinel_kwargs={
            "socket_timeout": _SENTINEL_SECONDS,
            "socket_connect_timeout": _SENTINEL_SECONDS,
        },
    )
    return _PrimaryPool(  # type: ignore[no-untyped-call]
        service,
        sentinel,
        username=unquote(user) or None,
        password=unquote(password) or None,
        db=int(number or 0),
        **options,
    )


def _address(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    return parts.hostname or "localhost", parts.port or _SENTINEL_PORT
