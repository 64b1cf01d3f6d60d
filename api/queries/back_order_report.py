"""Queries of the Backordering report (B12)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.types.back_order_report import BackOrderDay, BackOrderReportFilter, back_order_report_filter
from api.types.connections import After, Connection, First, page_request
from domain.views.back_order_report import report_page


@strawberry.type
class BackOrderReportQueries:
    """The part of `Query` about the Backordering report."""

    @strawberry.field(
        description="The Backordering report (B12), by day, distribution center and SKU. As a file it comes "
        "from GET /reports/backordering.csv and /reports/backordering.xlsx."
    )
    async def back_order_report(
        self,
        info: Info,
        filter: Annotated[
            BackOrderReportFilter | None,
            strawberry.argument(description="Which rows; those of the last 31 days if not given."),
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[BackOrderDay]:
        page: Any = await report_page(
            info.context.database,
            client_id=info.context.client_id,
            report_filter=back_order_report_filter(filter),
            now=info.context.now(),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
