"""Queries of reallocations (F3)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.ids import decode_optional
from api.types.connections import After, Connection, First, page_request
from api.types.reallocations import ReallocationPlan, ReallocationVariant
from domain.views.reallocations import plans_page, variants_page


@strawberry.type
class ReallocationQueries:
    """The part of `Query` about reallocations."""

    @strawberry.field(description="The variants by which pools are reallocated, by name.")
    async def reallocation_variants(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[ReallocationVariant]:
        page: Any = await variants_page(
            info.context.database,
            client_id=info.context.client_id,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(description="Reallocations, planned and applied, the newest first.")
    async def reallocation_plans(
        self,
        info: Info,
        distribution_center: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this distribution center.")
        ] = None,
        applied: Annotated[
            bool | None, strawberry.argument(description="Only those that were applied, or the others.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[ReallocationPlan]:
        page: Any = await plans_page(
            info.context.database,
            client_id=info.context.client_id,
            distribution_center_id=decode_optional(
                "DistributionCenter", distribution_center, argument="distributionCenter"
            ),
            applied=applied,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
