"""The Order Processor: when it runs, its runs, and what they decided."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class ProcessorSchedule(Model):
    """When the Order Processor runs for a distribution center."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    shared = fields.BooleanField(default=False)
    cron = fields.TextField()
    times: Any = fields.JSONField(null=True)
    enabled = fields.BooleanField(default=True)
    next_due_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "processor_schedules"


class SharedSchedule(Model):
    """When the Order Processor runs for the distribution centers of this code, whosever they are (B2)."""

    distribution_center_code = fields.CharField(max_length=64, primary_key=True)
    cron = fields.TextField()
    times: Any = fields.JSONField(null=True)
    enabled = fields.BooleanField()

    class Meta:
        table = "shared_schedules"


class ProcessorRun(Model):
    """One run of the Order Processor over one pool."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    schedule_id = fields.BigIntField(null=True)
    scheduled_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    status = fields.TextField(default="SCHEDULED")
    requested_by = fields.TextField()
    lease_holder = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    planned_at = fields.DatetimeField(null=True)
    shipment_policy: Any = fields.JSONField(null=True)
    planned_lines = fields.IntField(default=0)
    applied_rank = fields.IntField(default=0)
    orders_examined = fields.IntField(default=0)
    orders_committed = fields.IntField(default=0)
    orders_back_ordered = fields.IntField(default=0)
    orders_returned = fields.IntField(default=0)
    dispatches_created = fields.IntField(default=0)
    failure = fields.TextField(null=True)
    plan_id = fields.BigIntField(null=True)
    reallocation_id = fields.BigIntField(null=True)
    decisions_expired_at = fields.DatetimeField(null=True)

    class Meta:
        table = "processor_runs"


class RunDecision(Model):
    """What a run decided for one line, and why (F1)."""

    client_id = fields.BigIntField()
    run_id = fields.BigIntField()
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

    class Meta:
        table = "run_decisions"
