"""Databases of the benchmarks' own: made, cloned, and dropped again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from redis import Redis

from cli.embedded.servers import databases
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate


class NoServerError(Exception):
    """A benchmark needs a server that is not there; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program works: a database, and a Redis that no other database shares."""

    url: str
    redis_url: str


class Servers:
    """A PostgreSQL, told by its URL, and the databases of a Redis that were empty."""

    def __init__(self, postgres_url: str, redis_urls: list[str]) -> None:
        self.postgres_url = postgres_url
        self._free_redis = redis_urls

    @asynccontextmanager
    async def new_database(self) -> AsyncIterator[Place]:
        """A database with every table and no row, dropped after the block."""
        async with self._made("") as place:
            database = await Database.open(place.url)
            await migrate(database)
            await database.close()
            yield place

    @asynccontextmanager
    async def clone(self, original: Place) -> AsyncIterator[Place]:
        """A copy of a database that nobody is connected to, dropped after the block."""
        name = urlsplit(original.url).path.lstrip("/")
        async with self._made(f'TEMPLATE "{name}" STRATEGY file_copy') as place:
            yield place

    @asynccontextmanager
    async def _made(self, how: str) -> AsyncIterator[Place]:
        name = f"backfill_bench_{token_hex(4)}"
        administrator = await asyncpg.connect(self.postgres_url)
        try:
            await administrator.execute(f'CREATE DATABASE "{name}" {how}')
            try:
                # As our own connections have it: nobody's plans shall be worse for what we know of disks.
                await administrator.execute(f'ALTER DATABASE "{name}" SET random_page_cost = 1.1')
                await administrator.execute(f'ALTER DATABASE "{name}" SET jit = off')
                # What a copy has left to write must not be written while somebody is timed.
                await administrator.execute("CHECKPOINT")
                with self._redis() as redis_url:
                    yield Place(urlunsplit(urlsplit(self.postgres_url)._replace(path=f"/{name}")), redis_url)
            finally:
                await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            await administrator.close()

    @contextmanager
    def _redis(self) -> Iterator[str]:
        """An empty Redis database: events and jobs of one database mean nothing to another."""
        if not self._free_redis:
            raise NoServerError("Redis has no empty database left; name another one in BACKFILL_REDIS_URL.")
        url = self._free_redis.pop()
        try:
            yield url
        finally:
            with Redis.from_url(url) as client:
                client.flushdb()
            self._free_redis.append(url)


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """The servers of BACKFILL_DATABASE_URL and BACKFILL_REDIS_URL, else embedded ones with data in `folder`.

    Raises NoServerError.
    """
    with databases(Settings().model_copy(update={"data_dir": folder}), redis=True) as settings:
        if settings.redis_url is None:
            raise NoServerError(
                "The benchmarks run several processes, which need one Redis: install redis-server or "
                "valkey-server, or set BACKFILL_REDIS_URL."
            )
        yield Servers(settings.postgresql_url(), _empty_databases(settings.redis_url.get_secret_value()))


def _empty_databases(url: str) -> list[str]:
    found = []
    for number in range(15, 0, -1):
        candidate = f"{url}?db={number}" if "?" not in url else f"{url}&db={number}"
        with Redis.from_url(candidate) as client:
            if client.dbsize() == 0:
                found.append(candidate)
    return found
