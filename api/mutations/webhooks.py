"""Mutations of outbound webhooks: endpoints, and the delivery log."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_id, decode_optional
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS
from api.roles import ADMINS
from api.types.node import load
from api.types.webhooks import WebhookDelivery, WebhookEndpoint
from domain.operations import webhook_deliveries, webhook_endpoints
from domain.operations.command import Command
from domain.operations.webhook_endpoints import EndpointChanged, NewEndpoint
from domain.rules.vocabulary import WebhookEvent
from domain.views.webhooks import secrets_of

EndpointId = Annotated[strawberry.ID, strawberry.argument(description="The endpoint.")]


@strawberry.input(description="Where outbound webhooks go, and of what they tell.")
class WebhookEndpointInput:
    """A new or changed endpoint."""

    name: str = strawberry.field(description="As people call it; unique among the client's.")
    url: str = strawberry.field(
        description="Where messages are sent: https, on a public host unless the operator trusts it."
    )
    events: list[WebhookEvent] = strawberry.field(
        description="Of what it is told: at least one. PING and EVENTS_EXPIRED come by themselves."
    )
    distribution_center_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only what concerns this distribution center, or none."
    )
    enabled: bool = strawberry.field(default=True, description="Whether anything is sent.")


@strawberry.type(description="The answer of a mutation of an endpoint of webhooks.")
class WebhookEndpointPayload:
    """The endpoint, unless it was refused."""

    endpoint_id: strawberry.Private[int | None]
    secret_number: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The endpoint as it is now; null when the call was refused.")
    async def endpoint(parents: Parents, info: Info) -> list[WebhookEndpoint | None]:
        return await load(info, "WebhookEndpoint", [payload.endpoint_id for payload in parents])

    @batched(
        description="The secret that this call made, to check signatures with. It is shown nowhere else; the "
        "call repeated under its idempotencyKey shows it again, until it is changed."
    )
    async def secret(parents: Parents, info: Info) -> list[str | None]:
        keys = [(payload.endpoint_id, payload.secret_number) for payload in parents]
        known = await secrets_of(
            info.context.database,
            client_id=info.context.client_id,
            wanted=[key for key in keys if None not in key],
        )
        return [known.get(key) for key in keys]


@strawberry.type(description="The answer of deleteWebhookEndpoint.")
class DeleteWebhookEndpointPayload:
    """Which endpoint was deleted, unless it was refused."""

    deleted_id: strawberry.ID | None = strawberry.field(
        description="The id of the endpoint that is no more; null when the call was refused."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The answer of a mutation of a delivery of a webhook.")
class WebhookDeliveryPayload:
    """The delivery, unless it was refused."""

    delivery_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The delivery as it is now; null when the call was refused.")
    async def delivery(parents: Parents, info: Info) -> list[WebhookDelivery | None]:
        return await load(info, "WebhookDelivery", [payload.delivery_id for payload in parents])


@strawberry.type
class WebhookMutations:
    """The part of `Mutation` about outbound webhooks."""

    @strawberry.mutation(
        description="Create an endpoint of outbound webhooks, whose secret is in the answer, or with an id "
        "change one. A new one is told of what happens from now on; one that was off goes on where it was. "
        "Takes the role ADMIN."
    )
    async def save_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[WebhookEndpointInput, strawberry.argument(description="The endpoint.")],
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The endpoint to change.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> WebhookEndpointPayload:
        async def operation(command: Command) -> EndpointChanged:
            endpoint = NewEndpoint(
                name=input.name,
                url=input.url,
                events=input.events,
                distribution_center_id=decode_optional(
                    "DistributionCenter",
                    input.distribution_center_id,
                    argument=("input", "distributionCenterId"),
                ),
                enabled=input.enabled,
            )
            return await webhook_endpoints.save_webhook_endpoint(
                command,
                endpoint_id=decode_optional("WebhookEndpoint", id, argument="id"),
                endpoint=endpoint,
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        return _endpoint(outcome.result, outcome.errors)

    @strawberry.mutation(
        description="Delete an endpoint with its secret and its delivery log. Takes the role ADMIN."
    )
    async def delete_webhook_endpoint(
        self, info: Info, id: EndpointId, idempotency_key: IdempotencyKey = None
    ) -> DeleteWebhookEndpointPayload:
        async def operation(command: Command) -> EndpointChanged:
            number = decode_id("WebhookEndpoint", id, argument="id")
            return await webhook_endpoints.delete_webhook_endpoint(command, endpoint_id=number)

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        return DeleteWebhookEndpointPayload(
            deleted_id=id if outcome.result else None, user_errors=outcome.errors
        )

    @strawberry.mutation(
        description="Make a new secret, which is in the answer. For some hours messages carry a signature by "
        "the old one as well, so that receivers can be changed one after the other. Takes the role ADMIN."
    )
    async def rotate_webhook_secret(
        self,
        info: Info,
        id: EndpointId,
        overlap_hours: Annotated[
            int, strawberry.argument(description="Hours for which the old secret signs, too: 0 to 168.")
        ] = 24,
        idempotency_key: IdempotencyKey = None,
    ) -> WebhookEndpointPayload:
        async def operation(command: Command) -> EndpointChanged:
            number = decode_id("WebhookEndpoint", id, argument="id")
            return await webhook_endpoints.rotate_webhook_secret(
                command, endpoint_id=number, overlap_hours=overlap_hours
            )

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        return _endpoint(outcome.result, outcome.errors)

    @strawberry.mutation(
        description="Send a test to an endpoint, once, whether or not it is enabled: the delivery tells what "
        "came of it. Takes the role ADMIN."
    )
    async def ping_webhook_endpoint(
        self, info: Info, id: EndpointId, idempotency_key: IdempotencyKey = None
    ) -> WebhookDeliveryPayload:
        async def operation(command: Command) -> webhook_deliveries.DeliveryRequested:
            number = decode_id("WebhookEndpoint", id, argument="id")
            return await webhook_deliveries.ping_webhook_endpoint(command, endpoint_id=number)

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        return _delivery(outcome.result, outcome.errors)

    @strawberry.mutation(
        description="Send a message of the delivery log again, as it was and under its `webhook-id`, "
        "delivered or not. Takes the role ADMIN."
    )
    async def redeliver_webhook(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The delivery.")],
        idempotency_key: IdempotencyKey = None,
    ) -> WebhookDeliveryPayload:
        async def operation(command: Command) -> webhook_deliveries.DeliveryRequested:
            number = decode_id("WebhookDelivery", id, argument="id")
            return await webhook_deliveries.redeliver_webhook(command, delivery_id=number)

        outcome = await answered(info, operation, roles=ADMINS, idempotency_key=idempotency_key)
        return _delivery(outcome.result, outcome.errors)


def _endpoint(changed: EndpointChanged | None, errors: list[UserError]) -> WebhookEndpointPayload:
    return WebhookEndpointPayload(
        endpoint_id=changed.endpoint_id if changed else None,
        secret_number=changed.secret_number if changed else None,
        user_errors=errors,
    )


def _delivery(
    requested: webhook_deliveries.DeliveryRequested | None, errors: list[UserError]
) -> WebhookDeliveryPayload:
    return WebhookDeliveryPayload(
        delivery_id=requested.delivery_id if requested else None, user_errors=errors
    )
