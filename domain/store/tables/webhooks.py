"""Outbound webhooks: endpoints, and the delivery log."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class WebhookEndpoint(Model):
    """Where a client's webhooks go."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    name = fields.TextField()
    url = fields.TextField()
    events: Any = ArrayField(element_type="text")
    distribution_center_id = fields.BigIntField(null=True)
    enabled = fields.BooleanField()
    disabled_reason = fields.TextField(null=True)
    secret = fields.TextField()
    secret_number = fields.IntField(default=1)
    previous_secret = fields.TextField(null=True)
    previous_secret_until = fields.DatetimeField(null=True)
    after_seq = fields.BigIntField()
    failures = fields.IntField(default=0)
    retry_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    lease_holder = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "webhook_endpoints"


class WebhookDelivery(Model):
    """One message for one endpoint, and what became of it."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    endpoint_id = fields.BigIntField()
    event = fields.TextField()
    seq = fields.BigIntField(null=True)
    subject = fields.TextField(null=True)
    body = fields.TextField()
    status = fields.TextField(default="PENDING")
    attempts = fields.IntField(default=0)
    response_status = fields.IntField(null=True)
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    give_up_at = fields.DatetimeField()
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_deliveries"
