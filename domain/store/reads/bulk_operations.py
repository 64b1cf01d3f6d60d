"""Bulk operations and what became of their orders, as they are read."""

from __future__ import annotations

from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.orders import ORDERS
from domain.store.reads.paging import KeyPart, Ordering

_PLAIN = (
    *("id", "action", "status", "until", "requested_by", "created_at", "started_at", "finished_at"),
    *("total", "processed", "succeeded", "skipped", "failed", "failure"),
)

BULK_OPERATIONS = Table(
    source="bulk_operations AS b",
    client="b.client_id",
    columns={name: Column(f"b.{name}") for name in _PLAIN},
)
BY_ID = Ordering("bulk", (KeyPart("id", "b.id", "bigint", descending=True),))

BULK_TARGETS = Table(
    source="bulk_targets AS t",
    client="t.client_id",
    columns={
        name: Column(f"t.{name}")
        for name in ("bulk_operation_id", "position", "order_id", "outcome", "code", "message")
    },
    references={"order": Reference("order_id", ORDERS)},
)
BY_POSITION = Ordering("target", (KeyPart("position", "t.position", "int"),))
