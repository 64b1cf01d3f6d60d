"""The relay's turn: the one connection that may number events, and how it does (F5).

One relay at a time works on a database. Its right is an advisory lock of the session it moves events
with, so a relay that has lost its connection has lost the right in the same instant, and whatever it
still believes, it cannot number an event that its successor numbers too.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

import asyncpg

from domain.store.connecting import Limits
from domain.store.database import Database
from domain.store.event_log import Position, logged, position, read
from domain.store.events import CHANNEL, LoggedEvent

_RELAY_LOCK = 7_012_202_602

_LIMITS = Limits(statement=30, lock=10, idle_in_transaction=10, idle=10)
"""A relay asks something every second or two. One that doesn't was stopped, or cut off without anybody having
noticed: its session ends, and with it its turn."""


class RelayTurn:
    """A connection that takes the right to move events, and then moves them."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection
        self._woken = asyncio.Event()

    @classmethod
    async def open(cls, database: Database) -> Self:
        """Connect; the turn has still to be taken, and `close` must be called."""
        return cls(await database.dedicated_connection(limits=_LIMITS))

    async def take(self) -> bool:
        """Take the turn; False while another relay of this database has it.

        Never waits for it: a session that waits for a lock holds a snapshot, and VACUUM could clean
        nothing anywhere in the database for as long as a second relay stands by.
        """
        taken: bool = await self._connection.fetchval("SELECT pg_try_advisory_lock($1)", _RELAY_LOCK)
        if taken:
            await self._connection.add_listener(CHANNEL, self._wake)
            self._connection.add_termination_listener(self._wake)
        return taken

    async def close(self) -> None:
        """Disconnect, which gives the turn back."""
        await self._connection.close()

    async def move(self, *, limit: int) -> list[LoggedEvent]:
        """Move up to `limit` events into the log, in one statement; the events with their seq.

        Raises one of DATABASE_ERRORS when the connection, and so the turn, is lost.
        """
        return logged(await self._connection.fetch(_MOVE, limit))

    async def position(self) -> Position:
        """How far the log reaches."""
        return await position(self._connection)

    async def read(self, *, after: int, limit: int) -> list[LoggedEvent]:
        """The first `limit` events of the log after the seq `after`."""
        return await read(self._connection, after=after, limit=limit)

    async def woken(self, *, within: float) -> None:
        """Return when a commit with events has happened since the last call, or after `within` seconds."""
        try:
            async with asyncio.timeout(within):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    def _wake(self, *_notification: Any) -> None:
        self._woken.set()


# The statement is its own transaction. Nobody else moves `last_seq` on, so it is what the snapshot says: who
# had the turn before has no transaction any more, or would still have the lock.
#
# One range of ids, both ends known: an index scan whatever the statistics say of a table that is empty
# most of the time. It is exactly `oldest`, because all parts of a statement see the same rows.
_MOVE = """
WITH oldest AS (
    SELECT id FROM event_outbox ORDER BY id LIMIT $1
), moved AS (
    DELETE FROM event_outbox
    WHERE id BETWEEN (SELECT min(id) FROM oldest) AND (SELECT max(id) FROM oldest)
    RETURNING *
), numbered AS (
    SELECT client_id, (SELECT last_seq FROM event_position) + row_number() OVER (ORDER BY id) AS seq,
           topic, at, cause, subject_id, distribution_center_id, sku_id, data
    FROM moved
), kept AS (
    INSERT INTO event_log (client_id, seq, topic, at, cause, subject_id, distribution_center_id, sku_id, data)
    SELECT * FROM numbered
), counted AS (
    UPDATE event_position SET last_seq = newest.seq
    FROM (SELECT max(seq) AS seq FROM numbered) AS newest WHERE newest.seq IS NOT NULL
)
SELECT * FROM numbered ORDER BY seq
"""
