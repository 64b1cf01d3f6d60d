"""Queries of bulk operations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.ids import split_id
from api.types.bulk_operations import BulkOperation, BulkPreview
from api.types.connections import After, Connection, First, page_request
from api.types.node import load
from api.types.selections import OrderSelection, chosen_orders
from domain.rules.vocabulary import BulkAction
from domain.views import bulk_operations as views


@strawberry.type
class BulkOperationQueries:
    """The part of `Query` about bulk operations."""

    @strawberry.field(description="One bulk operation; null when the client has none with this id.")
    async def bulk_operation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")]
    ) -> BulkOperation | None:
        found = split_id(id)
        if found is None or found[0] != "BulkOperation":
            return None
        operation: BulkOperation | None
        (operation,) = await load(info, "BulkOperation", [found[1]])
        return operation

    @strawberry.field(description="The client's bulk operations, latest first.")
    async def bulk_operations(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[BulkOperation]:
        page: Any = await views.bulk_operations_page(
            info.context.database,
            client_id=info.context.client_id,
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="What a bulk operation would do now (A5): how many orders are selected, how many of them "
        "are eligible, and why the others are not. Nothing is changed."
    )
    async def bulk_operation_preview(
        self,
        info: Info,
        action: Annotated[BulkAction, strawberry.argument(description="What would be done to each order.")],
        selection: Annotated[OrderSelection, strawberry.argument(description="Which orders.")],
        until: Annotated[
            datetime | None,
            strawberry.argument(
                description="With DELAY: until when; null ends the delay. Left out: some time to come."
            ),
        ] = strawberry.UNSET,
    ) -> BulkPreview:
        whenever = until is strawberry.UNSET
        preview: Any = await views.preview(
            info.context.database,
            client_id=info.context.client_id,
            question=views.Question(
                action=action,
                selection=chosen_orders(selection),
                until=None if whenever else until,
                whenever=whenever,
            ),
        )
        return preview  # type: ignore[no-any-return] # a preview of the view stands for it
