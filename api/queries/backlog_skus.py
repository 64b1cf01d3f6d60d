"""Backlog SKUs (A1)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.types.backlog_skus import BacklogSku
from api.types.connections import After, Connection, First, page_request
from api.types.inputs import BacklogSkuFilter, backlog_sku_filter
from domain.views.backlog_skus import backlog_skus_page


@strawberry.type
class BacklogSkuQueries:
    """The part of `Query` about Backlog SKUs."""

    @strawberry.field(description="Backlog SKUs, those of the oldest order lines first (A1).")
    async def backlog_skus(
        self,
        info: Info,
        filter: Annotated[
            BacklogSkuFilter | None, strawberry.argument(description="Which Backlog SKUs.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[BacklogSku]:
        page: Any = await backlog_skus_page(
            info.context.database,
            client_id=info.context.client_id,
            sku_filter=backlog_sku_filter(filter),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
