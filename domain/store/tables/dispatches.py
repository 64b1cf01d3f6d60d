"""Dispatches and their lines."""

from tortoise import fields
from tortoise.models import Model


class Dispatch(Model):
    """A release of allocated quantities of one order to be picked, packed and shipped."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.TextField()
    kind = fields.TextField()
    status = fields.TextField(default="CREATED")
    order_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    run_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    packed_at = fields.DatetimeField(null=True)
    shipped_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.TextField(null=True)
    requeued = fields.BooleanField(default=False)

    class Meta:
        table = "dispatches"


class DispatchLine(Model):
    """What a dispatch takes of an order line."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    dispatch_id = fields.BigIntField()
    order_line_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    quantity = fields.IntField()

    class Meta:
        table = "dispatch_lines"
