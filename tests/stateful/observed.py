"""What the database says of a client, and what the model does, in the same words, to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.store.database import Connection, Database, Row
from tests.stateful.telling import Telling

Said = dict[str, dict[str, Any]]

_ORDERS = """
SELECT o.*, dc.code AS center, s.code AS store FROM orders AS o
JOIN distribution_centers AS dc ON dc.client_id = o.client_id AND dc.id = o.distribution_center_id
LEFT JOIN stores AS s ON s.client_id = o.client_id AND s.id = o.store_id
WHERE o.client_id = $1 ORDER BY o.id
"""
_LINES = """
SELECT line.*, sku.code AS sku, demand.line_id IS NOT NULL AS waits, demand.open AS wants,
       demand.route AS demand_route, demand.back_ordered, demand.cross_docked, demand.promised_at,
       demand.promise_gap, demand.back_ordered_since, item.quantity AS set_aside, item.expected_on,
       pin.reason AS pin
FROM order_lines AS line JOIN skus AS sku ON sku.client_id = line.client_id AND sku.id = line.sku_id
LEFT JOIN pool_demand AS demand ON demand.client_id = line.client_id AND demand.line_id = line.id
    AND demand.order_id = line.order_id
LEFT JOIN line_pins AS pin ON pin.client_id = line.client_id AND pin.line_id = line.id
LEFT JOIN backlog_skus AS item ON item.client_id = line.client_id AND item.line_id = line.id
WHERE line.client_id = $1 ORDER BY line.id
"""
_LETTERS = "SELECT * FROM email_deliveries WHERE client_id = $1 ORDER BY id"
_DISPATCHES = """
SELECT d.*, ARRAY(SELECT (line.order_line_id, line.quantity) FROM dispatch_lines AS line
                  WHERE line.client_id = d.client_id AND line.dispatch_id = d.id ORDER BY 1) AS lines
FROM dispatches AS d WHERE d.client_id = $1 ORDER BY d.id
"""
_BACKORDERS = "SELECT * FROM backorders WHERE client_id = $1 ORDER BY id"
_ITEMS = "SELECT * FROM backorder_items WHERE client_id = $1 ORDER BY id"
_PURCHASES = """
SELECT line.*, sku.code AS sku FROM purchase_order_lines AS line
JOIN skus AS sku ON sku.client_id = line.client_id AND sku.id = line.sku_id
WHERE line.client_id = $1 ORDER BY line.id
"""
_LEVELS = """
SELECT dc.code AS center, sku.code AS sku, level.on_hand, level.allocated, level.protected,
       coalesce(ledger.on_hand, 0)::int AS ledger_on_hand,
       coalesce(ledger.allocated, 0)::int AS ledger_allocated
FROM stock_levels AS level
JOIN distribution_centers AS dc ON dc.client_id = level.client_id AND dc.id = level.distribution_center_id
JOIN skus AS sku ON sku.client_id = level.client_id AND sku.id = level.sku_id
LEFT JOIN (
    SELECT distribution_center_id, sku_id, sum(on_hand_change) AS on_hand, sum(allocated_change) AS allocated
    FROM stock_movements WHERE client_id = $1 GROUP BY distribution_center_id, sku_id
) AS ledger USING (distribution_center_id, sku_id)
WHERE level.client_id = $1
"""


@dataclass
class Ids:
    """The database's ids of what is in the model, by its place there."""

    orders: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    dispatches: dict[tuple[int, int], int] = field(default_factory=dict)
    """By the place of the order, and which dispatch of the order it is."""
    backorders: dict[tuple[int, int], int] = field(default_factory=dict)
    items: dict[tuple[tuple[int, int], int], int] = field(default_factory=dict)
    """By Backorder and the place of the order line."""
    purchases: list[int] = field(default_factory=list)
    purchase_orders: list[int] = field(default_factory=list)


