"""Planner statistics of the tables that grow fast, and plans that were made before they grew.

Autovacuum looks once a minute. A database that was just filled is planned as if every filter left
one row, and then a join of two thousands-row sets is done as a nested loop; so whoever is about to
read much, or has just written much, asks for fresh statistics.

In the middle of a transaction that makes a table grow there are none to be had, but its size can be
seen, by whoever plans anew.
"""

from __future__ import annotations

from typing import Literal

import structlog

from domain.store.database import DATABASE_IS_AWAY, Connection, Database

log = structlog.get_logger()

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

_MANY = 1_000

_BYTES = 400
"""Of a table, for each row that refers to it: with less, a good part of the table is new."""


async def refresh_if_stale(database: Database, *, waits: bool = True) -> None:
    """Analyze each hot table that was never analyzed or has grown or changed by half since.

    As the owner of the tables: nobody else may, and statistics are of the rows of all clients. A table that
    somebody vacuums or analyzes just now is waited for, unless the caller doesn't wait. What stands in the
    way is logged: without statistics the same is done, more slowly, and what has been done is done.
    """
    try:
        async with database.connection_across_clients() as sql:
            await _refresh_if_stale(sql, "" if waits else "(SKIP_LOCKED)")
    except DATABASE_IS_AWAY as error:
        log.warning("statistics.not_refreshed", error=repr(error))


async def _refresh_if_stale(sql: Connection, how: str) -> None:
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
        await sql.execute(f"ANALYZE {how} {', '.join(row['relname'] for row in rows)}")


async def plan_anew_if_grown(sql: Connection, table: Literal["orders", "dispatches"], *, rows: int) -> None:
    """Forget all plans of the connection if `table` has grown to a multiple of itself in this transaction.

    `rows` are about to refer to what was written to it just now. While the table was one page, any index
    would do to look up a row of it, and the check of a foreign key keeps what it chose for as long as the
    connection lives: one that goes by the client alone reads all rows for each.
    """
    if rows >= _MANY and await sql.fetchval(
        "SELECT pg_relation_size($1::text::regclass) < $2", table, rows * _BYTES
    ):
        await sql.execute("DISCARD PLANS")
