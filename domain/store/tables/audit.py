"""What was done and answered: the audit trail and idempotency keys."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class AuditEntry(Model):
    """Who did what, when (F11). Append-only."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField()
    actor = fields.TextField()
    source = fields.TextField(null=True)
    action = fields.TextField()
    summary = fields.TextField()
    order_id = fields.BigIntField(null=True)
    before: Any = fields.JSONField(null=True)
    after: Any = fields.JSONField(null=True)

    class Meta:
        table = "audit_entries"


class IdempotencyKey(Model):
    """A mutation that was already answered, and its answer (F6)."""

    client_id = fields.BigIntField()
    key = fields.CharField(max_length=255, primary_key=True)
    operation = fields.TextField()
    payload_hash = fields.BinaryField()
    answer: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"
