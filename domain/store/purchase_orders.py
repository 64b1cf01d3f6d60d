"""Purchase orders and their lines, on which stock and promises come in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """Units of a SKU to order, when they are expected, and the order line they are for (D6)."""

    sku_id: int
    quantity: int
    expected_at: datetime | None = None
    order_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """Signed changes of one purchase-order line's figures, in units."""

    line_id: int
    quantity: int = 0
    received: int = 0
    cancelled: int = 0


async def insert(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    number: str | None,
    at: datetime,
    lines: Sequence[NewLine],
    vendor: str | None = None,
    dropship_order_id: int | None = None,
    ship_to: Mapping[str, object] | None = None,
) -> Row | None:
    """Insert a purchase order with its lines; its id and number, or None when the number is taken.

    Without a number it is called DS and its id. With `dropship_order_id` the vendor ships its lines to that
    order's customer, and they come into no pool.
    """
    row = await sql.fetchrow(
        """
        INSERT INTO purchase_orders (client_id, id, number, distribution_center_id, vendor,
                                     dropship_order_id, ship_to, created_at)
        SELECT $1, next.id, coalesce($2, 'DS' || next.id), $3, $4, $5, $6::jsonb, $7
        FROM (SELECT nextval(pg_get_serial_sequence('purchase_orders', 'id')) AS id) AS next
        ON CONFLICT (client_id, number) DO NOTHING
        RETURNING id, number
        """,
        client_id,
        number,
        distribution_center_id,
        vendor,
        dropship_order_id,
        None if ship_to is None else msgspec.json.encode(ship_to).decode(),
        at,
    )
    if row is None:
        return None
    await sql.execute(
        """
        INSERT INTO purchase_order_lines (client_id, purchase_order_id, distribution_center_id,
                                          dropship_order_id, line_number, sku_id, quantity, expected_at,
                                          order_line_id)
        SELECT $1, $2, $3, $4, line.number, line.sku_id, line.quantity, line.expected_at, line.order_line_id
        FROM unnest($5::bigint[], $6::int[], $7::timestamptz[], $8::bigint[]) WITH ORDINALITY
            AS line(sku_id, quantity, expected_at, order_line_id, number)
        """,
        client_id,
        row["id"],
        distribution_center_id if dropship_order_id is None else None,
        dropship_order_id,
        [line.sku_id for line in lines],
        [line.quantity for line in lines],
        [line.expected_at for line in lines],
        [line.order_line_id for line in lines],
    )
    return row


async def of_line(sql: Connection, *, client_id: int, line_id: int) -> Row | None:
    """The row of the line's purchase order, or None when there is no such line."""
    return await sql.fetchrow(
        """
        SELECT * FROM purchase_orders
        WHERE client_id = $1 AND id = (
            SELECT purchase_order_id FROM purchase_order_lines WHERE client_id = $1 AND id = $2)
        """,
        client_id,
        line_id,
    )


async def lines_of(sql: Connection, *, client_id: int, purchase_order_id: int) -> dict[int, Row]:
    """The lines of the purchase order by id; what locks its pool keeps them as they are."""
    rows = await sql.fetch(
        """
        SELECT id, line_number, sku_id, quantity, received, cancelled, open, expected_at, order_line_id
        FROM purchase_order_lines WHERE client_id = $1 AND purchase_order_id = $2 ORDER BY line_number
        """,
        client_id,
        purchase_order_id,
    )
    return {row["id"]: row for row in rows}


async def change_lines(sql: Connection, *, client_id: int, changes: Sequence[LineChange]) -> None:
    """Apply the changes, one per line."""
    await sql.execute(
        """
        UPDATE purchase_order_lines AS line
        SET quantity = line.quantity + change.quantity, received = line.received + change.received,
            cancelled = line.cancelled + change.cancelled
        FROM unnest($2::bigint[], $3::int[], $4::int[], $5::int[])
            AS change(id, quantity, received, cancelled)
        WHERE line.client_id = $1 AND line.id = ANY($2::bigint[]) AND line.id = change.id
        """,
        client_id,
        [change.line_id for change in changes],
        [change.quantity for change in changes],
        [change.received for change in changes],
        [change.cancelled for change in changes],
    )


async def set_expected(sql: Connection, *, client_id: int, line_id: int, at: datetime | None) -> None:
    """Set when the line is expected; None when nobody knows."""
    await sql.execute(
        "UPDATE purchase_order_lines SET expected_at = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        line_id,
        at,
    )


async def set_link(sql: Connection, *, client_id: int, line_id: int, order_line_id: int | None) -> None:
    """Link the purchase-order line to an order line (D6), or to none."""
    await sql.execute(
        "UPDATE purchase_order_lines SET order_line_id = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        line_id,
        order_line_id,
    )


async def dropships_of(sql: Connection, *, client_id: int, line_ids: Collection[int]) -> dict[int, Row]:
    """The latest line that was ordered from a vendor for each of the order lines: id, open; by order line."""
    rows = await sql.fetch(
        """
        SELECT DISTINCT ON (order_line_id) order_line_id, id, open FROM purchase_order_lines
        WHERE client_id = $1 AND order_line_id = ANY($2::bigint[]) AND dropship_order_id IS NOT NULL
        ORDER BY order_line_id, id DESC
        """,
        client_id,
        list(line_ids),
    )
    return {row["order_line_id"]: row for row in rows}
