"""The Backordering report's days that are over."""

from tortoise import fields
from tortoise.models import Model


class BackOrderClosing(Model):
    """A day that is over, and when the figures of its Backordering report were taken (B12)."""

    client_id = fields.BigIntField()
    day = fields.DateField(primary_key=True)
    taken_at = fields.DatetimeField()

    class Meta:
        table = "back_order_closings"


class BackOrderDay(Model):
    """What of a SKU was back-ordered in a pool when a day ended, and how its demand was met (B12)."""

    client_id = fields.BigIntField()
    day = fields.DateField()
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField(primary_key=True, generated=False)
    back_ordered = fields.IntField()
    orders = fields.IntField()
    lines = fields.IntField()
    oldest_since = fields.DatetimeField(null=True)
    demanded = fields.IntField()
    filled_at_once = fields.IntField()
    incoming = fields.IntField()
    incoming_at = fields.DatetimeField(null=True)

    class Meta:
        table = "back_order_days"
