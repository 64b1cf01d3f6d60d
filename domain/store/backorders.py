"""Backorders, their items, and what dispatches took of them.

A Backorder belongs to its order, whose lock (and whose pool's) covers it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.store import numbering
from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class ItemChange:
    """Signed changes of one item's figures, in units."""

    item_id: int
    quantity: int = 0
    filled: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to put on a Backorder."""

    backorder_id: int
    line_id: int
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Fill:
    """Units that a dispatch takes of an item."""

    item_id: int
    quantity: int


async def find(sql: Connection, *, client_id: int, backorder_id: int) -> Row | None:
    """The Backorder: id, number, status, order_id, distribution_center_id."""
    return await sql.fetchrow(
        """
        SELECT id, number, status, order_id, distribution_center_id FROM backorders
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        backorder_id,
    )


async def items_of(sql: Connection, *, client_id: int, backorder_id: int) -> list[Row]:
    """The Backorder's items: id, order_line_id, sku_id, sku_code, barcode and open, by id."""
    return await sql.fetch(
        """
        SELECT item.id, item.order_line_id, item.sku_id, sku.code AS sku_code, sku.barcode,
               item.quantity - item.filled - item.cancelled AS open
        FROM backorder_items AS item
        JOIN skus AS sku ON sku.client_id = $1 AND sku.id = item.sku_id AND sku.id = ANY(ARRAY(
            SELECT sku_id FROM backorder_items WHERE client_id = $1 AND backorder_id = $2))
        WHERE item.client_id = $1 AND item.backorder_id = $2
        ORDER BY item.id
        """,
        client_id,
        backorder_id,
    )


