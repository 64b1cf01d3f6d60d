"""What a client works with: distribution centers, stores and SKUs."""

from tortoise import fields
from tortoise.models import Model


class DistributionCenter(Model):
    """A warehouse of a client."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.TextField()
    name = fields.TextField()
    kind = fields.TextField(default="STANDARD")

    class Meta:
        table = "distribution_centers"


class Store(Model):
    """A sales channel's shop."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.TextField()
    name = fields.TextField()

    class Meta:
        table = "stores"


class Sku(Model):
    """An article."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.TextField()
    name = fields.TextField()
    barcode = fields.TextField(null=True)
    replacement_id = fields.BigIntField(null=True)

    class Meta:
        table = "skus"
