"""Row locks, all of them, in the one order in which they may be taken.

    1. the idempotency key   (store/idempotency.py)
    2. the client's reference data
    3. pools, by distribution center id
    4. orders, by id
    5. anything else belongs to a locked pool or order and needs no lock of its own; but for the row
       of the client's settings, which a pool's first number takes after the pools (store/numbering.py)

A receipt takes its pool's lock by the statement that receives (store/receipts.py).

A pool's lock covers every quantity of the pool: stock levels, open demand, coverage, and what is
allocated of its order lines. An order's lock covers its status, its details and its version.
Whoever needs both takes the pool first. Whoever has a pool may change any of its orders then, by id or not:
what one order gets, others say they lack (store/coverage.py). So whoever has not the pool never waits for an
order while having another one; and two transactions can never wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection

import asyncpg

from domain.store import reference
from domain.store.arrays import numbers
from domain.store.database import Connection, Row


async def lock_reference_data(sql: Connection, *, client_id: int) -> None:
    """Let nobody else set the client's distribution centers, stores or SKUs until the transaction ends.

    They are inserted or changed in the order in which they were sent: two calls that name the same codes in
    different orders would wait for each other.
    """
    await sql.execute("SELECT pg_advisory_xact_lock(hashtextextended('reference data', $1))", client_id)


async def lock_pools(sql: Connection, *, client_id: int, distribution_center_ids: Collection[int]) -> None:
    """Lock the pools until the transaction ends, and move their generation on."""
    # A statement per pool, sent together: one that locks rows and then updates them comes to a row twice,
    # the second time in the version it saw at first, and can deadlock with those who queue up there.
    await sql.executemany(_LOCK_POOL, [(client_id, pool, 1) for pool in sorted(distribution_center_ids)])


async def lock_all_pools(sql: Connection, *, client_id: int) -> list[int]:
    """Lock every pool of the client, and let none be added, until the transaction ends; their ids."""
    # A pool that came while others are waited for would go by what was set before.
    await lock_reference_data(sql, client_id=client_id)
    pools = await reference.pools(sql, client_id=client_id)
    await lock_pools(sql, client_id=client_id, distribution_center_ids=pools)
    return pools


async def lock_orders(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> list[Row]:
    """Lock the orders until the transaction ends; their rows as they are now, by id.

    The caller has their pools, or locks no more than one: see `lock_orders_without_pools`.
    """
    return await sql.fetch(_LOCK_ORDERS, client_id, numbers(sorted(order_ids)))


async def lock_orders_without_pools(
    sql: Connection, *, client_id: int, order_ids: Collection[int], but_for: Collection[int] = ()
) -> list[Row]:
    """Lock the orders, of which only those of `but_for` are locked with their pools; the rows by id.

    For changes that no quantity and no plan depends on: they wait for no pool, and its generation stays. Only
    when somebody has one of the orders just now, the pools of all are waited for, and nothing is kept
    meanwhile from anybody: whoever has it may have its pool, and want the others next.
    """
    try:
        async with sql.transaction():
            await lock_pools_of_orders(sql, client_id=client_id, order_ids=but_for)
            try:
                return await sql.fetch(f"{_LOCK_ORDERS} NOWAIT", client_id, numbers(sorted(order_ids)))
            except asyncpg.LockNotAvailableError:
                raise _OrderLockedError from None
    except _OrderLockedError:
        pools = await _pools_of_orders(sql, client_id, order_ids)
        moving = await _pools_of_orders(sql, client_id, but_for)
        await sql.executemany(_LOCK_POOL, [(client_id, pool, int(pool in moving)) for pool in sorted(pools)])
        return await lock_orders(sql, client_id=client_id, order_ids=order_ids)


class _OrderLockedError(Exception):
    """Somebody has one of the orders; what was locked has been given back."""


# What operations decide from, or tell as it was before: of thousands of orders, every column more is felt.
# By `planned_version` a plan knows that its order is what it was: the version without its moves by news of a
# marketplace, which nothing is planned from (store/marketplace.py).
_COLUMNS = """
    id, number, version, version - news AS planned_version, distribution_center_id, store_id, status,
    delivery_status, back_order_status, back_order_mark, is_back_order, locked, priority, ordered_at,
    confirmed_at, delayed_until, promised_at, marketplace_status, marketplace_invoice_number,
    sales_order_code, invoice_code, shipping_agency
