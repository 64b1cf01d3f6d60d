"""How stores are connected to marketplaces, and what came of it (C5)."""

from __future__ import annotations

from typing import Any

import strawberry

from api.context import Info
from api.execution.selection import selected, selected_nodes
from api.ids import decode_optional
from api.types.connections import After, Connection, First, page_request
from api.types.synchronizations import StoreConnection, StoreId, Synchronization
from domain.views import synchronizations as views


@strawberry.type
class SynchronizationQueries:
    """The part of `Query` about marketplaces."""

    @strawberry.field(
        description="How stores are connected to their marketplaces, with the last success and the state of "
        "the circuit breaker (C5)."
    )
    async def store_connections(self, info: Info, store: StoreId = None) -> list[StoreConnection]:
        connections: list[Any] = await views.store_connections(
            info.context.database,
            client_id=info.context.client_id,
            store_id=decode_optional("Store", store, argument="store"),
            selected=selected(info),
        )
        return connections

    @strawberry.field(description="Synchronizations with marketplaces, newest first (C5).")
    async def synchronizations(
        self, info: Info, store: StoreId = None, first: First = None, after: After = None
    ) -> Connection[Synchronization]:
        page: Any = await views.synchronizations_page(
            info.context.database,
            client_id=info.context.client_id,
            store_id=decode_optional("Store", store, argument="store"),
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection
