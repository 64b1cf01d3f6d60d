"""The database of a session of the tests: emptied before each of them, and its connections kept.

New connections would know nothing of the tables and plan every statement anew: twice the work of most tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import asyncpg

from domain.store.database import Database

_OURS = "backfill-tests"

# As freshly migrated: DELETE, because copying a database or TRUNCATE makes files and takes ten times
# as long, but for a table so full that what is deleted would be in the way; as a replica, because foreign
# keys and append-only tables would refuse. Connections that an earlier test left behind, as a killed
# worker does, would hold locks: they are ended, and the kept ones with them when some of ours are too many.
# A function of the connection, because that keeps its plans, and nobody else sees it.
_EMPTYING = f"""
CREATE FUNCTION pg_temp.empty_all(kept bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    keeps boolean := count(*) <= kept FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = '{_OURS}';
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND NOT (keeps AND application_name = '{_OURS}');
    SET LOCAL session_replication_role = replica;
    %s
    INSERT INTO event_position DEFAULT VALUES;
    RETURN keeps;
END $$
"""
_STATEMENTS = """
SELECT format(
    'IF pg_relation_size(%L) < 4000000 THEN DELETE FROM %I; ELSE TRUNCATE %I CASCADE; END IF;',
    quote_ident(tablename), tablename, tablename
) FROM pg_tables
WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'
UNION ALL
SELECT format('PERFORM setval(%L, 1, false);', quote_ident(sequencename)) FROM pg_sequences
WHERE schemaname = 'public' AND sequencename NOT LIKE 'tortoise_%'
"""


class KeptDatabase:
    """A migrated database, and the connections to it that tests hand on to each other."""

    def __init__(self, url: str, administrator: asyncpg.Connection[asyncpg.Record]) -> None:
        self._url = url
        self._administrator = administrator
        self._database: Database | None = None

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect to the migrated database at `url`."""
        administrator = await asyncpg.connect(url, server_settings={"application_name": _OURS})
        statements = await administrator.fetch(_STATEMENTS)
        await administrator.execute(_EMPTYING % "\n    ".join(row[0] for row in statements))
        return cls(url, administrator)

    async def empty(self) -> None:
        """Make the database what the migrations made it, and disconnect everybody else."""
        ours = 1 + (self._database.pool().open if self._database else 0)
        if not await self._administrator.fetchval("SELECT pg_temp.empty_all($1)", ours):
            await self._forget()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Database]:
        """The database for one test. It is kept unless the test leaves behind what may still work on it."""
        if self._database is None:
            self._database = await Database.open(self._url, max_size=10, application_name=_OURS)
        others = asyncio.all_tasks()
        try:
            yield self._database
        finally:
            pool = self._database.pool()
            if pool.idle < pool.open or not asyncio.all_tasks() <= others:
                await self._forget()

    async def close(self) -> None:
        """Close every connection."""
        await self._forget()
        await self._administrator.close()

    async def _forget(self) -> None:
        if self._database is not None:
            await self._database.close()
            self._database = None
