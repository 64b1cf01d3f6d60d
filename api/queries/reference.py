"""Queries of what orders refer to, and of who asks: what a page needs before anything else."""

from __future__ import annotations

from typing import Any

import strawberry

from api.context import Info
from api.execution.selection import selected
from api.realtime import cursor
from api.types.reference import DistributionCenter, Store, Viewer
from domain.views import reference as views


@strawberry.type
class ReferenceQueries:
    """The part of `Query` about reference data and the caller."""

    @strawberry.field(description="Who asks, and what they may do.")
    def viewer(self, info: Info) -> Viewer:
        authority = info.context.authority
        return Viewer(role=authority.role, name=authority.actor)

    @strawberry.field(
        description="Where the feed of events is now (F5). Read this first, then load what you show, then "
        "subscribe with it as `after`: nothing that happens in between is missed."
    )
    def event_cursor(self, info: Info) -> str:
        # Everything up to here is committed, so whatever is read after this has it.
        return cursor.encode(info.context.groups.feed.position)

    @strawberry.field(description="The client's distribution centers, by code.")
    async def distribution_centers(self, info: Info) -> list[DistributionCenter]:
        found: list[Any] = await views.distribution_centers(
            info.context.database, client_id=info.context.client_id, selected=selected(info)
        )
        return found

    @strawberry.field(description="The client's stores, by code.")
    async def stores(self, info: Info) -> list[Store]:
        found: list[Any] = await views.stores(
            info.context.database, client_id=info.context.client_id, selected=selected(info)
        )
        return found
