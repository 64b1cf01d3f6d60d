"""Connections to the Redis that BACKFILL_REDIS_URL names: one server, or the primary that Sentinels know.

`redis+sentinel://user:password@one:26379,two:26379/mymaster/0` asks the Sentinels, each time a connection
is made, who the primary of `mymaster` is. So a failover is an outage of seconds, after which connections
lead to the new primary. User and password are those of Redis.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import ConnectionPool
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