async def database_says(database: Database, *, client_id: int) -> tuple[Said, Ids]:
    """Everything the database says of the client, and the ids of it."""
    async with database.transaction_across_clients(repeatable_read=True) as transaction:
        sql = transaction.sql
        said: Said = {}
        ids = Ids()
        await _orders(sql, client_id, said, ids)
        await _warehouse(sql, client_id, said, ids)
        await _purchases(sql, client_id, said, ids)
        await _letters(sql, client_id, said, ids)
        for row in await sql.fetch(_LEVELS, client_id):
            if row["on_hand"] or row["ledger_on_hand"] or row["protected"] or row["ledger_allocated"]:
                said[f"stock of {row['sku']} in {row['center']}"] = _level(
                    row["on_hand"],
                    row["allocated"],
                    row["protected"],
                    (row["ledger_on_hand"], row["ledger_allocated"]),
                )
    return said, ids


def model_says(world: Telling) -> Said:
    """Everything the model says."""
    said: Said = {}
    for order in world.orders:
        said[f"order {order.place}"] = {
            "status": order.status,
            "delivery_status": world.delivery_status(order),
            "queue_status": world.queue_status(order),
            "back_order_status": world.back_order_status(order),
            "condition": world.condition(order),
            "promised_at": world.promised_at(order),
            "packed": world.packed(order),
            "confirmed": order.confirmed,
            **{name: getattr(order, name) for name in _OF_ORDERS},
        }
    for line in world.lines:
        waits = line.waits
        queued_back_order = line.order.is_back_order and line.route == "PROCESSOR"
        said[f"line {line.place}"] = {
            "order": line.order.place,
            **{name: getattr(line, name) for name in _OF_LINES},
            "waits": waits,
            "wants": (line.open, line.route) if waits else None,
            "short": world.short.get(line),
            "own": line.own if waits else None,
            "promise": world.promises.get(line),
            "short_since": waits and (world.short[line] > 0 or queued_back_order),
        }
    places: dict[str, int] = {}

    def which(kind: str, place: int) -> str:
        name = f"{kind} of order {place}"
        places[name] = places.get(name, -1) + 1
        return f"{name}, {places[name]}"

    for dispatch in world.dispatches:
        said[which("dispatch", dispatch.order.place)] = {
            "kind": dispatch.kind,
            "status": dispatch.status,
            "requeued": dispatch.requeued,
            "units": {line.place: units for line, units in dispatch.units.items()},
        }
    for backorder in world.backorders:
        said[which("backorder", backorder.order.place)] = {
            "status": backorder.status,
            "items": {
                line.place: (item.quantity, item.filled, item.cancelled)
                for line, item in backorder.items.items()
            },
        }
    for place, bought in enumerate(world.purchases):
        said[f"purchase {place}"] = {
            "purchase_order": bought.purchase_order,
            **{name: getattr(bought, name) for name in _OF_PURCHASES},
            "line": None if bought.line is None else bought.line.place,
            "vendor_for": None if bought.vendor_for is None else bought.vendor_for.place,
        }
    for letter in world.letters:
        said.setdefault(f"e-mails of order {letter.order.place}", {"all": []})["all"].append(
            (letter.event, letter.status, letter.attempts)
        )
    for each in said.values():
        if "all" in each:
            each["all"].sort()
    for (center, sku), level in world.levels.items():
        if level.on_hand or level.protected:
            allocated = world.allocated(center, sku)
            said[f"stock of {sku} in {center}"] = _level(
                level.on_hand, allocated, level.protected, (level.on_hand, allocated)
            )
    return said


def differences(database: Said, model: Said) -> list[str]:
    """What they disagree about, in words."""
    found = []
    for name in sorted(database.keys() | model.keys()):
        real: Mapping[str, Any] | None = database.get(name)
        meant: Mapping[str, Any] | None = model.get(name)
        if real is None or meant is None:
            found.append(f"{name}: the database says {real}, the model {meant}")
            continue
        found += [
            f"{name}: {figure} is {real[figure]!r} in the database and {meant[figure]!r} in the model"
            for figure in meant
            if real[figure] != meant[figure]
        ]
    return found


_OF_ORDERS = (
    "number", "center", "store", "order_type", "shipping_agency", "service", "country", "email", "priority",
    "ordered_at", "locked", "is_back_order", "delayed_until", "mark", "cancelled_by", "marketplace_status",
    "version", "news",
)  # fmt: skip
_OF_LINES = (
    "sku",
    "route",
    "requested",
    "allocated",
    "shipped",
    "cancelled",
    "set_aside",
    "expected_on",
    "pin",
)
_OF_PURCHASES = ("sku", "quantity", "received", "cancelled", "expected_at")


