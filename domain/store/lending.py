"""Lends the connections of a pool, and keeps those that are given back at hand.

To give a connection back to asyncpg's pool takes a task, and to take one from it a timer and a dozen calls:
together as long as a small statement. So a connection that comes back as it went stays with the lender, and
the next borrower gets it without any of that. Whatever went wrong, or is waited for, goes through the pool.
What is lent is the connection itself: through the pool's proxy of it every call is three.

A connection serves one client at a time, and PostgreSQL itself shows it nothing of any other (the policies of
migration 0002). Whoever reads for a client is lent a connection that serves it already, if there is one: to
make it serve another client takes a statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import TypeVar, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.store.serving import ServingConnection

Thing = TypeVar("Thing")

_LONGEST_LINE = 1_000
"""Most who wait for the same: each of them holds a request, and the last would wait in vain anyhow."""

_END_SECONDS = 2.0
"""How long PostgreSQL may take to end a statement that was given up."""


class Line:
    """Those who wait for something scarce: `seconds` at most, and not behind one for whom it was in vain.

    After the first wait in vain the line is stuck: until somebody gets what he waits for, one waits at a
    time, to find out, and everybody else is told at once to come again.
    """

    def __init__(self, what: str, *, seconds: float) -> None:
        self._what = what
        self._seconds = seconds
        self._stuck = False
        self.waiting = 0

    async def wait(self, getting: Callable[[], Awaitable[Thing]]) -> Thing:
        """What `getting` gets. Raises TimeoutError when that takes too long, or is likely to."""
        if self.waiting >= (1 if self._stuck else _LONGEST_LINE):
            raise TimeoutError(f"too many wait for {self._what}")
        self.waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                got = await getting()
        except OSError:
            self._stuck = True
            raise
        finally:
            self.waiting -= 1
        self._stuck = False
        return got


class Lender:
    """Lends the connections of one pool; whoever borrows waits `seconds` at most."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], *, seconds: float) -> None:
        self.pool = pool
        self.seconds = seconds
        self.kept: list[PoolConnectionProxy[asyncpg.Record]] = []
        # While anybody waits for the pool nothing is kept, so nobody is overtaken and nobody starves.
        self.line = Line("a connection to PostgreSQL", seconds=seconds)

    def loan(self, client_id: int | None) -> Loan:
        """A connection for the time of an `async with`, that serves the client (None: all of them).

        Raises TimeoutError when none becomes free in time, and what connecting raises.
        """
        return Loan(self, client_id, switched=True)

    def loan_as_it_is(self, client_id: int | None) -> Loan:
        """The same, but it may serve anybody: for a transaction, which says itself whom it serves.

        One that is rehearsed comes before one that isn't.
        """
        return Loan(self, client_id, switched=False)

    def take(self, client_id: int | None, *, rehearsed: bool = False) -> PoolConnectionProxy[asyncpg.Record]:
        """One of `kept`, which holds some: the last that serves the client, else the first, least used.

        With `rehearsed`, the last that is, whomever it serves, if there is one.
        """
        for place in range(len(self.kept) - 1, -1, -1):
            connection = _behind(self.kept[place])
            if connection is not None and (
                connection.rehearsed if rehearsed else connection.client_id == client_id
            ):
                return self.kept.pop(place)
        return self.take(client_id) if rehearsed else self.kept.pop(0)

    async def close(self) -> None:
        """Give everything back to the pool, so that it can be closed."""
        while self.kept:
            await self.give_back(self.kept.pop())

    async def give_back(self, connection: PoolConnectionProxy[asyncpg.Record]) -> None:
        """Give one that nobody uses back to the pool."""
        # When the server has ended it, the pool may have made it free before us.
        with suppress(asyncpg.InternalClientError):
            await self.pool.release(connection)


class Loan:
    """One connection, lent."""

    __slots__ = ("_client_id", "_lender", "_proxy", "_switched")

    def __init__(self, lender: Lender, client_id: int | None, *, switched: bool) -> None:
        self._lender = lender
        self._client_id = client_id
        self._switched = switched
        self._proxy: PoolConnectionProxy[asyncpg.Record] | None = None

    async def __aenter__(self) -> ServingConnection:
        proxy = self._proxy = await self._taken()
        connection = _behind(proxy)
        if connection is None:
            raise asyncpg.InterfaceError("the connection ended while it was being lent")
        if self._switched and connection.client_id != self._client_id:
            try:
                await connection.serve(self._client_id)
            except BaseException as error:
                await self.__aexit__(type(error), error, error.__traceback__)
                raise
        return connection

    async def _taken(self) -> PoolConnectionProxy[asyncpg.Record]:
        lender = self._lender
        while lender.kept:
            proxy = lender.take(self._client_id, rehearsed=not self._switched)
            connection = _behind(proxy)
            if connection is not None and not connection.is_closed():
                return proxy
            await lender.give_back(proxy)
        # The pool gives PostgreSQL the same time to confirm, at the end, that a statement was cancelled.
        return await lender.line.wait(lambda: lender.pool.acquire(timeout=lender.seconds))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lender, proxy = self._lender, self._proxy
        if proxy is None:
            return
        connection = _behind(proxy)
        as_it_was = (
            kind is None
            and connection is not None
            and not connection.is_closed()
            and not connection.is_in_transaction()
        )
        if as_it_was and not lender.line.waiting and not lender.pool.is_closing():
            lender.kept.append(proxy)
            return
        try:
            if connection is not None and isinstance(error, asyncpg.ReadOnlySQLTransactionError):
                # The server has become a standby: whoever comes next is to be connected to the new primary.
                connection.terminate()
            elif connection is not None and error is not None and not isinstance(error, OSError):
                await _end_statement(connection)
            await lender.pool.release(proxy)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            # The pool has cut the connection. What happened to the borrower before says more.
            if error is None:
                raise


async def _end_statement(connection: ServingConnection) -> None:
    """Have PostgreSQL take its limit of time off a statement that was prepared and never executed.

    asyncpg ends a statement when it executes it. Of one that is given up in between, because its task was
    cancelled or a parameter is none of its type, the limit goes on, and would end what the next borrower
    asks.
    """
    # The pool's ROLLBACK does the same.
    if connection.is_closed() or connection.is_in_transaction():
        return
    try:
        await connection.execute("SELECT", timeout=_END_SECONDS)
    except BaseException:
        # Whatever keeps it from that, a connection that is in doubt serves nobody else.
        connection.terminate()
        raise


def _behind(proxy: PoolConnectionProxy[asyncpg.Record]) -> ServingConnection | None:
    """The connection itself; None when it has ended, and the pool has noticed before us."""
    return cast("ServingConnection | None", proxy._con)  # type: ignore[attr-defined] # the stubs lack it
