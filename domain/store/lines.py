"""Order lines and the open demand they put on their pool.

`change_quantities` is the only way a line's figures change, and keeps `pool_demand` in step with
them in the same statement: a row while the line has open quantity, none afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain.rules.vocabulary import FulfilmentRoute
from domain.store import demand
from domain.store.arrays import moments, numbers
from domain.store.database import Connection, Row
from domain.store.statistics import plan_anew_if_grown


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """Signed changes of one line's figures, in units."""

    line_id: int
    requested: int = 0
    allocated: int = 0
    shipped: int = 0
    cancelled: int = 0


async def change_quantities(
    sql: Connection, *, client_id: int, changes: Sequence[QuantityChange]
) -> list[Row]:
    """Apply the changes (one per line), whose pools are locked by the caller; the lines as they are now.

    Each row has id, order_id, sku_id, route, open, back_ordered, and what the last two were before.
    A line is never back-ordered for more than is open, and one without open quantity not at all. What is
    dispatched uses up what was received for the line (D6). Lines on the route DROPSHIP put no demand on a
    pool.
    """
    changed = await sql.fetch(
        """
        WITH change AS (
            SELECT * FROM unnest($2::text::bigint[], $3::text::int[], $4::text::int[], $5::text::int[],
                                 $6::text::int[]) AS c(line_id, requested, allocated, shipped, cancelled)
        ), changed AS (
            UPDATE order_lines AS line
            SET requested = line.requested + change.requested,
                allocated = line.allocated + change.allocated,
                shipped = line.shipped + change.shipped,
                cancelled = line.cancelled + change.cancelled
            FROM change
            WHERE line.client_id = $1 AND line.id = ANY($2::text::bigint[]) AND line.id = change.line_id
            RETURNING line.id, line.order_id, line.sku_id, line.route,
                      line.requested - line.allocated - line.shipped - line.cancelled AS open,
                      change.requested - change.allocated - change.shipped - change.cancelled AS opened,
                      greatest(change.allocated + change.shipped, 0) AS dispatched
        ), met AS (
            DELETE FROM pool_demand AS demand USING changed
            WHERE demand.client_id = $1 AND demand.line_id = ANY($2::text::bigint[])
              AND demand.line_id = changed.id AND changed.open = 0
        ), waiting AS (
            UPDATE pool_demand AS demand
            SET open = changed.open, back_ordered = least(demand.back_ordered, changed.open),
                coverage_due = true,
                cross_docked = least(greatest(demand.cross_docked - changed.dispatched, 0), changed.open)
            FROM changed
            WHERE demand.client_id = $1 AND demand.line_id = ANY($2::text::bigint[])
              AND demand.line_id = changed.id AND changed.open > 0
        )
        SELECT changed.id, changed.order_id, changed.sku_id, changed.route, changed.open,
               changed.open - changed.opened AS previously_open,
               least(coalesce(old.back_ordered, 0), changed.open) AS back_ordered,
               coalesce(old.back_ordered, 0) AS previously_back_ordered
        FROM changed LEFT JOIN pool_demand AS old -- as it was when the statement began
            ON old.client_id = $1 AND old.line_id = ANY($2::text::bigint[]) AND old.line_id = changed.id
        ORDER BY changed.id
        """,
        client_id,
        numbers(change.line_id for change in changes),
        numbers(change.requested for change in changes),
        numbers(change.allocated for change in changes),
        numbers(change.shipped for change in changes),
        numbers(change.cancelled for change in changes),
    )
    await demand.again(
        sql,
        client_id=client_id,
        lines=[
            line
            for line in changed
            if line["open"] and not line["previously_open"] and line["route"] != FulfilmentRoute.DROPSHIP
        ],
    )
    return changed


class NewLine(NamedTuple):
    """A line to insert, of `quantity` units.

    `back_ordered` of them are not covered; None says that coverage is still to be computed.
    """

    order_id: int
    number: int
    sku_id: int
    quantity: int
    back_ordered: int | None = None


class Queued(NamedTuple):
    """Where the lines of an order wait, and its rank columns."""

    order_id: int
    distribution_center_id: int
    priority: int
    ordered_at: datetime


