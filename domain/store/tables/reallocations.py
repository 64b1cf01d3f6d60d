"""Reallocations by segments: variants, pins, and what a plan would do."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class ReallocationVariant(Model):
    """A named list of segments, by which a pool is reallocated (F3)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    name = fields.TextField()
    unmet_win = fields.TextField()
    version = fields.IntField(default=1)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "reallocation_variants"


class ReallocationSegment(Model):
    """Which orders a variant treats alike, and how."""

    client_id = fields.BigIntField()
    variant_id = fields.BigIntField()
    position = fields.IntField(primary_key=True, generated=False)
    name = fields.TextField()
    strategy = fields.TextField()
    sort = fields.TextField()
    takes: Any = fields.JSONField()

    class Meta:
        table = "reallocation_segments"


class LinePin(Model):
    """That no reallocation takes anything from an order line, and why."""

    client_id = fields.BigIntField()
    line_id = fields.BigIntField(primary_key=True, generated=False)
    reason = fields.TextField()
    pinned_by = fields.TextField()
    pinned_at = fields.DatetimeField()

    class Meta:
        table = "line_pins"


class ReallocationPlan(Model):
    """What a reallocation of a pool would do, and whether it was done."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    variant_id = fields.BigIntField(null=True)
    variant_name = fields.TextField()
    variant_version = fields.IntField()
    unmet_win = fields.TextField()
    planned_at = fields.DatetimeField()
    requested_by = fields.TextField()
    generation = fields.BigIntField()
    orders_examined = fields.IntField()
    lines_gained = fields.IntField()
    lines_lost = fields.IntField()
    units_gained = fields.BigIntField()
    units_lost = fields.BigIntField()
    wins_unmet = fields.IntField()
    applied_at = fields.DatetimeField(null=True)
    applied_by = fields.TextField(null=True)
    run_id = fields.BigIntField(null=True)

    class Meta:
        table = "reallocation_plans"


class ReallocationDecision(Model):
    """What a reallocation does to one line, and why."""

    client_id = fields.BigIntField()
    plan_id = fields.BigIntField()
    place = fields.IntField(primary_key=True, generated=False)
    segment = fields.IntField()
    strategy = fields.TextField()
    order_id = fields.BigIntField()
    order_version = fields.IntField()
    line_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    pinned = fields.BooleanField()
    wanted = fields.IntField()
    stock_seen = fields.IntField()
    dispatched_before = fields.IntField()
    own_before = fields.IntField()
    dispatched_after = fields.IntField()
    own_after = fields.IntField()
    reason = fields.TextField()

    class Meta:
        table = "reallocation_decisions"