"""
_LOCK_ORDERS = f"""
SELECT {_COLUMNS} FROM orders WHERE client_id = $1 AND id = ANY($2::text::bigint[])
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - the columns above

_LOCK_POOL = """
UPDATE stock_pools SET generation = generation + $3
WHERE client_id = $1 AND distribution_center_id = $2
"""


async def lock_pools_of_orders(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> None:
    """Lock the pools of the orders until the transaction ends, and move their generation on."""
    pools = await _pools_of_orders(sql, client_id, order_ids)
    await lock_pools(sql, client_id=client_id, distribution_center_ids=pools)


async def _pools_of_orders(sql: Connection, client_id: int, order_ids: Collection[int]) -> set[int]:
    # An order's distribution center never changes, so reading it first needs no lock.
    rows = await sql.fetch(
        """
        SELECT DISTINCT distribution_center_id AS id FROM orders
        WHERE client_id = $1 AND id = ANY($2::text::bigint[])
        """,
        client_id,
        numbers(order_ids),
    )
    return {row["id"] for row in rows}


async def lock_orders_and_pools(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> list[Row]:
    """Lock the pools of the orders, then the orders; the orders' rows as they are now, by id."""
    await lock_pools_of_orders(sql, client_id=client_id, order_ids=order_ids)
    return await lock_orders(sql, client_id=client_id, order_ids=order_ids)


async def lock_order_of_line(sql: Connection, *, client_id: int, line_id: int) -> Row | None:
    """Lock the line's pool and order; the order's row as it is now, or None when there is no such line."""
    # A split moves lines between orders of one pool, so the pool is known before its lock, the order after.
    pool = await sql.fetchval(
        """
        SELECT distribution_center_id FROM orders
        WHERE client_id = $1 AND id = (SELECT order_id FROM order_lines WHERE client_id = $1 AND id = $2)
        """,
        client_id,
        line_id,
    )
    if pool is None:
        return None
    await lock_pools(sql, client_id=client_id, distribution_center_ids=[pool])
    order_id = await sql.fetchval(
        "SELECT order_id FROM order_lines WHERE client_id = $1 AND id = $2", client_id, line_id
    )
    (order,) = await lock_orders(sql, client_id=client_id, order_ids=[order_id])
    return order


async def lock_pool_of_purchase_order(
    sql: Connection, *, client_id: int, purchase_order_id: int
) -> Row | None:
    """Lock the pool that the purchase order comes into and move its generation on; the order's row, or None.

    One whose lines a vendor ships comes into no pool: nothing is locked then.
    """
    # Pool and order of a purchase order never change, so its row needs no lock and is the same after it.
    return await sql.fetchrow(
        """
        WITH ordered AS (
            SELECT * FROM purchase_orders WHERE client_id = $1 AND id = $2
        ), pool AS (
            UPDATE stock_pools SET generation = generation + 1
            WHERE client_id = $1 AND distribution_center_id = (
                SELECT distribution_center_id FROM ordered WHERE dropship_order_id IS NULL)
        )
        SELECT * FROM ordered
        """,
        client_id,
        purchase_order_id,
    )


async def is_waited_for(sql: Connection) -> bool:
    """Whether another transaction waits for this one to end, for a pool as a rule."""
    waited_for: bool = await sql.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM pg_locks
            WHERE locktype = 'transactionid' AND transactionid = pg_current_xact_id_if_assigned()::xid
              AND NOT granted
        )
        """
    )
    return waited_for
