"""Backorders in the inventory section (E4)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.types.backorders import Backorder
from api.types.connections import After, Connection, First, page_request
from api.types.inputs import BackorderFilter, backorder_filter
from domain.views.backorders import backorders_page


@strawberry.type
class BackorderQueries:
    """The part of `Query` about Backorders."""

    @strawberry.field(
        description='Backorders, the oldest first (E4). What the inventory section calls "Backorders" has '
        'the statuses OPEN and PARTIALLY_FILLED, and its "Fulfillable Backorders" are those that are '
        "`fulfillable`."
    )
    async def backorders(
        self,
        info: Info,
        filter: Annotated[
            BackorderFilter | None, strawberry.argument(description="Which Backorders.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Backorder]:
        page: Any = await backorders_page(
            info.context.database,
            client_id=info.context.client_id,
            backorder_filter=backorder_filter(filter),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
