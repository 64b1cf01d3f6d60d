"""Queries of outbound webhooks: endpoints, and the delivery log."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.types.connections import After, Connection, First, page_request
from api.types.webhooks import (
    WebhookDelivery,
    WebhookDeliveryFilter,
    WebhookEndpoint,
    webhook_delivery_filter,
)
from domain.views.webhooks import webhook_deliveries_page, webhook_endpoints_page


@strawberry.type
class WebhookQueries:
    """The part of `Query` about outbound webhooks."""

    @strawberry.field(description="The endpoints of outbound webhooks, by name.")
    async def webhook_endpoints(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[WebhookEndpoint]:
        page: Any = await webhook_endpoints_page(
            info.context.database,
            client_id=info.context.client_id,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(description="The delivery log of outbound webhooks, the newest first.")
    async def webhook_deliveries(
        self,
        info: Info,
        filter: Annotated[
            WebhookDeliveryFilter | None, strawberry.argument(description="Which deliveries.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[WebhookDelivery]:
        page: Any = await webhook_deliveries_page(
            info.context.database,
            client_id=info.context.client_id,
            delivery_filter=webhook_delivery_filter(filter),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
