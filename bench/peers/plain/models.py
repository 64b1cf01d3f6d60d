"""The tables as plain Tortoise models, with relations to prefetch."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class DistributionCenter(Model):
    """A distribution center."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    code = fields.TextField()
    name = fields.TextField()

    class Meta:
        table = "distribution_centers"


class Store(Model):
    """A store."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    code = fields.TextField()
    name = fields.TextField()

    class Meta:
        table = "stores"


class Sku(Model):
    """A SKU."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    code = fields.TextField()
    name = fields.TextField()

    class Meta:
        table = "skus"


class StockLevel(Model):
    """The stock of a SKU in a pool. Its key has three columns, so one of them has to pass for it."""

    sku_id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    on_hand = fields.IntField()
    allocated = fields.IntField()
    protected = fields.IntField()

    class Meta:
        table = "stock_levels"


class Order(Model):
    """An order."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    number = fields.TextField()
    status = fields.TextField()
    queue_status = fields.TextField()
    back_order_status = fields.TextField()
    condition = fields.TextField()
    priority = fields.IntField()
    ordered_at = fields.DatetimeField()
    marketplace_status = fields.TextField(null=True)
    marketplace_invoice_number = fields.TextField(null=True)
    sales_order_code = fields.TextField(null=True)
    invoice_code = fields.TextField(null=True)
    shipping_agency = fields.TextField(null=True)
    store: fields.ForeignKeyNullableRelation[Store] = fields.ForeignKeyField("plain.Store", null=True)
    distribution_center: fields.ForeignKeyRelation[DistributionCenter] = fields.ForeignKeyField(
        "plain.DistributionCenter"
    )
    lines: fields.ReverseRelation[OrderLine]

    class Meta:
        table = "orders"


class OrderLine(Model):
    """An order line."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    line_number = fields.IntField()
    requested = fields.IntField()
    allocated = fields.IntField()
    shipped = fields.IntField()
    cancelled = fields.IntField()
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField("plain.Order", related_name="lines")
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField("plain.Sku")

    class Meta:
        table = "order_lines"


class Demand(Model):
    """What is open of an order line."""

    client_id = fields.BigIntField()
    open = fields.IntField()
    back_ordered = fields.IntField()
    back_ordered_since = fields.DatetimeField(null=True)
    line: fields.OneToOneRelation[OrderLine] = fields.OneToOneField("plain.OrderLine", primary_key=True)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField("plain.Order", related_name="demand")
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField("plain.Sku")
    distribution_center: fields.ForeignKeyRelation[DistributionCenter] = fields.ForeignKeyField(
        "plain.DistributionCenter"
    )

    class Meta:
        table = "pool_demand"


class Dispatch(Model):
    """A dispatch."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    kind = fields.TextField()
    order_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "dispatches"


class DispatchLine(Model):
    """A line of a dispatch."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    dispatch_id = fields.BigIntField()
    order_line_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    quantity = fields.IntField()

    class Meta:
        table = "dispatch_lines"


class StockMovement(Model):
    """An entry of the stock ledger."""

    id = fields.BigIntField(primary_key=True)
    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    at = fields.DatetimeField()
    kind = fields.TextField()
    on_hand_change = fields.IntField()
    allocated_change = fields.IntField()
    dispatch_id = fields.BigIntField(null=True)
    order_line_id = fields.BigIntField(null=True)

    class Meta:
        table = "stock_movements"


class BackOrderDay(Model):
    """A row of the Backordering report. Its key has four columns; one of them has to pass for it."""

    client_id = fields.BigIntField()
    day = fields.DateField()
    back_ordered = fields.IntField()
    orders = fields.IntField()
    lines = fields.IntField()
    demanded = fields.IntField()
    filled_at_once = fields.IntField()
    incoming = fields.IntField()
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField("plain.Sku", primary_key=True)
    distribution_center: fields.ForeignKeyRelation[DistributionCenter] = fields.ForeignKeyField(
        "plain.DistributionCenter"
    )

    class Meta:
        table = "back_order_days"
