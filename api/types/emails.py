"""E-mails to customers: templates, and the delivery log (D7)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_optional
from api.types.dispatches import Dispatch
from api.types.node import Node, follow, load, node_id
from domain.rules.vocabulary import EmailEvent, EmailStatus
from domain.views import emails as views

if TYPE_CHECKING:
    from api.types.orders import Order


@strawberry.type(
    description="What an e-mail says. Subject and body are plain-text Jinja templates, of which they may use "
    "values, `if`, loops over lists, comparisons and the filters upper, lower, title, capitalize, trim, "
    "length, default, date and time. The values are `client`; `order` with number, status, store, "
    "ordered_at, delayed_until, promised_at and lines (sku, name, requested, shipped, cancelled, open, "
    "back_ordered, promised_at); `dispatch` with number and lines (sku, name, quantity), which SHIPPED "
    "fills; and `previously_promised_at`, which PROMISE_CHANGED fills. Times are in the client's time zone."
)
class EmailTemplate(Node):
    """A template."""

    id: strawberry.ID = node_id("EmailTemplate")
    name: str = strawberry.field(description="As people call it; unique among the client's.")
    subject: str = strawberry.field(description="The template of the subject.")
    body: str = strawberry.field(description="The template of the text.")
    updated_at: datetime = strawberry.field(description="When it was saved last.")
    version: int = strawberry.field(
        description="Changes with every change; pass it as `expectedVersion` to change what you have seen."
    )
    events: list[EmailEvent] = strawberry.field(description="The events that it is sent for.")


@strawberry.type(description="That a template is sent when something happens to an order.")
class EmailAssignment:
    """An assignment."""

    event: EmailEvent = strawberry.field(description="What happens.")
    version: int = strawberry.field(
        description="Changes with every change; pass it as `expectedVersion` to change what you have seen."
    )

    @batched(description="The template that is sent.")
    async def template(parents: Parents, info: Info) -> list[EmailTemplate]:
        return await load(info, "EmailTemplate", [row["template_id"] for row in parents])


@strawberry.type(description="An e-mail to a customer: an entry of the delivery log.")
class EmailDelivery(Node):
    """An e-mail."""

    id: strawberry.ID = node_id("EmailDelivery")
    event: EmailEvent = strawberry.field(description="What happened.")
    status: EmailStatus = strawberry.field(description="How far it has come.")
    recipient: str | None = strawberry.field(description="To which address.")
    subject: str | None = strawberry.field(description="The subject as it was sent last.")
    body: str | None = strawberry.field(description="The text as it was sent last.")
    attempts: int = strawberry.field(description="How often sending it was tried.")
    reason: str | None = strawberry.field(description="Why it was not sent, or not yet.")
    created_at: datetime = strawberry.field(description="When its event happened.")
    next_attempt_at: datetime | None = strawberry.field(
        description="From when on it is to be sent; while it is being sent, when others would try."
    )
    sent_at: datetime | None = strawberry.field(description="When the mail server took it.")

    @batched(description="The order it is about.", along="id")
    async def order(
        parents: Parents, info: Info
    ) -> list[Annotated[Order, strawberry.lazy("api.types.orders")]]:
        return await follow(parents, info, "Order", "order_id")

    @batched(description="The dispatch that was shipped.", along="id")
    async def dispatch(parents: Parents, info: Info) -> list[Dispatch | None]:
        return await follow(parents, info, "Dispatch", "dispatch_id")

    @batched(description="Its template; null when that was deleted.", along="id")
    async def template(parents: Parents, info: Info) -> list[EmailTemplate | None]:
        return await follow(parents, info, "EmailTemplate", "template_id")


@strawberry.type(description="What a template makes of an order.")
class EmailPreview:
    """A preview; its parent is a `domain.views.emails.EmailPreview`."""

    subject: str = strawberry.field(description="The subject as it would be sent.")
    body: str = strawberry.field(description="The text as it would be sent.")

    @batched(description="The order it was made with; null when that was made up.")
    async def order(
        parents: Parents, info: Info
    ) -> list[Annotated[Order, strawberry.lazy("api.types.orders")] | None]:
        return await load(info, "Order", [preview.order_id for preview in parents])


@strawberry.input(description="Which e-mails: all conditions hold, and of a list any value.")
class EmailDeliveryFilter:
    """A filter of the delivery log."""

    order_id: strawberry.ID | None = strawberry.field(default=None, description="About this order.")
    event: list[EmailEvent] | None = strawberry.field(default=None, description="By what happened.")
    status: list[EmailStatus] | None = strawberry.field(default=None, description="By status.")


def email_delivery_filter(given: EmailDeliveryFilter | None) -> views.EmailDeliveryFilter:
    """The filter as the read side takes it. Raises INVALID_INPUT for an id of another kind."""
    if given is None:
        return views.EmailDeliveryFilter()
    return views.EmailDeliveryFilter(
        order=decode_optional("Order", given.order_id, argument=("filter", "orderId")),
        event=given.event,
        status=given.status,
    )
