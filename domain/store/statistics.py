"""Planner statistics of the tables that grow fast.

Autovacuum looks once a minute. A database that was just filled is planned as if every filter left
one row, and then a join of two thousands-row sets is done as a nested loop; so whoever is about to
read much asks for fresh statistics first.
"""

from __future__ import annotations

from domain.store.database import Connection, Database

_HOT = (
    "orders",
    "order_lines",
    "pool_demand",
    "stock_levels",
    "dispatches",
    "dispatch_lines",
    "run_decisions",
    "skus",
)


async def refresh_if_stale(database: Database) -> None:
    """Analyze each hot table that was never analyzed or has grown or changed by half since.

    As the owner of the tables: nobody else may, and statistics are of the rows of all clients.
    """
    async with database.connection_across_clients() as sql:
        await _refresh_if_stale(sql)


async def _refresh_if_stale(sql: Connection) -> None:
    rows = await sql.fetch(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($1::name[])
          AND (pg_relation_size(oid) / current_setting('block_size')::int > relpages * 1.5 + 8
               OR pg_stat_get_mod_since_analyze(oid) > greatest(reltuples, 0) * 0.5 + 1000)
        """,
        list(_HOT),
    )
    if rows:
        await sql.execute(f"ANALYZE {', '.join(row['relname'] for row in rows)}")
