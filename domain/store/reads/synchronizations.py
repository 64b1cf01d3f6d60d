"""Connections of stores and synchronizations, as they are read (C5). No secret is among the columns."""

from __future__ import annotations

from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.named import STORES
from domain.store.reads.paging import KeyPart, Ordering

STORE_CONNECTIONS = Table(
    source="store_connections AS sc",
    client="sc.client_id",
    columns={
        name: Column(f"sc.{name}")
        for name in (
            "id",
            "store_id",
            "kind",
            "address",
            "enabled",
            "interval_seconds",
            "version",
            "next_due_at",
            "failures",
            "retry_at",
            "last_success_at",
            "last_error",
        )
    },
    fields={"circuit": ("failures", "retry_at")},
    references={"store": Reference("store_id", STORES)},
)

SYNCHRONIZATIONS = Table(
    source="synchronizations AS sy",
    client="sy.client_id",
    columns={
        name: Column(f"sy.{name}")
        for name in (
            "id",
            "store_id",
            "status",
            "requested_by",
            "created_at",
            "started_at",
            "finished_at",
            "attempts",
            "succeeded",
            "skipped",
            "failed",
            "failure",
        )
    },
    references={"store": Reference("store_id", STORES)},
)
NEWEST_SYNCHRONIZATION = Ordering("synchronization", (KeyPart("id", "sy.id", "bigint", descending=True),))

SYNCHRONIZATION_ROWS = Table(
    source="synchronization_rows AS result",
    client="result.client_id",
    columns={
        name: Column(f"result.{name}")
        for name in ("synchronization_id", "position", "kind", "subject", "outcome", "code", "message")
    },
)
BY_POSITION = Ordering("synchronization row", (KeyPart("position", "result.position", "int"),))
