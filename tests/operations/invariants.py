"""What is true of the database whenever no transaction is open, whatever happened before."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby

from domain.rules import lifecycle
from domain.rules.coverage import OpenLine, back_order_status, cover
from domain.rules.picking import backorder_status
from domain.rules.vocabulary import BackOrderMark, FulfilmentRoute, OrderStatus
from domain.store.database import Database, Row
from tests.operations.promised import assert_promised

_LEVELS = """
SELECT client_id, distribution_center_id, sku_id, on_hand, allocated FROM stock_levels ORDER BY 1, 2, 3
"""
_LEDGER = """
SELECT client_id, distribution_center_id, sku_id, coalesce(sum(on_hand_change), 0)::int AS on_hand,
       coalesce(sum(allocated_change), 0)::int AS allocated
FROM stock_levels LEFT JOIN stock_movements USING (client_id, distribution_center_id, sku_id)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_HELD = """
SELECT level.client_id, level.distribution_center_id, level.sku_id, level.on_hand,
       coalesce(held.allocated, 0)::int AS allocated
FROM stock_levels AS level
LEFT JOIN (
    SELECT o.client_id, o.distribution_center_id, line.sku_id, sum(line.allocated) AS allocated
    FROM order_lines AS line JOIN orders AS o ON o.client_id = line.client_id AND o.id = line.order_id
    GROUP BY 1, 2, 3
) AS held USING (client_id, distribution_center_id, sku_id)
ORDER BY 1, 2, 3
"""
_DISPATCHED = """
SELECT line.id, line.allocated, line.shipped,
       coalesce(sum(dl.quantity) FILTER (WHERE d.status IN ('CREATED', 'PACKED')), 0)::int AS on_dispatches,
       coalesce(sum(dl.quantity) FILTER (WHERE d.status = 'SHIPPED'), 0)::int AS on_shipped_dispatches,
       coalesce((SELECT sum(ordered.received) FROM purchase_order_lines AS ordered
                 WHERE ordered.client_id = line.client_id AND ordered.order_line_id = line.id
                   AND ordered.dropship_order_id IS NOT NULL), 0)::int AS shipped_by_vendors
FROM order_lines AS line
LEFT JOIN dispatch_lines AS dl ON dl.client_id = line.client_id AND dl.order_line_id = line.id
LEFT JOIN dispatches AS d ON d.client_id = dl.client_id AND d.id = dl.dispatch_id
GROUP BY line.client_id, line.id, line.allocated, line.shipped
"""
_WITH_VENDORS = """
SELECT line.id FROM order_lines AS line
WHERE CASE WHEN line.route = 'DROPSHIP'
           THEN line.requested - line.allocated - line.shipped - line.cancelled ELSE 0 END
   <> coalesce((SELECT sum(ordered.open) FROM purchase_order_lines AS ordered
                WHERE ordered.client_id = line.client_id AND ordered.order_line_id = line.id
                  AND ordered.dropship_order_id = line.order_id), 0)
"""
_DEMAND = """
SELECT line_id, distribution_center_id, sku_id, order_id, route, priority, ordered_at, open
FROM pool_demand ORDER BY line_id
"""
_OPEN = """
SELECT line.id AS line_id, o.distribution_center_id, line.sku_id, o.id AS order_id, line.route, o.priority,
       o.ordered_at, line.requested - line.allocated - line.shipped - line.cancelled AS open
FROM order_lines AS line JOIN orders AS o ON o.client_id = line.client_id AND o.id = line.order_id
WHERE line.requested > line.allocated + line.shipped + line.cancelled AND line.route <> 'DROPSHIP'
  AND o.status <> 'OC_REJECTED'
ORDER BY line.id
"""
_ON_BACKORDERS = """
SELECT line.id FROM order_lines AS line
WHERE CASE WHEN line.route = 'WAREHOUSE_PICK'
           THEN line.requested - line.allocated - line.shipped - line.cancelled ELSE 0 END
   <> coalesce((SELECT sum(item.quantity - item.filled - item.cancelled) FROM backorder_items AS item
                JOIN backorders AS b ON b.client_id = item.client_id AND b.id = item.backorder_id
                WHERE item.client_id = line.client_id AND item.order_line_id = line.id
                  AND b.order_id = line.order_id AND b.status IN ('OPEN', 'PARTIALLY_FILLED')), 0)
"""
_FILLED = """
SELECT item.id FROM backorder_items AS item
WHERE item.filled <> coalesce((SELECT sum(fill.quantity) FROM backorder_fills AS fill
                               JOIN dispatches AS d
                                   ON d.client_id = fill.client_id AND d.id = fill.dispatch_id
                               WHERE fill.client_id = item.client_id AND fill.item_id = item.id
                                 AND d.status <> 'CANCELLED'), 0)
"""
_BACKORDERS = """
SELECT b.id, b.status, sum(item.filled) AS filled,
       sum(item.quantity - item.filled - item.cancelled) AS open
FROM backorders AS b
JOIN backorder_items AS item ON item.client_id = b.client_id AND item.backorder_id = b.id
GROUP BY b.client_id, b.id, b.status
"""
_SINCE = """
SELECT line_id FROM pool_demand AS line
JOIN orders AS o ON o.client_id = line.client_id AND o.id = line.order_id
WHERE (line.back_ordered_since IS NOT NULL)
   <> (line.back_ordered > 0 OR (o.is_back_order AND line.route = 'PROCESSOR'))
"""
_ENDED = """
SELECT id FROM orders WHERE ended_as IS NOT NULL
  AND (queue_status IN ('QUEUED', 'PARTIALLY_PROCESSED') OR back_order_status <> 'NONE')
"""


