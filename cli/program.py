"""What every command starts with: settings, logs, databases, an event loop, and errors a person can read."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import Any, NoReturn, TypeVar

import msgspec
import structlog
import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console

from cli.embedded.errors import EmbeddedServerError
from cli.embedded.servers import databases
from cli.signals import StoppedError, unless_stopped
from cli.tracing import TracingNotInstalledError, traced
from domain.logs import configure_logs
from domain.rules.refusals import Refusal
from domain.settings import Settings
from domain.store.connecting import Limits
from domain.store.database import DATABASE_IS_AWAY, Database, Rehearsal
from domain.store.event_log import DATABASE_ERRORS
from domain.store.migrate import MigrationBlockedError, MigrationRefusedError, migrate, pending

Result = TypeVar("Result")

log = structlog.get_logger()

_SCHEMA_POLL_SECONDS = 1.0

console = Console(stderr=True, highlight=False)
"""For the person at the terminal; standard output is for what the next program reads."""


UNREACHABLE = 3
"""The exit code of a command that could not reach a server."""


class CommandError(Exception):
    """A command can't do what was asked; the message says why and what to do."""


class UnreachableError(CommandError):
    """A server that it takes can't be reached."""


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
    async def any_database(
        self,
        *,
        name: str,
        limits: Limits | None = None,
        rehearsal: Rehearsal | None = None,
        patient: bool = False,
    ) -> AsyncIterator[Database]:
        """The database, open; brought up to date when it is embedded, else left as it is.

        `limits` say how long what is asked of it may take, `rehearsal` what its connections are asked first.
        With `patient` an external one need not be there yet.
        """
        async with self.unmigrated_database(
            name=name, limits=limits, rehearsal=rehearsal, patient=patient
        ) as database:
            if self.embeds_postgres:
                await migrate(database)
            yield database

    @asynccontextmanager
    async def unmigrated_database(
        self,
        *,
        name: str,
        limits: Limits | None = None,
        rehearsal: Rehearsal | None = None,
        patient: bool = False,
    ) -> AsyncIterator[Database]:
        """The database, open, as it is, or (with `patient`) as soon as it is there.

        `name` is what PostgreSQL shows of this connection.
        """
        database = await Database.open(
            self.settings.postgresql_url(),
            max_size=self.settings.database_pool_size,
            application_name=name,
            limits=limits,
            rehearsal=rehearsal,
            patient=patient,
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
            patient=True,
        )
        try:
            yield replica
        finally:
            await replica.close()

    async def schema_is_current(self, database: Database) -> None:
        """Return when the tables are what this version needs.

        The database may be away, and somebody may be migrating it just now.
        """
        told: dict[str, Any] = {}
        while lack := await _lacking(database):
            if lack != told:
                log.warning("schema_not_current", **lack)
                told = lack
            await asyncio.sleep(_SCHEMA_POLL_SECONDS)


async def _lacking(database: Database) -> dict[str, Any]:
    """What is still to be done before the tables can be used; nothing when they can."""
    try:
        missing = await pending(database)
    except DATABASE_IS_AWAY as error:
        return {"error": str(error) or type(error).__name__}
    return {"missing": missing, "remedy": "run: backfill migrate"} if missing else {}


def run(
    work: Callable[[Program], Coroutine[Any, Any, Result]],
    *,
    process: str,
    redis: bool = False,
    settings: Settings | None = None,
    as_json: bool = False,
) -> Result:
    """Run `work` with databases and logs in place; errors end the program with a message and a code.

    `process` names this process in its logs; `redis` says whether it needs Redis. With `as_json` errors are
    told as JSON. The code is 3 when a server can't be reached, else 1.
    """
    settings = settings or read_settings(as_json=as_json)
    # Until a command handles it by itself: unwind, so that embedded servers are stopped.
    signal.signal(signal.SIGTERM, _end_in_order)
    configure_logs(level=settings.log_level, form=settings.log_format, process=process)
    try:
        with traced(settings, process=process), databases(settings, redis=redis) as found:
            program = Program(settings=found, embeds_postgres=settings.database_url is None)
            return uvloop.run(_awaited(work, program))
    except StoppedError as stopped:
        raise typer.Exit(stopped.code) from None
    except UnreachableError as error:
        fail(str(error), code="UNREACHABLE", status=UNREACHABLE, as_json=as_json)
    except EmbeddedServerError as error:
        fail(str(error), code="EMBEDDED_SERVER", as_json=as_json)
    except (
        CommandError,
        MigrationRefusedError,
        MigrationBlockedError,
        TracingNotInstalledError,
    ) as error:
        fail(str(error), as_json=as_json)
    except Refusal as refusal:
        fail(refusal.message, code=refusal.code.value, as_json=as_json)
    except DATABASE_ERRORS as error:
        reason = str(error) or type(error).__name__
        message = f"The database can't be used: {reason}. See BACKFILL_DATABASE_URL."
        fail(message, code="DATABASE", status=UNREACHABLE, as_json=as_json)


def run_without_databases(
    work: Callable[[], Coroutine[Any, Any, Result]], *, as_json: bool = False
) -> Result:
    """Run `work`, which needs only the network, with errors told as by `run`."""
    try:
        return uvloop.run(unless_stopped(work()))
    except StoppedError as stopped:
        raise typer.Exit(stopped.code) from None
    except UnreachableError as error:
        fail(str(error), code="UNREACHABLE", status=UNREACHABLE, as_json=as_json)
    except CommandError as error:
        fail(str(error), as_json=as_json)


async def _awaited(work: Callable[[Program], Coroutine[Any, Any, Result]], program: Program) -> Result:
    try:
        return await unless_stopped(work(program))
    except BaseExceptionGroup as group:
        # A task group wraps even a single error; whoever catches errors wants to see that one.
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        raise error from None


def _end_in_order(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def read_settings(*, as_json: bool = False) -> Settings:
    """The settings from the environment; a wrong one ends the program with what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        message = "Settings are wrong.\n  " + "\n  ".join(problems_of(error))
        fail(message, code="SETTINGS", as_json=as_json)


def problems_of(error: ValidationError) -> list[str]:
    """Each setting that is wrong, and why, without its value."""
    return [
        f"BACKFILL_{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors()
    ]


def fail(message: str, *, code: str = "FAILED", status: int = 1, as_json: bool = False) -> NoReturn:
    """End the program with `message` and the exit code `status`; as JSON with `code`, for programs."""
    if as_json:
        typer.echo(msgspec.json.encode({"error": {"code": code, "message": message}}).decode(), err=True)
    else:
        console.print("[red]Error:[/red]", end=" ")
        console.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(status)


def utc_now() -> datetime:
    """The clock of the command line: the domain is told the time."""
    return datetime.now(UTC)