async def _orders(sql: Connection, client_id: int, said: Said, ids: Ids) -> None:
    for place, row in enumerate(await sql.fetch(_ORDERS, client_id)):
        ids.orders.append(row["id"])
        told = dict(row) | {"mark": row["back_order_mark"], "confirmed": row["confirmed_at"] is not None}
        said[f"order {place}"] = told
    for place, row in enumerate(await sql.fetch(_LINES, client_id)):
        ids.lines.append(row["id"])
        said[f"line {place}"] = {
            "order": ids.orders.index(row["order_id"]),
            **{name: row[name] for name in _OF_LINES},
            "waits": row["waits"],
            "wants": (row["wants"], row["demand_route"]) if row["waits"] else None,
            "short": row["back_ordered"],
            "own": row["cross_docked"],
            "promise": (row["promised_at"], row["promise_gap"]) if row["waits"] else None,
            "short_since": row["back_ordered_since"] is not None,
        }


async def _warehouse(sql: Connection, client_id: int, said: Said, ids: Ids) -> None:
    order_of = {order_id: place for place, order_id in enumerate(ids.orders)}
    line_of = {line_id: place for place, line_id in enumerate(ids.lines)}
    for row in await sql.fetch(_DISPATCHES, client_id):
        key = _next(ids.dispatches, order_of[row["order_id"]])
        ids.dispatches[key] = row["id"]
        said[f"dispatch of order {key[0]}, {key[1]}"] = {
            "kind": row["kind"],
            "status": row["status"],
            "requeued": bool(row["requeued"]),
            "units": {line_of[line_id]: units for line_id, units in row["lines"]},
        }
    items: dict[int, list[Row]] = {}
    for row in await sql.fetch(_ITEMS, client_id):
        items.setdefault(row["backorder_id"], []).append(row)
    for row in await sql.fetch(_BACKORDERS, client_id):
        key = _next(ids.backorders, order_of[row["order_id"]])
        ids.backorders[key] = row["id"]
        said[f"backorder of order {key[0]}, {key[1]}"] = {
            "status": row["status"],
            "items": {
                line_of[item["order_line_id"]]: (item["quantity"], item["filled"], item["cancelled"])
                for item in items[row["id"]]
            },
        }
        for item in items[row["id"]]:
            ids.items[key, line_of[item["order_line_id"]]] = item["id"]


async def _purchases(sql: Connection, client_id: int, said: Said, ids: Ids) -> None:
    for place, row in enumerate(await sql.fetch(_PURCHASES, client_id)):
        ids.purchases.append(row["id"])
        if row["purchase_order_id"] not in ids.purchase_orders:
            ids.purchase_orders.append(row["purchase_order_id"])
        linked, vendor_for = row["order_line_id"], row["dropship_order_id"]
        said[f"purchase {place}"] = {
            "purchase_order": ids.purchase_orders.index(row["purchase_order_id"]),
            **{name: row[name] for name in _OF_PURCHASES},
            "line": None if linked is None else ids.lines.index(linked),
            "vendor_for": None if vendor_for is None else ids.orders.index(vendor_for),
        }


async def _letters(sql: Connection, client_id: int, said: Said, ids: Ids) -> None:
    for row in await sql.fetch(_LETTERS, client_id):
        told = said.setdefault(f"e-mails of order {ids.orders.index(row['order_id'])}", {"all": []})
        told["all"].append((row["event"], row["status"], row["attempts"]))
        told["all"].sort()


def _next(known: Mapping[tuple[int, int], int], order: int) -> tuple[int, int]:
    return order, sum(place == order for place, _ in known)


def _level(on_hand: int, allocated: int, protected: int, ledger: tuple[int, int]) -> dict[str, Any]:
    return {
        "on_hand": on_hand,
        "allocated": allocated,
        "protected": protected,
        "ledger": ledger,
        "oversold": allocated > on_hand,
    }
