"""How many orders the Backlog Orders dashboard has, hour by hour; triggers on orders keep it (C2)."""

from tortoise import fields
from tortoise.models import Model


class BacklogOrderCount(Model):
    """Orders of a condition made in an hour; 0 stands for any distribution center, any store and none."""

    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    store_id = fields.BigIntField()
    hour = fields.DatetimeField(primary_key=True)
    condition = fields.TextField()
    orders = fields.IntField()

    class Meta:
        table = "backlog_order_counts"


class BacklogOrderChange(Model):
    """A change of them that is not added up yet."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    store_id = fields.BigIntField(null=True)
    hour = fields.DatetimeField()
    condition = fields.TextField()
    orders = fields.IntField()

    class Meta:
        table = "backlog_order_changes"
