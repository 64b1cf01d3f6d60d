"""Caps on back orders, as they are read (F7)."""

from __future__ import annotations

from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.named import DISTRIBUTION_CENTERS, SKUS, STORES
from domain.store.reads.paging import KeyPart, Ordering

CAPS = Table(
    source="back_order_caps AS cap",
    client="cap.client_id",
    columns={
        name: Column(f"cap.{name}")
        for name in ("id", "distribution_center_id", "sku_id", "store_id", "units", "version")
    }
    | {
        "back_ordered": Column(
            "(SELECT least(coalesce(sum(demand.back_ordered), 0), 2147483647)::int FROM pool_demand AS demand"
            " JOIN orders AS o ON o.client_id = $1 AND o.id = demand.order_id"
            " WHERE demand.client_id = $1 AND demand.distribution_center_id = cap.distribution_center_id"
            " AND demand.sku_id = cap.sku_id AND (cap.store_id IS NULL OR cap.store_id = o.store_id))"
        )
    },
    references={
        "distribution_center": Reference("distribution_center_id", DISTRIBUTION_CENTERS),
        "sku": Reference("sku_id", SKUS),
        "store": Reference("store_id", STORES),
    },
)
BY_CAP = Ordering("cap", (KeyPart("id", "cap.id", "bigint"),))