async def open_of_orders(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> dict[int, int]:
    """The id of each order's open Backorder, by order id, where there is one."""
    rows = await sql.fetch(
        """
        SELECT id, order_id FROM backorders
        WHERE client_id = $1 AND order_id = ANY($2::bigint[]) AND status IN ('OPEN', 'PARTIALLY_FILLED')
        """,
        client_id,
        list(order_ids),
    )
    return {row["order_id"]: row["id"] for row in rows}


async def items_of_lines(
    sql: Connection, *, client_id: int, backorder_ids: Collection[int], line_ids: Collection[int]
) -> dict[int, Row]:
    """The item of each line on one of the Backorders: id, backorder_id, open; by line id."""
    rows = await sql.fetch(
        """
        SELECT id, backorder_id, order_line_id, quantity - filled - cancelled AS open FROM backorder_items
        WHERE client_id = $1 AND order_line_id = ANY($2::bigint[]) AND backorder_id = ANY($3::bigint[])
        """,
        client_id,
        list(line_ids),
        list(backorder_ids),
    )
    return {row["order_line_id"]: row for row in rows}


async def insert(
    sql: Connection, *, client_id: int, order_ids: Collection[int], at: datetime
) -> dict[int, int]:
    """An empty Backorder for each of the orders, whose pools the caller has locked; its id by order id."""
    pools = await sql.fetch(
        """
        SELECT distribution_center_id, array_agg(id ORDER BY id) AS order_ids FROM orders
        WHERE client_id = $1 AND id = ANY($2::bigint[])
        GROUP BY distribution_center_id ORDER BY distribution_center_id
        """,
        client_id,
        list(order_ids),
    )
    made: dict[int, int] = {}
    for pool in pools:
        drawn = await numbering.draw(
            sql,
            client_id=client_id,
            distribution_center_id=pool["distribution_center_id"],
            of="backorders",
            count=len(pool["order_ids"]),
        )
        rows = await sql.fetch(
            """
            INSERT INTO backorders (client_id, order_id, distribution_center_id, created_at, number)
            SELECT $1, order_id, $3, $4, $6::text || $5::bigint + place - 1
            FROM unnest($2::bigint[]) WITH ORDINALITY AS o(order_id, place)
            RETURNING id, order_id
            """,
            client_id,
            pool["order_ids"],
            pool["distribution_center_id"],
            at,
            drawn.first,
            drawn.prefix,
        )
        made |= {row["order_id"]: row["id"] for row in rows}
    return made


async def insert_items(sql: Connection, *, client_id: int, items: Sequence[NewItem]) -> None:
    """Put new items on their Backorders."""
    await sql.execute(
        """
        INSERT INTO backorder_items (client_id, backorder_id, distribution_center_id, order_line_id, sku_id,
                                     quantity)
        SELECT $1, b.id, b.distribution_center_id, item.line_id, item.sku_id, item.quantity
        FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[])
            WITH ORDINALITY AS item(backorder_id, line_id, sku_id, quantity, place)
        JOIN backorders AS b
            ON b.client_id = $1 AND b.id = ANY($2::bigint[]) AND b.id = item.backorder_id
        ORDER BY item.place
        """,
        client_id,
        [item.backorder_id for item in items],
        [item.line_id for item in items],
        [item.sku_id for item in items],
        [item.quantity for item in items],
    )


async def change_items(sql: Connection, *, client_id: int, changes: Sequence[ItemChange]) -> None:
    """Apply the changes, one per item."""
    await sql.execute(
        """
        UPDATE backorder_items AS item
        SET quantity = item.quantity + change.quantity, filled = item.filled + change.filled,
            cancelled = item.cancelled + change.cancelled
        FROM unnest($2::bigint[], $3::int[], $4::int[], $5::int[])
            AS change(id, quantity, filled, cancelled)
        WHERE item.client_id = $1 AND item.id = ANY($2::bigint[]) AND item.id = change.id
        """,
        client_id,
        [change.item_id for change in changes],
        [change.quantity for change in changes],
        [change.filled for change in changes],
        [change.cancelled for change in changes],
    )


async def figures(sql: Connection, *, client_id: int, backorder_ids: Collection[int]) -> list[Row]:
    """Each Backorder's id, number, status, order_id, and the units of its items: open and filled."""
    return await sql.fetch(
        """
        SELECT b.id, b.number, b.status, b.order_id, sum(item.filled) AS filled,
               sum(item.quantity - item.filled - item.cancelled) AS open
        FROM backorders AS b
        JOIN backorder_items AS item
            ON item.client_id = $1 AND item.backorder_id = ANY($2::bigint[]) AND item.backorder_id = b.id
        WHERE b.client_id = $1 AND b.id = ANY($2::bigint[])
        GROUP BY b.id, b.number, b.status, b.order_id ORDER BY b.id
        """,
        client_id,
        list(backorder_ids),
    )


async def set_statuses(sql: Connection, *, client_id: int, statuses: Sequence[tuple[int, str]]) -> None:
    """Set the status of each Backorder, given as id and status."""
    await sql.execute(
        """
        UPDATE backorders AS b SET status = given.status
        FROM unnest($2::bigint[], $3::text[]) AS given(id, status)
        WHERE b.client_id = $1 AND b.id = ANY($2::bigint[]) AND b.id = given.id
        """,
        client_id,
        [backorder_id for backorder_id, _ in statuses],
        [status for _, status in statuses],
    )


async def record_fills(sql: Connection, *, client_id: int, dispatch_id: int, fills: Sequence[Fill]) -> None:
    """Remember what the dispatch took of which item."""
    await sql.execute(
        """
        INSERT INTO backorder_fills (client_id, dispatch_id, item_id, quantity)
        SELECT $1, $2, * FROM unnest($3::bigint[], $4::int[])
        """,
        client_id,
        dispatch_id,
        [fill.item_id for fill in fills],
        [fill.quantity for fill in fills],
    )


async def fills_of(sql: Connection, *, client_id: int, dispatch_id: int) -> list[Row]:
    """What the dispatch took of which item: item_id, quantity, and the item's backorder_id."""
    return await sql.fetch(
        """
        SELECT fill.item_id, fill.quantity, item.backorder_id
        FROM backorder_fills AS fill
        JOIN backorder_items AS item
            ON item.client_id = $1 AND item.id = fill.item_id AND item.id = ANY(ARRAY(
                SELECT item_id FROM backorder_fills WHERE client_id = $1 AND dispatch_id = $2))
        WHERE fill.client_id = $1 AND fill.dispatch_id = $2
        """,
        client_id,
        dispatch_id,
    )
