"""Leases: work that one worker at a time has, for as long as it gives signs of life.

A lease is told by the database's clock, the one clock that all workers share.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class LeaseTable:
    """A table of work: its rows have id, status, started_at, finished_at, failure and the lease.

    `waiting` is the status of work that nobody has begun.
    """

    name: str
    waiting: str

    async def claim(
        self, sql: Connection, *, client_id: int, work_id: int, holder: str, lease: timedelta, now: datetime
    ) -> Row | None:
        """Make `holder` the owner; the row, or None unless the work waits or its owner's lease is over."""
        return await sql.fetchrow(
            f"""
            UPDATE {self.name}
            SET status = 'RUNNING', started_at = coalesce(started_at, $5),
                lease_holder = $3, lease_until = clock_timestamp() + $4::interval
            WHERE client_id = $1 AND id = $2
              AND (status = $6 OR (status = 'RUNNING' AND lease_until < clock_timestamp()))
            RETURNING *
            """,  # noqa: S608 - the name is one of ours
            client_id,
            work_id,
            holder,
            lease,
            now,
            self.waiting,
        )

    async def renew(
        self, sql: Connection, *, client_id: int, work_id: int, holder: str, lease: timedelta
    ) -> bool:
        """Extend the owner's lease; False when the work is no longer `holder`'s."""
        renewed = await sql.execute(
            f"""
            UPDATE {self.name} SET lease_until = clock_timestamp() + $4::interval
            WHERE client_id = $1 AND id = $2 AND status = 'RUNNING' AND lease_holder = $3
            """,  # noqa: S608
            client_id,
            work_id,
            holder,
            lease,
        )
        return bool(renewed == "UPDATE 1")

    async def end(self, sql: Connection, *, client_id: int, work_id: int, holder: str) -> None:
        """Let another worker claim the work from now on, if it is still `holder`'s."""
        await sql.execute(
            f"""
            UPDATE {self.name} SET lease_until = clock_timestamp()
            WHERE client_id = $1 AND id = $2 AND status = 'RUNNING' AND lease_holder = $3
            """,  # noqa: S608
            client_id,
            work_id,
            holder,
        )

    async def owned(self, sql: Connection, *, client_id: int, work_id: int, holder: str) -> Row | None:
        """The row, locked, while the work is still `holder`'s; None when it has been taken over.

        The lock keeps the lease from being renewed, so take it last, shortly before the commit.
        """
        return await sql.fetchrow(
            f"""
            SELECT * FROM {self.name}
            WHERE client_id = $1 AND id = $2 AND status = 'RUNNING' AND lease_holder = $3
            FOR NO KEY UPDATE
            """,  # noqa: S608
            client_id,
            work_id,
            holder,
        )

    async def finish(
        self,
        sql: Connection,
        *,
        client_id: int,
        work_id: int,
        status: str,
        now: datetime,
        failure: str | None = None,
    ) -> None:
        """End the work with this status."""
        await sql.execute(
            f"""
            UPDATE {self.name}
            SET status = $3, finished_at = $4, failure = $5, lease_holder = NULL, lease_until = NULL
            WHERE client_id = $1 AND id = $2
            """,  # noqa: S608
            client_id,
            work_id,
            status,
            now,
            failure,
        )