async def assert_consistent(database: Database) -> None:
    """Check stock against ledger and lines, demand and coverage against lines, statuses against rules."""
    async with database.transaction_across_clients(repeatable_read=True) as transaction:
        sql = transaction.sql
        levels = await sql.fetch(_LEVELS)
        assert levels == await sql.fetch(_LEDGER), "the ledger rebuilds the levels (F8)"
        assert levels == await sql.fetch(_HELD), "what is allocated is allocated to order lines"
        assert await sql.fetch(_DEMAND) == await sql.fetch(_OPEN), "demand is what is open"
        assert await sql.fetch(_SINCE) == []
        assert await sql.fetch(_ENDED) == [], "nothing of an order that has ended waits: lists rely on it"
        assert await sql.fetch("SELECT FROM pool_demand WHERE coverage_due") == [], (
            "coverage is up to date (D3)"
        )
        assert await sql.fetch(_ON_BACKORDERS) == [], "what waits to be picked is on a Backorder (E2)"
        assert await sql.fetch(_FILLED) == [], "what is filled is on dispatches (E5)"
        assert await sql.fetch(_WITH_VENDORS) == [], "what vendors ship is on their purchase orders (D5)"
        assert await sql.fetchval("SELECT recount_backlog_orders()") == 0, "the dashboard counts right (C2)"
        await assert_promised(sql)
        for row in await sql.fetch(_BACKORDERS):
            assert row["status"] == backorder_status(open_units=row["open"], filled=row["filled"])
        for line in await sql.fetch(_DISPATCHED):
            assert (line["allocated"], line["shipped"]) == (
                line["on_dispatches"],
                line["on_shipped_dispatches"] + line["shipped_by_vendors"],
            )
        demand = await sql.fetch("SELECT * FROM pool_demand ORDER BY client_id, distribution_center_id")
        _assert_covered(
            demand,
            await sql.fetch("SELECT * FROM stock_levels"),
            await sql.fetch("SELECT * FROM client_settings"),
            await sql.fetch("SELECT * FROM skus WHERE replacement_id IS NOT NULL"),
            await sql.fetch("SELECT * FROM distribution_centers"),
        )
        _assert_statuses(
            demand, await sql.fetch("SELECT * FROM orders"), await sql.fetch("SELECT * FROM order_lines")
        )


def _assert_covered(
    demand: list[Row], levels: list[Row], settings: list[Row], replaced: list[Row], centers: list[Row]
) -> None:
    settings_of = {row["client_id"]: row for row in settings}
    dropship = {row["id"] for row in centers if row["kind"] == "DROPSHIP"}
    for (client_id, pool), lines in groupby(
        demand, key=lambda row: (row["client_id"], row["distribution_center_id"])
    ):
        own = settings_of[client_id]
        active = own["back_order_workflow"]
        counts = pool not in dropship or (active and not own["exclude_dropship_from_availability"])
        waiting = list(lines)
        received = Counter[int]()
        for line in waiting:
            received[line["sku_id"]] += line["cross_docked"]
        available = {
            level["sku_id"]: units if counts else min(units, received[level["sku_id"]])
            for level in levels
            if level["distribution_center_id"] == pool
            for units in [max(level["on_hand"] - level["allocated"] - level["protected"], 0)]
        }
        replacements = {
            row["id"]: row["replacement_id"]
            for row in replaced
            if row["client_id"] == client_id and active and own["consider_replacement_sku"]
        }
        assert {line["line_id"]: line["back_ordered"] for line in waiting} == cover(
            demand=[
                OpenLine(
                    line["line_id"],
                    line["order_id"],
                    line["sku_id"],
                    line["priority"],
                    line["ordered_at"],
                    line["open"],
                    line["cross_docked"],
                )
                for line in waiting
            ],
            available=available,
            replacements=replacements,
        )


def _assert_statuses(demand: list[Row], orders: list[Row], lines: list[Row]) -> None:
    demand_of: defaultdict[int, list[Row]] = defaultdict(list)
    lines_of: defaultdict[int, list[Row]] = defaultdict(list)
    for row in demand:
        demand_of[row["order_id"]].append(row)
    for row in lines:
        lines_of[row["order_id"]].append(row)
    for order in orders:
        waiting, own = demand_of[order["id"]], lines_of[order["id"]]
        quantities = lifecycle.Quantities(
            *(sum(line[name] for line in own) for name in lifecycle.Quantities._fields)
        )
        status = OrderStatus(order["status"])
        assert order["back_order_status"] == back_order_status(
            # What a vendor ships is open, too.
            open_units=sum(line["open"] for line in waiting)
            + sum(
                line["requested"] - line["allocated"] - line["shipped"] - line["cancelled"]
                for line in own
                if line["route"] == FulfilmentRoute.DROPSHIP
            ),
            back_ordered=sum(line["back_ordered"] for line in waiting),
            mark=order["back_order_mark"] and BackOrderMark(order["back_order_mark"]),
        )
        # What was shipped before the rest was cancelled stays PARTIALLY_CANCELLED (B9).
        assert status == OrderStatus.PARTIALLY_CANCELLED or status == lifecycle.order_status(
            current=status, confirmed=order["confirmed_at"] is not None, quantities=quantities
        )
        assert order["queue_status"] == lifecycle.queue_status(
            status=status,
            open_on_processor=sum(
                line["requested"] - line["allocated"] - line["shipped"] - line["cancelled"]
                for line in own
                if line["route"] == FulfilmentRoute.PROCESSOR
            ),
            dispatched=quantities.dispatched,
        )
        assert order["delivery_status"] == lifecycle.delivery_status(
            has_backlog_skus=order["locked"], quantities=quantities
        )
        assert (order["cancelled_by"] is not None) == (status == OrderStatus.CANCELLED)
