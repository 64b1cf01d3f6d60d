"""What a database needs before and after it is loaded from a backup."""

from __future__ import annotations

from domain.store.database import Connection

LOST_EVENTS = 10**12
"""More events than can have been written between a backup and the day that it is restored."""


async def has_tables(sql: Connection) -> bool:
    """Whether there is anything that a restored table could be in the way of."""
    found: bool = await sql.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace)
        """
    )
    return found


async def has_our_tables(sql: Connection) -> bool:
    """Whether there is a database of ours, of whichever version."""
    found: bool = await sql.fetchval("SELECT to_regclass('event_position') IS NOT NULL")
    return found


async def make_client_role(sql: Connection) -> None:
    """Make the role that the tables' policies name: roles belong to the server, and are in no backup of a
    database. Raises asyncpg.InsufficientPrivilegeError where an administrator has to do it.
    """
    await sql.execute(_MAKE_ROLE)


async def begin_new_history(sql: Connection) -> None:
    """Make sure that what was known of the lost time is never mistaken for what happens now.

    Cursors of events that are lost would be given a second time, to other events: the log goes on far behind
    them, and whoever comes with an old cursor is told CURSOR_EXPIRED. Transactions are numbered by the server
    and another one begins anew: that an e-mail was told of its transition is kept under its own id instead.
    """
    await sql.execute(
        """
        UPDATE event_position
        SET last_seq = last_seq + $1::bigint, expired_until = last_seq + $1::bigint
        """,
        LOST_EVENTS,
    )
    await sql.execute("TRUNCATE event_log")
    await sql.execute("UPDATE email_deliveries SET transition = -id WHERE transition <> -id")


_MAKE_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backfill_client') THEN
        CREATE ROLE backfill_client NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'backfill_client', 'MEMBER') THEN
        EXECUTE format('GRANT backfill_client TO %I', current_user);
    END IF;
END $$
"""
