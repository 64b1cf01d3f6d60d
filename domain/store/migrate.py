"""Bringing a database to the current schema with Tortoise's migrations."""

from __future__ import annotations

import asyncio
from random import uniform

import asyncpg
import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor
from tortoise.transactions import in_transaction

from domain.store.database import Database

log = structlog.get_logger()

LOCK_SECONDS = 2.0
"""How long a migration waits for a lock, and with it whoever comes after it."""

TRIES = 60

_APP = "backfill"
# Tortoise takes no lock: two programs that start together would both create the tables.
_MIGRATION_LOCK = 7_012_202_601
_ASK_AGAIN = 0.1


class MigrationRefusedError(Exception):
    """The database user may not do what a migration takes. The text says what an administrator has to do."""


class MigrationBlockedError(Exception):
    """A migration could not have the locks it needs, time after time; what was applied before it stays."""


async def migrate(database: Database, *, lock_seconds: float = LOCK_SECONDS, tries: int = TRIES) -> list[str]:
    """Apply every pending migration, oldest first; the names of those applied are returned.

    Safe to call from any number of processes at once: the others wait and then find nothing to do. Safe on a
    live database, too: everybody who comes to a table queues behind the migration that waits for it, so it
    waits for `lock_seconds` at most, lets them pass, and tries again. Raises MigrationBlockedError after
    `tries`, and MigrationRefusedError.
    """
    guard = await database.dedicated_connection()
    try:
        # Asked for again and again: a statement that waits for the lock would itself be waited for by an
        # index that is made CONCURRENTLY, and neither would ever end.
        while not await guard.fetchval("SELECT pg_try_advisory_lock($1)", _MIGRATION_LOCK):  # noqa: ASYNC110
            await asyncio.sleep(_ASK_AGAIN)
        names = await pending(database)
        for name in names:
            await _insist(database, name, lock_seconds=lock_seconds, tries=tries)
        return names
    finally:
        await guard.close()


async def _insist(database: Database, name: str, *, lock_seconds: float, tries: int) -> None:
    for attempt in range(1, tries + 1):
        try:
            await _apply(database, name, lock_seconds=lock_seconds)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            log.warning("migration.blocked", migration=name, attempt=attempt, of=tries)
            # About as long as it was in the way itself, and never in step with anybody.
            await asyncio.sleep(lock_seconds * uniform(0.5, 1.5))  # noqa: S311 - not a secret
    raise MigrationBlockedError(
        f"The migration {name} could not lock what it changes, {tries} times {lock_seconds:g} seconds long: "
        "something holds it for longer, such as a report or a backup. Find it in pg_stat_activity, and run "
        "backfill migrate again."
    )


async def _apply(database: Database, name: str, *, lock_seconds: float) -> None:
    """Apply one migration, and note that, in one transaction.

    One that says `atomic = False` is in no transaction: CREATE INDEX CONCURRENTLY can't be, and keeps nobody
    waiting, so it may wait. What its program leaves when it dies, its next try has to clear away.
    """
    async with _MigrationClient(database) as client:
        executor = _executor(database, client)
        # In a transaction, its looking for a table that is not there would be the end of it.
        await executor.recorder.ensure_schema(AsyncpgSchemaEditor(client, atomic=False))
        await executor.loader.build_graph()
        step = executor.loader.graph.nodes[MigrationKey(_APP, name)]
        target = MigrationTarget(_APP, name)
        if step is not None and not step.atomic:
            await _migrated(executor, target)
            return
        # Tortoise notes what it has applied on the connection that its executor was given.
        async with in_transaction(client.connection_name) as transaction:
            await transaction.execute_script(f"SET LOCAL lock_timeout = '{round(lock_seconds * 1000)}ms'")
            await _migrated(_executor(database, transaction), target)


async def pending(database: Database) -> list[str]:
    """The names of the migrations that this database still lacks, oldest first."""
    async with _MigrationClient(database) as client:
        # Tortoise takes a database that is away for one without tables.
        await client.execute_query("SELECT 1")
        executor = _executor(database, client)
        await executor.loader.build_graph()
        return [step.migration.name for step in await executor.plan()]


async def _migrated(executor: MigrationExecutor, target: MigrationTarget) -> None:
    try:
        await executor.migrate([target])
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
