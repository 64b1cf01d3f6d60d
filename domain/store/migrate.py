"""Bringing a database to the current schema with Tortoise's migrations."""

from __future__ import annotations

import asyncio

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor

from domain.store.database import Database

# Tortoise takes no lock: two programs that start together would both create the tables.
_MIGRATION_LOCK = 7_012_202_601
_ASK_AGAIN = 0.1


class MigrationRefusedError(Exception):
    """The database user may not do what a migration takes. The text says what an administrator has to do."""


async def migrate(database: Database) -> list[str]:
    """Apply every pending migration, oldest first; the names of those applied are returned.

    Safe to call from any number of processes at once: the others wait and then find nothing to do. Raises
    MigrationRefusedError.
    """
    guard = await database.dedicated_connection()
    try:
        # Asked for again and again: a statement that waits for the lock would itself be waited for by an
        # index that is made CONCURRENTLY, and neither would ever end.
        while not await guard.fetchval("SELECT pg_try_advisory_lock($1)", _MIGRATION_LOCK):  # noqa: ASYNC110
            await asyncio.sleep(_ASK_AGAIN)
        names = await pending(database)
        if names:
            async with _MigrationClient(database) as client:
                await _migrated(_executor(database, client))
        return names
    finally:
        await guard.close()


async def pending(database: Database) -> list[str]:
    """The names of the migrations that this database still lacks, oldest first."""
    async with _MigrationClient(database) as client:
        executor = _executor(database, client)
        await executor.loader.build_graph()
        return [step.migration.name for step in await executor.plan()]


async def _migrated(executor: MigrationExecutor) -> None:
    try:
        await executor.migrate()
    except OperationalError as error:
        refused = error.__cause__
        if isinstance(refused, asyncpg.InsufficientPrivilegeError):
            raise MigrationRefusedError(" ".join(filter(None, (str(refused), refused.hint)))) from error
        raise


class _MigrationClient:
    """A Tortoise client of its own: the executor finds transactions through Tortoise's context."""

    def __init__(self, database: Database) -> None:
        self._context = TortoiseContext()
        self._database = database

    async def __aenter__(self) -> BaseDBAsyncClient:
        self._context.__enter__()
        await self._context.init(self._database.config)
        return self._context.db()

    async def __aexit__(self, *exc: object) -> None:
        await self._context.connections.close_all(discard=True)
        self._context.__exit__(None, None, None)


def _executor(database: Database, client: BaseDBAsyncClient) -> MigrationExecutor:
    return MigrationExecutor(client, database.config["apps"])
