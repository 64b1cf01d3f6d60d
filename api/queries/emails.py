"""Queries of e-mail templates, their previews, and the delivery log (D7)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.ids import decode_optional
from api.types.connections import After, Connection, First, page_request
from api.types.emails import (
    EmailAssignment,
    EmailDelivery,
    EmailDeliveryFilter,
    EmailPreview,
    EmailTemplate,
    email_delivery_filter,
)
from domain.rules.vocabulary import EmailEvent
from domain.views.emails import (
    email_assignments,
    email_deliveries_page,
    email_templates_page,
    preview_email,
)


@strawberry.type
class EmailQueries:
    """The part of `Query` about e-mails to customers."""

    @strawberry.field(description="The templates of e-mails, by name.")
    async def email_templates(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[EmailTemplate]:
        page: Any = await email_templates_page(
            info.context.database,
            client_id=info.context.client_id,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="Which template is sent for which event; an event that is not listed sends none, and "
        "its version is 0."
    )
    async def email_assignments(self, info: Info) -> list[EmailAssignment]:
        rows: Any = await email_assignments(info.context.database, client_id=info.context.client_id)
        return rows  # type: ignore[no-any-return] # rows stand for the assignments

    @strawberry.field(description="The delivery log: every e-mail that was caused, the newest first.")
    async def email_deliveries(
        self,
        info: Info,
        filter: Annotated[
            EmailDeliveryFilter | None, strawberry.argument(description="Which e-mails.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[EmailDelivery]:
        page: Any = await email_deliveries_page(
            info.context.database,
            client_id=info.context.client_id,
            delivery_filter=email_delivery_filter(filter),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="What a template would say, saved or not. INVALID_INPUT names the field that does not "
        "render, and in `extensions.line` its line."
    )
    async def preview_email_template(
        self,
        info: Info,
        subject: Annotated[str, strawberry.argument(description="The template of the subject.")],
        body: Annotated[str, strawberry.argument(description="The template of the text.")],
        order_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The order to render it with.")
        ] = None,
        event: Annotated[
            EmailEvent | None,
            strawberry.argument(
                description="Without an order: the newest one to which this has happened; one that is made "
                "up, if there is none."
            ),
        ] = None,
    ) -> EmailPreview:
        preview: Any = await preview_email(
            info.context.database,
            client_id=info.context.client_id,
            subject=subject,
            body=body,
            order_id=decode_optional("Order", order_id, argument="orderId"),
            event=event,
        )
        return preview  # type: ignore[no-any-return] # the view's preview stands for the type
