"""The rules for hold times, as they are read (B3)."""

from __future__ import annotations

from domain.store.reads.columns import Column, Table

_PLAIN = "id distribution_center_id order_type shipping_agency service country hours specificity version"

HOLD_RULES = Table(
    source="hold_rules AS rule",
    client="rule.client_id",
    columns={name: Column(f"rule.{name}") for name in _PLAIN.split()},
    fields={"distribution_center": ("distribution_center_id",)},
)
