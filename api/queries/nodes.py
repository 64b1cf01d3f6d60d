"""Any object by its id, and the client itself."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.rows import typed
from api.execution.selection import selected
from api.ids import split_id
from api.types.node import Node, load
from api.types.reference import Client
from domain.rules.refusals import ErrorCode, Refusal
from domain.views.nodes import NODES, rows_by_ids

_MOST_NODES = 500


@strawberry.type
class NodeQueries:
    """The part of `Query` that the Relay server specification asks for."""

    @strawberry.field(description="The object with this id; null when the client has none.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
    ) -> Node | None:
        node: Node | None
        (node,) = await _nodes(info, [id])
        return node

    @strawberry.field(description="The object of each id, in their order; null where the client has none.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, at most 500.")],
    ) -> list[Node | None]:
        if len(ids) > _MOST_NODES:
            raise Refusal(
                ErrorCode.INVALID_INPUT, f"Ask for at most {_MOST_NODES} nodes at once.", path=("ids",)
            )
        return await _nodes(info, ids)

    @strawberry.field(description="The client whose token is used.")
    async def client(self, info: Info) -> Client:
        client: Client
        (client,) = await load(info, "Client", [info.context.client_id])
        return client


async def _nodes(info: Info, ids: list[strawberry.ID]) -> list[Any]:
    """The rows of ids of any kinds: one statement for each kind."""
    places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, global_id in enumerate(ids):
        found = split_id(global_id)
        if found is not None and found[0] in NODES:
            places[found[0]].append((place, found[1]))
    wanted = selected(info)
    loaded = await asyncio.gather(
        *(
            rows_by_ids(
                info.context.database,
                kind,
                client_id=info.context.client_id,
                ids=[number for _, number in asked],
                selected=wanted,
            )
            for kind, asked in places.items()
        )
    )
    nodes: list[Any] = [None] * len(ids)
    for (kind, asked), rows in zip(places.items(), loaded, strict=True):
        for (place, _), row in zip(asked, rows, strict=True):
            nodes[place] = None if row is None else typed(kind, row)
    return nodes
