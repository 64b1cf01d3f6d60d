"""Marketplaces: how stores are connected to them, and what was said."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class StoreConnection(Model):
    """How a store is connected to its marketplace, and how that has gone lately (C5)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    store_id = fields.BigIntField()
    kind = fields.TextField()
    address = fields.TextField(null=True)
    secret = fields.TextField(null=True)
    enabled = fields.BooleanField()
    interval_seconds = fields.IntField()
    next_due_at = fields.DatetimeField(null=True)
    cursor = fields.TextField(null=True)
    failures = fields.IntField(default=0)
    retry_at = fields.DatetimeField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "store_connections"


class Synchronization(Model):
    """One conversation with a store's marketplace (C5)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    store_id = fields.BigIntField()
    status = fields.TextField(default="PENDING")
    requested_by = fields.TextField()
    order_numbers: Any = fields.JSONField(null=True)
    message_id = fields.TextField(null=True)
    message = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    lease_holder = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    succeeded = fields.IntField(default=0)
    skipped = fields.IntField(default=0)
    failed = fields.IntField(default=0)
    failure = fields.TextField(null=True)

    class Meta:
        table = "synchronizations"


class SynchronizationRow(Model):
    """What became of one row of a synchronization (C5)."""

    client_id = fields.BigIntField()
    synchronization_id = fields.BigIntField()
    position = fields.IntField(primary_key=True, generated=False)
    kind = fields.TextField()
    subject = fields.TextField()
    outcome = fields.TextField()
    code = fields.TextField(null=True)
    message = fields.TextField(null=True)

    class Meta:
        table = "synchronization_rows"
