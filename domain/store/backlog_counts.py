"""Adding up what transactions have noted of the dashboard's orders (migration 0008)."""

from __future__ import annotations

from domain.store.database import Connection, plan_for_rows

_ADDING_UP = 7_012_202_608
"""The number of the lock that keeps a second one away, and with it waits and deadlocks."""


async def are_noted(sql: Connection) -> bool:
    """Whether there is anything to be added up."""
    noted: bool = await sql.fetchval("SELECT EXISTS (SELECT FROM backlog_order_changes)")
    return noted


async def add_up(sql: Connection, *, limit: int) -> int:
    """Add up to `limit` changes to the counts; how many there were, 0 while somebody else does it.

    Both happen in one statement, so nobody ever counts a change twice, or not at all.
    """
    if not await sql.fetchval("SELECT pg_try_advisory_xact_lock($1)", _ADDING_UP):
        return 0
    await plan_for_rows(sql)
    noted: int = await sql.fetchval(_NOTED, limit)
    await sql.execute(_ADD_UP, limit)
    return noted


async def give_back_room(sql: Connection) -> None:
    """Have what was added up leave its table, unless somebody else is at it; in no transaction."""
    await sql.execute("VACUUM (SKIP_LOCKED) backlog_order_changes")


_NOTED = "SELECT count(*) FROM (SELECT FROM backlog_order_changes LIMIT $1) AS noted"

_ADD_UP = """
WITH gone AS (
    DELETE FROM backlog_order_changes
    WHERE ctid = ANY(ARRAY(SELECT ctid FROM backlog_order_changes LIMIT $1))
    RETURNING client_id, distribution_center_id, store_id, hour, condition, orders
)
MERGE INTO backlog_order_counts AS counted USING (
    SELECT client_id, CASE WHEN grouping(distribution_center_id) = 1 THEN 0 ELSE distribution_center_id END
               AS distribution_center_id,
           CASE WHEN grouping(store_id) = 1 THEN 0 ELSE store_id END AS store_id,
           hour, condition, sum(orders) AS orders
    FROM gone GROUP BY client_id, hour, condition, CUBE (distribution_center_id, store_id)
    HAVING sum(orders) <> 0 AND (grouping(store_id) = 1 OR store_id IS NOT NULL)
) AS more
ON counted.client_id = more.client_id AND counted.distribution_center_id = more.distribution_center_id
    AND counted.store_id = more.store_id AND counted.hour = more.hour AND counted.condition = more.condition
WHEN MATCHED AND counted.orders + more.orders = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET orders = counted.orders + more.orders
WHEN NOT MATCHED THEN INSERT (client_id, distribution_center_id, store_id, hour, condition, orders)
    VALUES (more.client_id, more.distribution_center_id, more.store_id, more.hour, more.condition,
            more.orders)
"""
