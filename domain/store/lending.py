"""Lends the connections of a pool, and keeps those that are given back at hand.

To give a connection back to asyncpg's pool takes a task, and to take one from it a timer and a dozen calls:
together as long as a small statement. So a connection that comes back as it went stays with the lender, and
the next borrower gets it without any of that. Whatever went wrong, or is waited for, goes through the pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Thing = TypeVar("Thing")

_LONGEST_LINE = 1_000
"""Most who wait for the same: each of them holds a request, and the last would wait in vain anyhow."""


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

    def loan(self) -> Loan:
        """A connection for the time of an `async with`.

        Raises TimeoutError when none becomes free in time, and what connecting raises.
        """
        return Loan(self)

    async def close(self) -> None:
        """Give everything back to the pool, so that it can be closed."""
        while self.kept:
            await self.pool.release(self.kept.pop())


class Loan:
    """One connection, lent."""

    __slots__ = ("_connection", "_lender")

    def __init__(self, lender: Lender) -> None:
        self._lender = lender
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None

    async def __aenter__(self) -> asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]:
        lender = self._lender
        while lender.kept:
            connection = lender.kept.pop()
            if not _is_gone(connection):
                self._connection = connection
                return connection
            await lender.pool.release(connection)
        # The pool gives PostgreSQL the same time to confirm, at the end, that a statement was cancelled.
        self._connection = await lender.line.wait(lambda: lender.pool.acquire(timeout=lender.seconds))
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lender, connection = self._lender, self._connection
        if connection is None:
            return
        as_it_was = kind is None and not _is_gone(connection) and not connection.is_in_transaction()
        if as_it_was and not lender.line.waiting and not lender.pool.is_closing():
            lender.kept.append(connection)
            return
        try:
            if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
                # The server has become a standby: whoever comes next is to be connected to the new primary.
                connection.terminate()
            await lender.pool.release(connection)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            # The pool has cut the connection. What happened to the borrower before says more.
            if error is None:
                raise


def _is_gone(connection: PoolConnectionProxy[asyncpg.Record]) -> bool:
    """Whether the server or the network has ended the connection."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool has noticed before us, and has made it free already.
        return True
