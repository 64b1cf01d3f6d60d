"""Queries of the Backordering report (B12)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected, selected_nodes
from api.types.back_order_report import (
    BackOrderDay,
    BackOrderReportFilter,
    BackOrderTotal,
    back_order_report_filter,
)
from api.types.connections import After, Connection, First, page_request
from domain.views.back_order_report import most_back_ordered, report_page, report_totals


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
            info.context.reports,
            client_id=info.context.client_id,
            report_filter=back_order_report_filter(filter),
            now=info.context.now(),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="The Backordering report (B12) summed up by day, the earliest first; days that nothing "
        "was back-ordered or demanded on are left out."
    )
    async def back_order_totals(
        self,
        info: Info,
        filter: Annotated[
            BackOrderReportFilter | None,
            strawberry.argument(description="Which rows; those of the last 31 days if not given."),
        ] = None,
    ) -> list[BackOrderTotal]:
        totals: list[Any] = await report_totals(
            info.context.reports,
            client_id=info.context.client_id,
            report_filter=back_order_report_filter(filter),
            now=info.context.now(),
        )
        return totals

    @strawberry.field(
        description="The rows of the Backordering report's last day with the most back-ordered units (B12)."
    )
    async def most_back_ordered(
        self,
        info: Info,
        filter: Annotated[
            BackOrderReportFilter | None,
            strawberry.argument(description="Which rows; of today if no last day is given."),
        ] = None,
        first: Annotated[int, strawberry.argument(description="At most so many (1-100).")] = 10,
    ) -> list[BackOrderDay]:
        rows: list[Any] = await most_back_ordered(
            info.context.reports,
            client_id=info.context.client_id,
            report_filter=back_order_report_filter(filter),
            now=info.context.now(),
            selected=selected(info),
            first=first,
        )
        return rows
