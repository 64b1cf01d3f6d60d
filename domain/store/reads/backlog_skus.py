"""Backlog SKUs and what they were applied to, as they are read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from domain.store.database import Connection, Row
from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.named import SKUS
from domain.store.reads.orders import LINES, ORDERS
from domain.store.reads.paging import KeyPart, Ordering

BACKLOG_SKUS = Table(
    source="backlog_skus AS b",
    client="b.client_id",
    columns={
        "id": Column("b.line_id"),
        "line_id": Column("b.line_id"),
        "order_id": Column("b.order_id"),
        "sku_id": Column("b.sku_id"),
        "quantity": Column("b.quantity"),
        # What nobody has set follows the promise of the line, in UTC as every answer.
        "expected_on": Column(
            "coalesce(b.expected_on, (promise.promised_at AT TIME ZONE 'UTC')::date)", ("promise",)
        ),
        # Only delivery notes touch the line, so its figures are the Backlog SKU's.
        "applied": Column("l.allocated + l.shipped", ("l",)),
        "delivered": Column("l.shipped", ("l",)),
        "remaining": Column("l.requested - l.allocated - l.shipped - l.cancelled", ("l",)),
        "cancelled": Column("b.quantity - (l.requested - l.cancelled)", ("l",)),
    },
    joins={
        "l": "JOIN order_lines AS l ON l.client_id = $1 AND l.id = b.line_id",
        "promise": "LEFT JOIN pool_demand AS promise"
        " ON promise.client_id = $1 AND promise.line_id = b.line_id",
    },
    references={
        "order": Reference("order_id", ORDERS),
        "line": Reference("line_id", LINES),
        "sku": Reference("sku_id", SKUS),
    },
)
BY_LINE = Ordering("backlogSku", (KeyPart("id", "b.line_id", "bigint"),))

# What is open of a line is there as long as anything is: it says the same as `remaining > 0`. Of Backlog SKUs
# there are those of years, and of open lines only what is under way.
REMAINING = replace(
    BACKLOG_SKUS,
    source="pool_demand AS demand",
    client="demand.client_id",
    columns={
        name: Column(column.expression, ("b", *column.joins)) for name, column in BACKLOG_SKUS.columns.items()
    },
    joins={
        "b": "JOIN backlog_skus AS b ON b.client_id = $1 AND b.line_id = demand.line_id",
        **BACKLOG_SKUS.joins,
    },
)
"""The Backlog SKUs of which something remains, found from what is open."""
IS_REMAINING = "demand.route = 'SPLIT_DELIVERY'"
BY_OPEN_LINE = Ordering("backlogSku", (KeyPart("id", "demand.line_id", "bigint"),))
"""The same order, of those."""


async def deliveries(sql: Connection, *, client_id: int, backlog_sku_ids: Collection[int]) -> list[Row]:
    """The backlog_sku_id, dispatch_id and quantity of everything the Backlog SKUs were applied to."""
    return await sql.fetch(
        """
        SELECT b.line_id AS backlog_sku_id, made.id AS dispatch_id, line.quantity
        FROM backlog_skus AS b
        JOIN dispatches AS made
            ON made.client_id = $1 AND made.order_id = b.order_id AND made.kind = 'DELIVERY_NOTE'
        JOIN dispatch_lines AS line
            ON line.client_id = $1 AND line.dispatch_id = made.id AND line.order_line_id = b.line_id
        WHERE b.client_id = $1 AND b.line_id = ANY($2::bigint[])
        ORDER BY made.id
        """,
        client_id,
        list(backlog_sku_ids),
    )