async def insert(
    sql: Connection, *, client_id: int, at: datetime, lines: Sequence[NewLine], orders: Sequence[Queued]
) -> list[Row]:
    """Insert the lines of the orders with their open demand.

    Each row has id, sku_id, distribution_center_id, back_ordered and coverage_due.
    """
    await plan_anew_if_grown(sql, "orders", rows=len(lines))
    return await sql.fetch(
        """
        WITH new AS (
            SELECT * FROM unnest($2::text::bigint[], $3::text::int[], $4::text::bigint[], $5::text::int[],
                                 $6::text::int[]) AS n(order_id, line_number, sku_id, quantity, back_ordered)
        ), o AS (
            SELECT * FROM unnest($7::text::bigint[], $8::text::bigint[], $9::text::int[],
                                 $10::text::timestamptz[])
                AS o(order_id, distribution_center_id, priority, ordered_at)
        ), line AS (
            INSERT INTO order_lines (client_id, order_id, line_number, sku_id, requested)
            SELECT $1, order_id, line_number, sku_id, quantity FROM new
            RETURNING id, order_id, line_number, route
        ), demand AS (
            INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route,
                                     priority, ordered_at, open, back_ordered, back_ordered_since,
                                     coverage_due)
            SELECT $1, line.id, o.distribution_center_id, new.sku_id, order_id, line.route, o.priority,
                   o.ordered_at, new.quantity, coalesce(new.back_ordered, 0),
                   CASE WHEN new.back_ordered > 0 THEN $11::timestamptz END, new.back_ordered IS NULL
            FROM new JOIN line USING (order_id, line_number) JOIN o USING (order_id)
            RETURNING line_id, sku_id, distribution_center_id, back_ordered, coverage_due
        )
        SELECT line_id AS id, sku_id, distribution_center_id, back_ordered, coverage_due FROM demand
        """,
        client_id,
        numbers(line.order_id for line in lines),
        numbers(line.number for line in lines),
        numbers(line.sku_id for line in lines),
        numbers(line.quantity for line in lines),
        numbers(line.back_ordered for line in lines),
        numbers(order.order_id for order in orders),
        numbers(order.distribution_center_id for order in orders),
        numbers(order.priority for order in orders),
        moments(order.ordered_at for order in orders),
        at,
    )


async def of_orders(sql: Connection, *, client_id: int, order_ids: Sequence[int]) -> list[Row]:
    """Every line of the orders with its open quantity, in order and line order."""
    return await sql.fetch(
        """
        SELECT id, order_id, sku_id, line_number, route, requested, allocated, shipped, cancelled,
               requested - allocated - shipped - cancelled AS open
        FROM order_lines WHERE client_id = $1 AND order_id = ANY($2::bigint[])
        ORDER BY order_id, line_number
        """,
        client_id,
        list(order_ids),
    )


async def get(sql: Connection, *, client_id: int, line_id: int) -> Row | None:
    """The line with its open quantity and the pool of its order, or None."""
    return await sql.fetchrow(
        """
        SELECT id, order_id, sku_id, route, requested - allocated - shipped - cancelled AS open,
               (SELECT o.distribution_center_id FROM orders AS o
                WHERE o.client_id = $1 AND o.id = line.order_id) AS distribution_center_id
        FROM order_lines AS line WHERE client_id = $1 AND id = $2
        """,
        client_id,
        line_id,
    )


async def fulfilled(sql: Connection, *, client_id: int, line_ids: Collection[int]) -> dict[int, int]:
    """The allocated and shipped units of each of the lines that has any, by line id."""
    rows = await sql.fetch(
        """
        SELECT id, allocated + shipped AS units FROM order_lines
        WHERE client_id = $1 AND id = ANY($2::bigint[]) AND allocated + shipped > 0
        """,
        client_id,
        list(line_ids),
    )
    return {row["id"]: row["units"] for row in rows}


async def existing(sql: Connection, *, client_id: int, line_ids: Sequence[int]) -> set[int]:
    """Those of the ids that are ids of order lines."""
    rows = await sql.fetch(
        "SELECT id FROM order_lines WHERE client_id = $1 AND id = ANY($2::bigint[])",
        client_id,
        list(line_ids),
    )
    return {row["id"] for row in rows}


async def move_to_order(sql: Connection, *, client_id: int, line_ids: Sequence[int], order_id: int) -> None:
    """Make the lines the first ones of another order of the same pool, numbered as they are given.

    Nothing of them is dispatched, so in their new order they are back-order lines only while short.
    """
    await sql.execute(
        """
        WITH moved AS (
            UPDATE order_lines AS line SET order_id = $3, line_number = given.place
            FROM unnest($2::bigint[]) WITH ORDINALITY AS given(id, place)
            WHERE line.client_id = $1 AND line.id = ANY($2::bigint[]) AND line.id = given.id
        )
        UPDATE pool_demand
        SET order_id = $3, coverage_due = true,
            back_ordered_since = CASE WHEN back_ordered > 0 THEN back_ordered_since END
        WHERE client_id = $1 AND line_id = ANY($2::bigint[])
        """,
        client_id,
        list(line_ids),
        order_id,
    )


async def back_ordered(sql: Connection, *, client_id: int, order_ids: Sequence[int]) -> list[Row]:
    """The orders' lines in the processor's queue that are back-ordered: id, order_id, sku_id and open."""
    return await sql.fetch(
        """
        SELECT line_id AS id, order_id, sku_id, open FROM pool_demand
        WHERE client_id = $1 AND order_id = ANY($2::bigint[]) AND route = 'PROCESSOR' AND back_ordered > 0
        ORDER BY line_id
        """,
        client_id,
        list(order_ids),
    )
