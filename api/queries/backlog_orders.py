"""Queries of the Backlog Orders dashboard (C1-C4)."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import strawberry

from api.context import Info
from api.execution.selection import is_asked_plainly, selected_nodes
from api.ids import decode_id
from api.types.backlog_orders import BacklogOrderFilter, BacklogOrders, Finding, backlog_order_filter
from api.types.connections import After, Before, First, Last, page_request
from domain.rules.refusals import Refusal
from domain.views import backlog_orders as views
from domain.views.backlog_orders import BacklogOrderSort


@strawberry.type
class BacklogOrderQueries:
    """The part of `Query` about the dashboard."""

    @strawberry.field(
        description="The Backlog Orders dashboard (C1, C2), the latest orders first unless sorted otherwise. "
        "A range of more than a month is refused with DATE_RANGE_TOO_LONG."
    )
    async def backlog_orders(
        self,
        info: Info,
        filter: Annotated[BacklogOrderFilter | None, strawberry.argument(description="Which orders.")] = None,
        sort: Annotated[
            BacklogOrderSort | None, strawberry.argument(description="The column to sort by; by order time.")
        ] = None,
        descending: Annotated[
            bool | None,
            strawberry.argument(
                description="Whether the greatest comes first; if not given, only order times are so sorted."
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> BacklogOrders:
        dashboard = await views.open_dashboard(
            info.context.database,
            client_id=info.context.client_id,
            backlog_filter=backlog_order_filter(filter),
            now=info.context.now(),
        )
        column = sort or BacklogOrderSort.ORDERED_AT
        asked = BacklogOrders(
            dashboard=dashboard,
            sort=column,
            descending=column is BacklogOrderSort.ORDERED_AT if descending is None else descending,
            request=page_request(first, after, last, before),
            read=None,
            from_=dashboard.window.start,
            until=dashboard.window.end,
        )
        if is_asked_plainly(info, "orders") and is_asked_plainly(info, "counts"):
            # What is refused of the page is refused once more, by the field it belongs to.
            with suppress(Refusal):
                asked.read = await views.page_with_counts(
                    dashboard,
                    info.context.database,
                    sort=asked.sort,
                    descending=asked.descending,
                    request=asked.request,
                    selected=selected_nodes(info, "orders"),
                )
        return asked

    @strawberry.field(
        description="What is wrong with an order of the dashboard, and what to do (C4). Nothing is changed; "
        "the answer is empty when nothing is wrong."
    )
    async def investigate_order(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The order.")]
    ) -> list[Finding]:
        causes = await views.findings_of_order(
            info.context.database,
            client_id=info.context.client_id,
            order_id=decode_id("Order", id, argument="id"),
        )
        return [Finding(code=cause.value, message=cause.description, remedy=cause.remedy) for cause in causes]
