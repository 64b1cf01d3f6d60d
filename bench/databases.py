"""Databases of the benchmarks' own: made, cloned, and dropped again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from pydantic import SecretStr
from redis import Redis

from cli.embedded.servers import databases
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate


class NoServerError(Exception):
    """A benchmark needs a server that is not there; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL and a Redis, told by their URLs; the Redis is emptied."""

    postgres_url: str
    redis_url: str

    def url_of(self, name: str) -> str:
        """The URL of the database `name`."""
        return urlunsplit(urlsplit(self.postgres_url)._replace(path=f"/{name}"))

    def forget_events(self) -> None:
        """Empty Redis: events and jobs of one database mean nothing to the next."""
        with Redis.from_url(self.redis_url) as client:
            client.flushdb()

    @asynccontextmanager
    async def new_database(self) -> AsyncIterator[str]:
        """The URL of a database with every table and no row, dropped after the block."""
        name = f"backfill_bench_{token_hex(4)}"
        async with self._administrator() as administrator:
            await administrator.execute(f'CREATE DATABASE "{name}"')
            try:
                database = await Database.open(self.url_of(name))
                await migrate(database)
                await database.close()
                yield self.url_of(name)
            finally:
                await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def clone(self, url: str) -> AsyncIterator[str]:
        """The URL of a copy of a database that nobody is connected to, dropped after the block."""
        name = f"backfill_bench_{token_hex(4)}"
        original = urlsplit(url).path.lstrip("/")
        async with self._administrator() as administrator:
            await administrator.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}" STRATEGY file_copy')
            try:
                # What the copy has left to write must not be written while somebody is timed.
                await administrator.execute("CHECKPOINT")
                yield self.url_of(name)
            finally:
                await administrator.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def _administrator(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        administrator = await asyncpg.connect(self.postgres_url)
        try:
            yield administrator
        finally:
            await administrator.close()


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """The servers of BACKFILL_DATABASE_URL and BACKFILL_REDIS_URL, else embedded ones with data in `folder`.

    Raises NoServerError.
    """
    told = Settings().model_copy(update={"data_dir": folder})
    with databases(told, redis=True) as settings:
        if settings.redis_url is None:
            raise NoServerError(
                "The benchmarks run several processes, which need one Redis: install redis-server or "
                "valkey-server, or set BACKFILL_REDIS_URL."
            )
        redis_url = settings.redis_url.get_secret_value()
        if told.redis_url is not None:
            redis_url = _unused_database(redis_url)
        yield Servers(settings.postgresql_url(), redis_url)


def settings_for(database_url: str, servers: Servers) -> Settings:
    """Settings of a program on this database."""
    return Settings().model_copy(
        update={"database_url": SecretStr(database_url), "redis_url": SecretStr(servers.redis_url)}
    )


def _unused_database(url: str) -> str:
    for number in range(15, 0, -1):
        candidate = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
        with Redis.from_url(candidate) as client:
            if client.dbsize() == 0:
                return candidate
    raise NoServerError("No database of BACKFILL_REDIS_URL is empty; name another Redis.")
