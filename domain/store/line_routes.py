"""Giving order lines to another owner of their fulfilment, and what that does to the demand on their pool."""

from __future__ import annotations

from collections.abc import Sequence

from domain.rules.vocabulary import FulfilmentRoute
from domain.store import demand
from domain.store.database import Connection, Row


async def change_route(
    sql: Connection, *, client_id: int, line_ids: Sequence[int], route: FulfilmentRoute
) -> None:
    """Give the lines to another owner of their fulfilment, PROCESSOR, SPLIT_DELIVERY or WAREHOUSE_PICK.

    Their demand stays what it was, under the new route. The caller has locked their pools and orders, and
    settles the orders afterwards: whether they are queued depends on the routes of their open lines.
    """
    await sql.execute(
        """
        WITH line AS (UPDATE order_lines SET route = $3 WHERE client_id = $1 AND id = ANY($2::bigint[]))
        UPDATE pool_demand SET route = $3 WHERE client_id = $1 AND line_id = ANY($2::bigint[])
        """,
        client_id,
        list(line_ids),
        route,
    )


async def leave_to_vendor(sql: Connection, *, client_id: int, line_ids: Sequence[int]) -> list[Row]:
    """Give the lines the route DROPSHIP: they want nothing of their pool any more (D5).

    What they wanted of it: line_id, sku_id and back_ordered.
    """
    return await sql.fetch(
        """
        WITH line AS (
            UPDATE order_lines SET route = 'DROPSHIP' WHERE client_id = $1 AND id = ANY($2::bigint[])
        )
        DELETE FROM pool_demand WHERE client_id = $1 AND line_id = ANY($2::bigint[])
        RETURNING line_id, sku_id, back_ordered
        """,
        client_id,
        list(line_ids),
    )


async def take_from_vendor(sql: Connection, *, client_id: int, line_ids: Sequence[int]) -> list[Row]:
    """Give lines on the route DROPSHIP back to the processor's queue; their id and sku_id."""
    taken = await sql.fetch(
        """
        UPDATE order_lines SET route = 'PROCESSOR' WHERE client_id = $1 AND id = ANY($2::bigint[])
        RETURNING id, order_id, sku_id, route, requested - allocated - shipped - cancelled AS open
        """,
        client_id,
        list(line_ids),
    )
    await demand.again(sql, client_id=client_id, lines=[line for line in taken if line["open"]])
    return taken
