"""Stock: pools, levels, the ledger, and how much of it may be back-ordered."""

from tortoise import fields
from tortoise.models import Model


class StockPool(Model):
    """The lock of one client's stock in one distribution center, and its generation."""

    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField(primary_key=True, generated=False)
    generation = fields.BigIntField(default=0)
    place = fields.IntField(null=True)
    dispatches_numbered = fields.BigIntField(default=0)
    backorders_numbered = fields.BigIntField(default=0)

    class Meta:
        table = "stock_pools"


class StockLevel(Model):
    """On hand, allocated and protected quantity of one SKU in one pool."""

    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField(primary_key=True, generated=False)
    on_hand = fields.IntField(default=0)
    allocated = fields.IntField(default=0)
    protected = fields.IntField(default=0)
    counted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stock_levels"


class StockMovement(Model):
    """An entry of the append-only stock ledger (F8)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    at = fields.DatetimeField()
    kind = fields.TextField()
    on_hand_change = fields.IntField()
    allocated_change = fields.IntField()
    dispatch_id = fields.BigIntField(null=True)
    order_line_id = fields.BigIntField(null=True)
    note = fields.TextField(null=True)
    happened_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stock_movements"


class BackOrderCap(Model):
    """How many units of a SKU a pool's orders, or those of one store, may back-order at most (F7)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    store_id = fields.BigIntField(null=True)
    units = fields.IntField()
    version = fields.IntField(default=1)

    class Meta:
        table = "back_order_caps"
