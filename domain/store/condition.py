"""How the database and the work in it are: what somebody looks at who looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.store.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who answers, to whom, and what time it is there."""

    version: str
    version_number: int
    user: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Workers that are connected, and how far the work is behind."""

    workers: int
    overdue_schedules: int
    outbox: int
    outbox_age: timedelta
    endpoints_off: int


async def server(sql: Connection) -> Server:
    """The server, whatever is in the database."""
    (row,) = await sql.fetch(
        """
        SELECT split_part(current_setting('server_version'), ' ', 1) AS version,
               current_setting('server_version_num')::int AS version_number,
               current_user::text AS user, clock_timestamp() AS now
        """
    )
    return Server(**dict(row))


async def tables_without_rights(sql: Connection) -> list[str]:
    """The tables that this user may not read or add to."""
    rows = await sql.fetch(
        """
        SELECT relname::text AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
          AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT'))
        ORDER BY relname
        """
    )
    return [row["name"] for row in rows]


async def condition(sql: Connection) -> Condition:
    """How it goes, for all clients together."""
    (row,) = await sql.fetch(
        """
        SELECT (SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'backfill-leases')::int AS workers,
               (SELECT count(*) FROM processor_schedules
                WHERE enabled AND next_due_at < clock_timestamp() - interval '2 minutes')::int
                   AS overdue_schedules,
               (SELECT count(*) FROM event_outbox)::int AS outbox,
               coalesce((SELECT clock_timestamp() - min(at) FROM event_outbox), interval '0') AS outbox_age,
               (SELECT count(*) FROM webhook_endpoints WHERE disabled_reason IS NOT NULL)::int
                   AS endpoints_off
        """
    )
    return Condition(**dict(row))
