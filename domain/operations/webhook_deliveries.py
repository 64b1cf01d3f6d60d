"""Having a webhook sent by hand: a test, or one of the delivery log again."""

from __future__ import annotations

import msgspec

from domain.operations.command import Command, Work, perform
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.retrying import KEEP_TRYING_WEBHOOKS
from domain.rules.vocabulary import WebhookEvent, WebhookStatus
from domain.store import webhook_deliveries, webhook_endpoints
from domain.store.webhook_messages import message


class DeliveryRequested(msgspec.Struct, frozen=True):
    """The delivery that a worker will try."""

    delivery_id: int


async def ping_webhook_endpoint(command: Command, *, endpoint_id: int) -> DeliveryRequested:
    """Send a test to an endpoint, once, whether or not it is enabled. Raises NOT_FOUND."""

    async def body(work: Work) -> DeliveryRequested:
        endpoint = await webhook_endpoints.lock(work.sql, client_id=work.client_id, endpoint_id=endpoint_id)
        if endpoint is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such webhook endpoint.", path=("id",))
        ping = message(WebhookEvent.PING, at=work.now, data={"endpoint": endpoint["name"]})
        (delivery_id,) = await webhook_deliveries.insert(
            work.sql,
            client_id=work.client_id,
            endpoint_id=endpoint_id,
            messages=[ping],
            now=work.now,
            # Whoever asked for it waits for this attempt.
            give_up_at=work.now,
        )
        work.audit(
            "WEBHOOK_PING_REQUESTED",
            f"A test was sent to the webhook endpoint {endpoint['name']!r}.",
            after={"endpoint": endpoint_id, "delivery": delivery_id},
        )
        return DeliveryRequested(delivery_id)

    return await perform(
        command,
        operation="pingWebhookEndpoint",
        payload=endpoint_id,
        answer=DeliveryRequested,
        body=body,
    )


async def redeliver_webhook(command: Command, *, delivery_id: int) -> DeliveryRequested:
    """Send a message of the delivery log again, as it was and under its id, delivered or not.

    Raises NOT_FOUND; NOTHING_TO_DO when it is an old test, and FEATURE_DISABLED while its endpoint is off.
    """

    async def body(work: Work) -> DeliveryRequested:
        found = await webhook_deliveries.lock(work.sql, client_id=work.client_id, delivery_id=delivery_id)
        if found is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such webhook delivery.", path=("id",))
        if found["event"] == WebhookEvent.PING:
            raise Refusal(ErrorCode.NOTHING_TO_DO, "That was a test: ask for another one.", path=("id",))
        if not found["enabled"]:
            raise Refusal(
                ErrorCode.FEATURE_DISABLED,
                f"The webhook endpoint {found['name']!r} is off; enable it first.",
                path=("id",),
            )
        await webhook_deliveries.start_over(
            work.sql,
            client_id=work.client_id,
            delivery_id=delivery_id,
            now=work.now,
            give_up_at=work.now + KEEP_TRYING_WEBHOOKS,
        )
        work.audit(
            "WEBHOOK_REDELIVERED",
            f"A webhook is sent to {found['name']!r} again.",
            before={"delivery": delivery_id, "status": found["status"]},
            after={"delivery": delivery_id, "status": WebhookStatus.PENDING.value},
        )
        return DeliveryRequested(delivery_id)

    return await perform(
        command, operation="redeliverWebhook", payload=delivery_id, answer=DeliveryRequested, body=body
    )
