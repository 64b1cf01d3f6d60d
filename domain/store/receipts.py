"""Receipts: units of purchase-order lines come into stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.store.arrays import numbers
from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class Arrival:
    """A purchase order of which something has come, and what of it was taken into stock.

    Each of `lines` has line_id, line_sku_id and order_line_id of a purchase-order line, and what is
    on_hand of its SKU now.
    """

    ordered: Row
    lines: Sequence[Row]


async def take_in(
    sql: Connection,
    *,
    client_id: int,
    purchase_order_id: int,
    at: datetime,
    happened_at: datetime | None = None,
    units: Mapping[int, int],
) -> Arrival | None:
    """Lock the pool that the purchase order comes into, and receive units, by line, of what is open of it.

    Lock, lines, levels and ledger (F8) are one statement. None when there is no such purchase order; of one
    whose lines a vendor ships nothing is locked and nothing received. When not every line is in the answer,
    not all of it was open: the caller rolls back.
    """
    rows = await sql.fetch(
        _TAKE_IN, client_id, purchase_order_id, at, numbers(units), numbers(units.values()), happened_at
    )
    if not rows:
        return None
    return Arrival(rows[0], [row for row in rows if row["line_id"] is not None])


# The statement sees what was committed when it began, and may then wait for the pool. So what it decides by
# are the rows that it updates, which PostgreSQL reads again if they have changed meanwhile, conditions
# included: the line must be open now, and everything else follows from the line as it is now.
_TAKE_IN = """
WITH ordered AS (
    SELECT * FROM purchase_orders WHERE client_id = $1 AND id = $2
), pool AS (
    UPDATE stock_pools SET generation = generation + 1
    WHERE client_id = $1 AND distribution_center_id = (
        SELECT distribution_center_id FROM ordered WHERE dropship_order_id IS NULL)
    RETURNING distribution_center_id AS id
), line AS (
    UPDATE purchase_order_lines AS line SET received = line.received + given.units
    FROM unnest($4::text::bigint[], $5::text::bigint[]) AS given(id, units)
    WHERE line.client_id = $1 AND line.id = ANY($4::text::bigint[]) AND line.id = given.id
      AND line.purchase_order_id = $2 AND line.distribution_center_id = (SELECT id FROM pool)
      AND line.open >= given.units
    RETURNING line.id, line.sku_id, line.order_line_id, given.units
), entry AS (
    INSERT INTO stock_movements (client_id, distribution_center_id, sku_id, at, happened_at, kind,
                                 on_hand_change, allocated_change, order_line_id, note)
    SELECT $1, (SELECT id FROM pool), sku_id, $3, $6, 'RECEIPT', units, 0, order_line_id,
           'purchase order ' || (SELECT number FROM ordered)
    FROM line ORDER BY id
), level AS (
    -- More than a level can hold is refused by who reads what is on hand now.
    UPDATE stock_levels AS level SET on_hand = least(level.on_hand + coming.units, 2147483647)
    FROM (SELECT sku_id, sum(units) AS units FROM line GROUP BY sku_id) AS coming
    WHERE level.client_id = $1 AND level.distribution_center_id = (SELECT id FROM pool)
      AND level.sku_id = ANY(ARRAY(SELECT sku_id FROM line)) AND level.sku_id = coming.sku_id
    RETURNING level.sku_id, level.on_hand
)
SELECT ordered.*, received.*
FROM ordered
LEFT JOIN (
    SELECT line.id AS line_id, line.sku_id AS line_sku_id, line.order_line_id, level.on_hand
    FROM line JOIN level ON level.sku_id = line.sku_id
) AS received ON true
ORDER BY received.line_id
"""
