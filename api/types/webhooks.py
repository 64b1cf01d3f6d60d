"""Outbound webhooks: endpoints, and the delivery log."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_optional
from api.types.node import Node, follow, node_id
from api.types.reference import DistributionCenter
from domain.rules.circuit import Circuit, state
from domain.rules.vocabulary import CircuitState, WebhookEvent, WebhookStatus
from domain.rules.webhooks import message_type
from domain.views import webhooks as views


@strawberry.type(
    description="Where the client's outbound webhooks go: events are POSTed to its URL as JSON, signed as "
    "Standard Webhooks says, until the receiver answers with a status of success. Messages about one order "
    "come one after the other, and at least once: `webhook-id` says which were sent before. A receiver that "
    "takes nothing for three days is turned off."
)
class WebhookEndpoint(Node):
    """An endpoint."""

    id: strawberry.ID = node_id("WebhookEndpoint")
    name: str = strawberry.field(description="As people call it; unique among the client's.")
    url: str = strawberry.field(description="Where messages are sent.")
    events: list[WebhookEvent] = strawberry.field(description="Of what it is told.")
    enabled: bool = strawberry.field(description="Whether anything is sent.")
    disabled_reason: str | None = strawberry.field(
        description="Why it was turned off, when nobody of yours did it."
    )
    failures: int = strawberry.field(
        description="Attempts in a row of which none was taken, at messages that had not failed before."
    )
    retry_at: datetime | None = strawberry.field(description="From when on it may be tried again.")
    last_error: str | None = strawberry.field(description="What was wrong last; null after a success.")
    last_success_at: datetime | None = strawberry.field(description="When it took something last.")
    created_at: datetime = strawberry.field(description="When it was created.")

    @batched(
        description="Only what concerns this distribution center, or none; null: everything.", along="id"
    )
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter | None]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(description="Whether it is sent anything now.")
    def circuit(parents: Parents, info: Info) -> list[CircuitState]:
        now = info.context.now()
        return [state(Circuit(row["failures"], row["retry_at"]), now=now) for row in parents]

    @batched(description="Until when messages are signed with the secret before as well.")
    def old_secret_until(parents: Parents) -> list[datetime | None]:
        return [row["previous_secret_until"] for row in parents]


@strawberry.type(description="One message for one endpoint: an entry of the delivery log.")
class WebhookDelivery(Node):
    """A delivery."""

    id: strawberry.ID = node_id("WebhookDelivery")
    event: WebhookEvent = strawberry.field(description="What it tells of.")
    status: WebhookStatus = strawberry.field(description="How far it has come.")
    message_id: str = strawberry.field(description="The header `webhook-id`, the same in every attempt.")
    body: str = strawberry.field(description="The JSON that is sent.")
    attempts: int = strawberry.field(description="How often sending it was tried.")
    response_status: int | None = strawberry.field(description="The HTTP status of the last answer.")
    reason: str | None = strawberry.field(description="Why it was not taken, or not yet.")
    created_at: datetime = strawberry.field(description="When the message was made.")
    next_attempt_at: datetime | None = strawberry.field(
        description="From when on it is to be sent, if its endpoint may be tried then."
    )
    delivered_at: datetime | None = strawberry.field(description="When the receiver took it.")

    @batched(description="The `type` of the message.")
    def type(parents: Parents) -> list[str]:
        return [message_type(WebhookEvent(row["event"])) for row in parents]

    @batched(description="Where it goes.", along="id")
    async def endpoint(parents: Parents, info: Info) -> list[WebhookEndpoint]:
        return await follow(parents, info, "WebhookEndpoint", "endpoint_id")


@strawberry.input(description="Which deliveries: all conditions hold, and of a list any value.")
class WebhookDeliveryFilter:
    """A filter of the delivery log."""

    endpoint_id: strawberry.ID | None = strawberry.field(default=None, description="For this endpoint.")
    event: list[WebhookEvent] | None = strawberry.field(default=None, description="By what they tell of.")
    status: list[WebhookStatus] | None = strawberry.field(default=None, description="By status.")


def webhook_delivery_filter(given: WebhookDeliveryFilter | None) -> views.WebhookDeliveryFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return views.WebhookDeliveryFilter()
    return views.WebhookDeliveryFilter(
        endpoint=decode_optional("WebhookEndpoint", given.endpoint_id, argument=("filter", "endpointId")),
        event=given.event,
        status=given.status,
    )
