"""Lends the connections of a pool, and keeps those that are given back at hand.

To give a connection back to asyncpg's pool takes a task, and to take one from it a timer and a dozen calls:
together as long as a small statement. So a connection that comes back as it went stays with the lender, and
the next borrower gets it without any of that. Whatever went wrong, or is waited for, goes through the pool.
"""

from __future__ import annotations

from types import TracebackType

import asyncpg
from asyncpg.pool import PoolConnectionProxy


class Lender:
    """Lends the connections of one pool; whoever borrows waits `seconds` at most."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], *, seconds: float) -> None:
        self.pool = pool
        self.seconds = seconds
        self.kept: list[PoolConnectionProxy[asyncpg.Record]] = []
        # While anybody waits for the pool nothing is kept, so nobody is overtaken and nobody starves.
        self.waiting = 0

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
        lender.waiting += 1
        try:
            self._connection = await lender.pool.acquire(timeout=lender.seconds)
        finally:
            lender.waiting -= 1
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lender, connection = self._lender, self._connection
        if connection is None:
            return
        as_it_was = kind is None and not _is_gone(connection) and not connection.is_in_transaction()
        if as_it_was and not lender.waiting and not lender.pool.is_closing():
            lender.kept.append(connection)
            return
        try:
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
