"""Backorders of the warehouse: items, and what filled them."""

from tortoise import fields
from tortoise.models import Model


class Backorder(Model):
    """The warehouse document of what of an order is still to be picked (E2)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.TextField()
    status = fields.TextField(default="OPEN")
    order_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "backorders"


class BackorderItem(Model):
    """Units of an order line on a Backorder; open is what is neither filled nor cancelled."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    backorder_id = fields.BigIntField()
    order_line_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    quantity = fields.IntField()
    filled = fields.IntField(default=0)
    cancelled = fields.IntField(default=0)

    class Meta:
        table = "backorder_items"


class BackorderFill(Model):
    """What a dispatch took of a Backorder's item."""

    client_id = fields.BigIntField()
    dispatch_id = fields.BigIntField()
    item_id = fields.BigIntField(primary_key=True, generated=False)
    quantity = fields.IntField()

    class Meta:
        table = "backorder_fills"
