"""Receipts: units of purchase-order lines come into stock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.store.arrays import numbers
from domain.store.database import Connection, Row


async def take_in(
    sql: Connection, *, client_id: int, ordered: Row, at: datetime, units: Mapping[int, int]
) -> list[Row]:
    """Receive units, by line, of the purchase order, whose pool the caller has locked.

    The lines, the levels and the ledger (F8) are written in one statement. Each row has id, sku_id and
    order_line_id of a line, and what of its SKU is on hand now. No row, and nothing written, if not all of
    it is open.
    """
    return await sql.fetch(
        """
        WITH receipt AS (
            SELECT line.id, line.sku_id, line.order_line_id, given.units::int AS units
            FROM unnest($5::text::bigint[], $6::text::bigint[]) AS given(id, units)
            JOIN purchase_order_lines AS line ON line.client_id = $1 AND line.id = ANY($5::text::bigint[])
                AND line.id = given.id
            WHERE line.purchase_order_id = $2 AND line.distribution_center_id = $3
              AND line.open >= given.units
        ), whole AS (
            SELECT * FROM receipt
            WHERE (SELECT count(*) FROM receipt) = cardinality($5::text::bigint[])
        ), line AS (
            UPDATE purchase_order_lines AS line SET received = line.received + whole.units
            FROM whole
            WHERE line.client_id = $1 AND line.id = ANY($5::text::bigint[]) AND line.id = whole.id
        ), entry AS (
            INSERT INTO stock_movements (client_id, distribution_center_id, sku_id, at, kind, on_hand_change,
                                         allocated_change, order_line_id, note)
            SELECT $1, $3, sku_id, $4, 'RECEIPT', units, 0, order_line_id, $7 FROM whole
        ), level AS (
            -- More than a level can hold is refused by who reads what is on hand now.
            UPDATE stock_levels AS level SET on_hand = least(level.on_hand + coming.units, 2147483647)
            FROM (SELECT sku_id, sum(units) AS units FROM whole GROUP BY sku_id) AS coming
            WHERE level.client_id = $1 AND level.distribution_center_id = $3
              AND level.sku_id = ANY(ARRAY(SELECT sku_id FROM whole)) AND level.sku_id = coming.sku_id
            RETURNING level.sku_id, level.on_hand
        )
        SELECT whole.id, whole.sku_id, whole.order_line_id, level.on_hand
        FROM whole JOIN level ON level.sku_id = whole.sku_id ORDER BY whole.id
        """,
        client_id,
        ordered["id"],
        ordered["distribution_center_id"],
        at,
        numbers(units),
        numbers(units.values()),
        f"purchase order {ordered['number']}",
    )
