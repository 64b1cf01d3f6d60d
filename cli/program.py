"""What every command starts with: settings, logs, databases, an event loop, and errors a person can read."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import NoReturn, TypeVar

import structlog
import typer
import uvloop
from fakeredis import FakeAsyncRedis
from pydantic import ValidationError
from redis.asyncio import Redis
from rich.console import Console

from cli.embedded.errors import EmbeddedServerError
from cli.embedded.servers import databases
from cli.metrics_page import MetricsPortError
from cli.tracing import TracingNotInstalledError, traced
from domain.logs import configure_logs
from domain.rules.refusals import Refusal
from domain.settings import Settings
from domain.store.connecting import Limits
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS
from domain.store.migrate import MigrationBlockedError, MigrationRefusedError, migrate, pending
from jobs.redis_pools import connection_pool

Result = TypeVar("Result")

log = structlog.get_logger()

_SCHEMA_POLL_SECONDS = 2.0

console = Console(stderr=True, highlight=False)
"""For the person at the terminal; standard output is for what the next program reads."""


class CommandError(Exception):
    """A command can't do what was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running command: its settings, with a URL for each database, and which of them it embeds."""

    settings: Settings
    embeds_postgres: bool

    @property
    def redis_is_inside(self) -> bool:
        """Whether Redis is inside this process, so that no other process can share the work."""
        return self.settings.redis_url is None

    @asynccontextmanager
    async def database(self, *, name: str = "backfill-cli") -> AsyncIterator[Database]:
        """The database, open and current. Raises CommandError when somebody has to migrate it first."""
        async with self.any_database(name=name) as database:
            if not self.embeds_postgres and (missing := await pending(database)):
                raise CommandError(
                    f"The database lacks migrations ({', '.join(missing)}). Run: backfill migrate"
                )
            yield database

    @asynccontextmanager
    async def any_database(self, *, name: str, limits: Limits | None = None) -> AsyncIterator[Database]:
        """The database, open; brought up to date when it is embedded, else left as it is.

        `limits` say how long what is asked of it may take.
        """
        async with self.unmigrated_database(name=name, limits=limits) as database:
            if self.embeds_postgres:
                await migrate(database)
            yield database

    @asynccontextmanager
    async def unmigrated_database(
        self, *, name: str, limits: Limits | None = None
    ) -> AsyncIterator[Database]:
        """The database, open, as it is. `name` is what PostgreSQL shows of this connection."""
        database = await Database.open(
            self.settings.postgresql_url(),
            max_size=self.settings.database_pool_size,
            application_name=name,
            limits=limits,
        )
        try:
            yield database
        finally:
            await database.close()

    @asynccontextmanager
    async def replica(self, *, name: str) -> AsyncIterator[Database | None]:
        """The replica that reports are read from, open; None when they are read from the database itself."""
        if (url := self.settings.reports_database_url) is None:
            yield None
            return
        replica = await Database.open(
            url.get_secret_value(),
            max_size=self.settings.database_pool_size,
            application_name=name,
            limits=self.settings.request_limits(),
        )
        try:
            yield replica
        finally:
            await replica.close()

    async def schema_is_current(self, database: Database) -> None:
        """Return when the tables are what this version needs; somebody may be migrating them just now."""
        told = False
        while missing := await pending(database):
            if not told:
                log.warning("schema_not_current", missing=missing, remedy="run: backfill migrate")
                told = True
            await asyncio.sleep(_SCHEMA_POLL_SECONDS)

    @asynccontextmanager
    async def redis(self) -> AsyncIterator[Redis]:
        """A client of Redis."""
        url = self.settings.redis_url
        client: Redis = (
            FakeAsyncRedis() if url is None else Redis.from_pool(connection_pool(url.get_secret_value()))
        )
        try:
            yield client
        finally:
            await client.aclose()


def run(
    work: Callable[[Program], Awaitable[Result]],
    *,
    process: str,
    redis: bool = False,
    settings: Settings | None = None,
) -> Result:
    """Run `work` with databases and logs in place; errors end the program with a message and code 1.

    `process` names this process in its logs; `redis` says whether it needs Redis.
    """
    settings = settings or read_settings()
    # Until a command handles it by itself: unwind, so that embedded servers are stopped.
    signal.signal(signal.SIGTERM, _end_in_order)
    configure_logs(level=settings.log_level, form=settings.log_format, process=process)
    try:
        with traced(settings, process=process), databases(settings, redis=redis) as found:
            program = Program(settings=found, embeds_postgres=settings.database_url is None)
            return uvloop.run(_awaited(work, program))
    except (
        CommandError,
        EmbeddedServerError,
        MetricsPortError,
        MigrationRefusedError,
        MigrationBlockedError,
        TracingNotInstalledError,
    ) as error:
        fail(str(error))
    except Refusal as refusal:
        fail(refusal.message)
    except DATABASE_ERRORS as error:
        reason = str(error) or type(error).__name__
        fail(f"The database can't be used: {reason}. See BACKFILL_DATABASE_URL.")


async def _awaited(work: Callable[[Program], Awaitable[Result]], program: Program) -> Result:
    try:
        return await work(program)
    except BaseExceptionGroup as group:
        # A task group wraps even a single error; whoever catches errors wants to see that one.
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from None


def _end_in_order(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def read_settings() -> Settings:
    """The settings from the environment; a wrong one ends the program with what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        problems = (
            f"BACKFILL_{str(problem['loc'][0]).upper()}: {problem['msg']}" for problem in error.errors()
        )
        fail("Settings are wrong.\n  " + "\n  ".join(problems))


def fail(message: str) -> NoReturn:
    """End the program with `message` and code 1."""
    console.print("[red]Error:[/red]", end=" ")
    console.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(1)


def utc_now() -> datetime:
    """The clock of the command line: the domain is told the time."""
    return datetime.now(UTC)
