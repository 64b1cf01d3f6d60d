"""The Back Order List (B10)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.ids import decode_optional
from api.types.back_order_lines import BackOrderLine
from api.types.connections import After, Connection, First, page_request
from api.types.inputs import BackOrderLineFilter, back_order_line_filter
from api.types.orders import Order
from domain.rules.vocabulary import QueueStatus
from domain.views import orders as order_views
from domain.views.back_order_lines import back_order_lines_page


@strawberry.type
class BackOrderQueries:
    """The part of `Query` about back orders."""

    @strawberry.field(
        description="Orders in the queue of which a part is dispatched and the rest waits, by rank (B10)."
    )
    async def back_order_list(
        self,
        info: Info,
        distribution_center: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this distribution center.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Order]:
        page: Any = await order_views.orders_page(
            info.context.database,
            client_id=info.context.client_id,
            order_filter=order_views.OrderFilter(
                queue_status=[QueueStatus.PARTIALLY_PROCESSED],
                distribution_center=decode_optional(
                    "DistributionCenter", distribution_center, argument="distributionCenter"
                ),
            ),
            sort=order_views.OrderSort.RANK,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="Order lines that wait for stock: short ones, and what is left of back orders; those "
        "waiting longest first (B10)."
    )
    async def back_order_lines(
        self,
        info: Info,
        filter: Annotated[BackOrderLineFilter | None, strawberry.argument(description="Which lines.")] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[BackOrderLine]:
        page: Any = await back_order_lines_page(
            info.context.database,
            client_id=info.context.client_id,
            line_filter=back_order_line_filter(filter),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
