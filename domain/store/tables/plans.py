"""Dry runs of the Order Processor, and what they would decide."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class AllocationPlan(Model):
    """A dry run of the Order Processor over one pool (F2)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    planned_at = fields.DatetimeField()
    requested_by = fields.TextField()
    generation = fields.BigIntField()
    hypotheses: Any = fields.JSONField(null=True)
    shipment_policy: Any = fields.JSONField()
    planned_lines = fields.IntField()
    orders_examined = fields.IntField()
    orders_committed = fields.IntField()
    orders_back_ordered = fields.IntField()
    orders_returned = fields.IntField()
    run_id = fields.BigIntField(null=True)

    class Meta:
        table = "allocation_plans"


class PlanDecision(Model):
    """What a plan gives one line, and why (F2)."""

    client_id = fields.BigIntField()
    plan_id = fields.BigIntField()
    rank = fields.IntField(primary_key=True, generated=False)
    order_rank = fields.IntField()
    order_id = fields.BigIntField()
    order_version = fields.IntField()
    line_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    wanted = fields.IntField()
    stock_seen = fields.IntField()
    given = fields.IntField()
    reason = fields.TextField()
    had = fields.IntField()
    otherwise = fields.IntField()

    class Meta:
        table = "plan_decisions"
