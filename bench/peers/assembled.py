"""A page of orders as rows that Python puts together and encodes: two statements and orjson, nothing else."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import orjson

from bench.peers.statements import FIRST_PAGE

_ORDERS = """
    SELECT id, number, status, queue_status, back_order_status, ordered_at FROM orders
    WHERE client_id = 1 AND ordered_at <= $1 AND (ordered_at < $1 OR id > $2)
    ORDER BY ordered_at DESC, id LIMIT 51
"""
_LINES = """
    SELECT l.order_id, l.requested, l.allocated, l.shipped, l.cancelled, sku.code, sku.name
    FROM order_lines AS l JOIN skus AS sku ON sku.client_id = l.client_id AND sku.id = l.sku_id
    WHERE l.client_id = 1 AND l.order_id = ANY($1::bigint[]) ORDER BY l.order_id, l.line_number
"""
_LATEST = datetime.fromisoformat("9999-12-31T00:00:00+00:00")


async def page(connection: Any, after: str) -> bytes:
    """The body of the response: the page after the cursor, which is an order time and an id."""
    time, _, last = after.partition("|")
    orders = await connection.fetch(
        _ORDERS, _LATEST if after == FIRST_PAGE else datetime.fromisoformat(time), int(last)
    )
    lines = defaultdict(list)
    for line in await connection.fetch(_LINES, [order["id"] for order in orders[:50]]):
        order_id, requested, allocated, shipped, cancelled, code, name = line
        lines[order_id].append(
            {
                "requested": requested,
                "allocated": allocated,
                "shipped": shipped,
                "cancelled": cancelled,
                "sku": {"code": code, "name": name},
            }
        )
    nodes = [
        {
            "number": order["number"],
            "status": order["status"],
            "queueStatus": order["queue_status"],
            "backOrderStatus": order["back_order_status"],
            "orderedAt": order["ordered_at"],
            "lines": {"nodes": lines[order["id"]]},
        }
        for order in orders[:50]
    ]
    end = orders[: len(nodes)][-1]
    info = {
        "hasNextPage": len(orders) > len(nodes),
        "endCursor": f"{end['ordered_at'].isoformat()}|{end['id']}",
    }
    return orjson.dumps({"data": {"orders": {"nodes": nodes, "pageInfo": info}}})
