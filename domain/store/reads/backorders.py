"""Backorders and their items, as they are read (E4)."""

from __future__ import annotations

from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.named import DISTRIBUTION_CENTERS, SKUS
from domain.store.reads.orders import LINES, ORDERS
from domain.store.reads.paging import KeyPart, Ordering

_AVAILABLE = "greatest(coalesce(level.on_hand - level.allocated - level.protected, 0), 0)"
_LEVEL = (
    "stock_levels AS level ON level.client_id = $1"
    " AND level.distribution_center_id = item.distribution_center_id AND level.sku_id = item.sku_id"
)

IS_OPEN = "b.status IN ('OPEN', 'PARTIALLY_FILLED')"
# What is open is written as the partial index backorder_items_open has it.
_FILLABLE_ITEMS = f"""
    FROM backorder_items AS item JOIN {_LEVEL}
    WHERE item.client_id = $1 AND item.filled + item.cancelled < item.quantity
      AND level.on_hand - level.allocated - level.protected > 0"""
# Of the whole list this costs what is open, whatever part of it can be filled. Probed Backorder by Backorder,
# it would cost all of them just when few can be filled, which is what is looked for.
AMONG_FULFILLABLE = f"b.id IN (SELECT item.backorder_id {_FILLABLE_ITEMS})"
NOT_AMONG_FULFILLABLE = f"NOT EXISTS (SELECT {_FILLABLE_ITEMS} AND item.backorder_id = b.id)"
# As a value, because of an EXISTS the planner would look up all rows of the table and not those of the page.
IS_FULFILLABLE = f"coalesce((SELECT true {_FILLABLE_ITEMS} AND item.backorder_id = b.id LIMIT 1), false)"
# Items of one SKU share its stock, so they are summed before they are compared with it.
_IS_COMPLETELY_FULFILLABLE_ROW = f"""{IS_OPEN} AND NOT EXISTS (
    SELECT FROM backorder_items AS item LEFT JOIN {_LEVEL}
    WHERE item.client_id = $1 AND item.backorder_id = b.id
    GROUP BY item.sku_id, level.on_hand, level.allocated, level.protected
    HAVING sum(item.quantity - item.filled - item.cancelled) > {_AVAILABLE})"""

BACKORDERS = Table(
    source="backorders AS b",
    client="b.client_id",
    columns={
        name: Column(f"b.{name}")
        for name in ("id", "number", "status", "order_id", "distribution_center_id", "created_at")
    }
    | {
        "fulfillable": Column(IS_FULFILLABLE),
        "completely_fulfillable": Column(_IS_COMPLETELY_FULFILLABLE_ROW),
    },
    references={
        "order": Reference("order_id", ORDERS),
        "distribution_center": Reference("distribution_center_id", DISTRIBUTION_CENTERS),
    },
)
BY_BACKORDER = Ordering("backorder", (KeyPart("id", "b.id", "bigint"),))

BACKORDER_ITEMS = Table(
    source="backorder_items AS item",
    client="item.client_id",
    columns={
        name: Column(f"item.{name}")
        for name in ("id", "backorder_id", "order_line_id", "sku_id", "quantity", "filled", "cancelled")
    }
    | {
        "open": Column("item.quantity - item.filled - item.cancelled"),
        "available": Column(_AVAILABLE, ("level",)),
    },
    joins={"level": f"LEFT JOIN {_LEVEL}"},
    references={"order_line": Reference("order_line_id", LINES), "sku": Reference("sku_id", SKUS)},
)
