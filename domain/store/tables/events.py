"""Events: on their way, and logged with their cursors."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class OutboxEvent(Model):
    """An event written by the transaction that caused it, not yet given a cursor (F5)."""

    id = fields.BigIntField(primary_key=True, generated=True)
    client_id = fields.BigIntField()
    topic = fields.TextField()
    at = fields.DatetimeField()
    cause = fields.TextField()
    subject_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField(null=True)
    sku_id = fields.BigIntField(null=True)
    data: Any = fields.JSONField(default=dict)

    class Meta:
        table = "event_outbox"


class LoggedEvent(Model):
    """An event with its cursor, from which subscriptions resume (F5)."""

    client_id = fields.BigIntField()
    seq = fields.BigIntField(primary_key=True, generated=False)
    topic = fields.TextField()
    at = fields.DatetimeField()
    cause = fields.TextField()
    subject_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField(null=True)
    sku_id = fields.BigIntField(null=True)
    data: Any = fields.JSONField()

    class Meta:
        table = "event_log"


class EventPosition(Model):
    """The last cursor given and the oldest that can still be resumed from."""

    only_row = fields.BooleanField(primary_key=True)
    last_seq = fields.BigIntField(default=0)
    expired_until = fields.BigIntField(default=0)

    class Meta:
        table = "event_position"
