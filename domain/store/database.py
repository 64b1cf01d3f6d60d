"""The connection to PostgreSQL: one Tortoise client, whose asyncpg pool everything shares.

Two ways in, and no third: `Database.transaction()` to change something, `Database.connection()` to
read. Set-based statements go through the asyncpg connection (`sql`); rows of reference data go
through Tortoise models with `using_db=transaction.orm`, which is the same connection.

Both are on behalf of one client, and PostgreSQL shows and takes no row of another: beside what every
statement says, the role they run under is subject to the policies of migration 0002. What is about all
clients, as looking for due schedules and for whose token it is, says so: `…_across_clients()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from random import uniform
from typing import Any, Literal, TypeAlias

import asyncpg
import structlog
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.context import TortoiseContext
from tortoise.exceptions import DBConnectionError

from domain.store.configuring import tortoise_config
from domain.store.connecting import Limits
from domain.store.lending import Lender, Line, Loan
from domain.store.serving import NOBODY, ServingConnection, serving_in_transaction

log = structlog.get_logger()

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record
"""One row of an answer: column name to value."""

Rehearsal: TypeAlias = Callable[[Connection], Awaitable[None]]
"""Asks on behalf of nobody what will be asked under locks (see `rehearsing.py`)."""


class ReadTooEarlyError(Exception):
    """By what a transaction had read before its locks it took too few of them; the next try reads anew."""


ASKS_FOR_ANOTHER_TRY = (
    ReadTooEarlyError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    # The next try sees the row of whoever was first, and gives the proper refusal.
    asyncpg.UniqueViolationError,
    # Somebody has migrated a table just now; asyncpg prepares the statement anew.
    asyncpg.InvalidCachedStatementError,
)
"""Errors after which the same transaction may succeed; the lock order of locks.py makes them rare."""

TRIES = 4
"""How often a transaction is tried that such an error ends."""


_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    # A connection that the server ends just as it is used fails in asyncpg's own state machine.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    # We were silent for too long, perhaps stopped: our transaction is undone, and the connection gone.
    asyncpg.IdleInTransactionSessionTimeoutError,
    # The server has become a standby; the next connection goes to the new primary.
    asyncpg.ReadOnlySQLTransactionError,
    # Somebody has held a lock for longer than we may wait.
    asyncpg.LockNotAvailableError,
)

DATABASE_IS_AWAY = (
    *_AWAY,
    asyncpg.OperatorInterventionError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
"""Errors that say nothing of the statement: the same one will do when the database is back, or less busy."""

CONNECTION_ERRORS = (
    *_AWAY,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
"""Those after which work that is taken up again later goes on. Not a statement that has taken too long: it
would do so again."""

_PLAN_FOR_SETS = "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_nestloop = off;"

_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Transaction:
    """One open transaction: `sql` for statements, `orm` for Tortoise models. Both are one connection."""

    sql: Connection
    orm: TransactionWrapper


@dataclass(frozen=True, slots=True)
class Pool:
    """The connections of a pool: how many there are, how many of them nobody uses, how many there may be."""

    open: int
    idle: int
    most: int


async def pause_before_another_try(attempt: int) -> None:
    """Wait after the `attempt`-th try, from 1: longer each time, and never as long as who was in the way."""
    await asyncio.sleep(0.01 * 2**attempt * uniform(0.5, 1.5))  # noqa: S311 - not a secret


async def plan_for_rows(sql: Connection) -> None:
    """From here to its end have the transaction look up rows one by one: a few, among very many.

    See `Database.transaction` for how it is planned otherwise. A statement keeps the plan that it had first
    on its connection, so one is always asked so, or never.
    """
    await sql.execute(
        """
        SELECT set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true),
               set_config('enable_mergejoin', 'off', true)
        """
    )


class Database:
    """An open pool of connections to one PostgreSQL database (15 or newer)."""

    def __init__(
        self,
        context: TortoiseContext,
        client: AsyncpgDBClient,
        config: dict[str, Any],
        rehearsal: Rehearsal | None = None,
    ) -> None:
        """`config` is Tortoise's for connections without limits, which migrations may need."""
        self._context = context
        self._client = client
        self._lender: Lender | None = None
        self._rehearsal = rehearsal
        most: int = config["connections"]["default"]["credentials"]["maxsize"]
        # Transactions wait for locks. However many do, reads find a connection.
        transactions = most - most // 4
        self._transactions = asyncio.Semaphore(transactions)
        self._pairs = asyncio.Semaphore(max(transactions // 2, 1))
        self._line = Line("a transaction", seconds=_WAIT_SECONDS)
        self.config = config

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 10,
        application_name: str = "backfill",
        limits: Limits | None = None,
        rehearsal: Rehearsal | None = None,
        patient: bool = False,
    ) -> Database:
        """Connect to `url` (postgresql://user:password@host:port/name, or ?host=/socket/folder).

        It may name several hosts, of which the one is used that takes writes. What the pool's connections are
        asked for may take as long as `limits` say. Each has its `rehearsal` before its first transaction.
        With `patient` a database that is away is no error: it is connected to when it is asked for something.
        """
        config = tortoise_config(
            url, min_size=min_size, max_size=max_size, application_name=application_name, limits=limits
        )
        context = TortoiseContext()
        # Models are bound while the context is current; afterwards every query names its connection,
        # because a request's task is not a child of the task that opened the database.
        with context:
            await context.init(config)
            client = context.db()
        if not isinstance(client, AsyncpgDBClient):
            raise TypeError("Backfill runs on PostgreSQL through asyncpg")
        try:
            await client.create_connection(with_db=True)
        except DATABASE_IS_AWAY as error:
            # What is wrong with the URL itself, as a database that does not exist, stays wrong.
            if not patient or isinstance(error, ValueError | DBConnectionError):
                raise
            reason = str(error) or type(error).__name__
            log.warning("database.away", error=reason, see="BACKFILL_DATABASE_URL")
            client.pool_minsize = 0
            await client.create_connection(with_db=True)
        unlimited = tortoise_config(
            url, min_size=min_size, max_size=max_size, application_name=application_name
        )
        return cls(context, client, unlimited, rehearsal)

    async def close(self) -> None:
        """Close every connection of the pool."""
        if self._lender is not None:
            await self._lender.close()
        await self._context.connections.close_all(discard=True)

    def pool(self) -> Pool:
        """The pool as it is now."""
        pool = self._client._pool
        if pool is None:
            return Pool(0, 0, 0)
        kept = len(self._lender.kept) if self._lender else 0
        return Pool(pool.get_size(), pool.get_idle_size() + kept, pool.get_max_size())

    def connection(self, client_id: int) -> Loan:
        """A connection to read the client's rows with (`async with`).

        Each statement sees what is committed when it starts. Raises TimeoutError, one of DATABASE_IS_AWAY,
        when none becomes free soon enough.
        """
        return self._lending().loan(client_id)

    def connection_across_clients(self) -> Loan:
        """The same, for what is about all clients."""
        return self._lending().loan(None)

    def transaction(
        self, client_id: int, *, repeatable_read: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of one client: committed when the block ends, rolled back when it raises.

        With `repeatable_read` every statement of the block sees one and the same snapshot. Raises
        TimeoutError, one of DATABASE_IS_AWAY, when too many others wait for locks.

        Statements that change something work on arrays of ids: they name the rows of every large table
        with `= ANY(array)` and join the rest by hash. Nested loops are off and plans are generic: a plan
        made for one particular client that the statistics don't know yet believes it has one row, and
        reads all its rows instead of those named, again for every foreign key it checks.
        """
        return self._transaction(client_id, repeatable_read=repeatable_read)

    def transaction_across_clients(
        self, *, repeatable_read: bool = False
    ) -> AbstractAsyncContextManager[Transaction]:
        """The same, for what is about all clients, or about which of them."""
        return self._transaction(None, repeatable_read=repeatable_read)

    @asynccontextmanager
    async def snapshot_and_transaction(
        self, client_id: int
    ) -> AsyncIterator[tuple[Transaction, Transaction]]:
        """A transaction that sees one snapshot of the client's rows, and one to write what follows from it.

        Whoever has one of two waits for the other: if nothing but these were under way, all of them would.
        So there are no more at a time than can have both, and the others wait for as long as it takes.
        """
        async with (
            self._pairs,
            self.transaction(client_id, repeatable_read=True) as reading,
            self.transaction(client_id) as writing,
        ):
            yield reading, writing

    @asynccontextmanager
    async def _transaction(
        self, client_id: int | None, *, repeatable_read: bool
    ) -> AsyncIterator[Transaction]:
        await self._line.wait(self._transactions.acquire)
        try:
            async with self._opened(client_id, repeatable_read=repeatable_read) as transaction:
                yield transaction
        finally:
            self._transactions.release()

    @asynccontextmanager
    async def _opened(self, client_id: int | None, *, repeatable_read: bool) -> AsyncIterator[Transaction]:
        async with self._lending().loan_as_it_is(client_id) as connection:
            if self._rehearsal is not None and not connection.rehearsed:
                async with _begun(connection, NOBODY):
                    await self._rehearsal(connection)
                connection.rehearsed = True
            async with _begun(connection, client_id, repeatable_read=repeatable_read):
                # What Tortoise's own in_transaction() does, without its context variable: tasks
                # started inside a block must not inherit the block's connection.
                orm = TransactionWrapper(self._client)
                orm._connection = connection
                yield Transaction(sql=connection, orm=orm)

    def _lending(self) -> Lender:
        pool: asyncpg.Pool[asyncpg.Record] | None = self._client._pool
        if pool is None:
            raise asyncpg.InterfaceError("the database is closed")
        if self._lender is None or self._lender.pool is not pool:
            # Who waits longer is better told to come again: the line would only grow.
            self._lender = Lender(pool, seconds=_WAIT_SECONDS)
        return self._lender

    async def dedicated_connection(
        self, *, limits: Limits | None = None
    ) -> asyncpg.Connection[asyncpg.Record]:
        """A connection outside the pool, for LISTEN and session locks; the caller closes it.

        Without `limits` whatever is asked on it may take as long as it likes.
        """
        credentials = self.config["connections"]["default"]["credentials"]
        connected: asyncpg.Connection[asyncpg.Record] = await credentials["connect"](
            user=credentials["user"],
            password=credentials["password"],
            database=credentials["database"],
            server_settings=credentials["server_settings"] | (limits.server_settings() if limits else {}),
            target_session_attrs=credentials.get("target_session_attrs"),
            ssl=credentials.get("ssl"),
            command_timeout=limits.command_timeout if limits else None,
        )
        return connected


def _begun(
    connection: ServingConnection, client_id: int | None, *, repeatable_read: bool = False
) -> asyncpg.transaction.Transaction:
    """A transaction on the connection, planned for sets and serving the client (None: all of them)."""
    isolation: Literal["repeatable_read", "read_committed"] = (
        "repeatable_read" if repeatable_read else "read_committed"
    )
    connection.begin_with(f"{_PLAN_FOR_SETS} {serving_in_transaction(client_id)}")
    return connection.transaction(isolation=isolation)
