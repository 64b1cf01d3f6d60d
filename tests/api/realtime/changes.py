"""A schema with one subscription, of changed numbers, and a view that serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Self

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api.execution.schema import BreadthFirstSchema
from api.realtime import cursor
from api.realtime.groups import Groups
from api.realtime.socket import SharedSubscriptionHandler
from api.realtime.stream import EventStream
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.store.event_log import Interest
from domain.store.events import LoggedEvent, Topic


@dataclass
class Context:
    """Of a connection; `executed` counts over all connections how often an event was executed."""

    authority: Authority
    groups: Groups
    executed: list[int] = field(default_factory=list)

    def for_event(self) -> Self:
        return replace(self)


@strawberry.type
class Change:
    """A number that changed."""

    cursor: str
    subject: strawberry.Private[int]
    padding: strawberry.Private[str]

    @strawberry.field
    def number(self, info: strawberry.Info[Context, None]) -> int:
        info.context.executed.append(self.subject)
        return self.subject

    @strawberry.field
    def bulk(self) -> str:
        return self.padding

    @strawberry.field
    def broken(self) -> str | None:
        raise LookupError("secret")


def change(event: LoggedEvent) -> Change:
    """The change that an event tells of, with more than a few of them a socket can hold."""
    return Change(cursor=cursor.encode(event.seq), subject=event.subject_id, padding="x" * 20_000)


@strawberry.type
class Query:
    """Who asks."""

    @strawberry.field
    def client(self, info: strawberry.Info[Context, None]) -> int:
        return info.context.authority.client_id


@strawberry.type
class Subscription:
    """Every change, or those of some numbers."""

    @strawberry.subscription
    async def changed(
        self, info: strawberry.Info[Context, None], ids: list[int] | None = None, after: str | None = None
    ) -> AsyncIterator[Change]:
        authority = info.context.authority
        return await EventStream.open(
            feed=info.context.groups.feed,
            interest=Interest(
                client_id=authority.client_id,
                topic=Topic.ORDER,
                subject_ids=None if ids is None else frozenset(ids),
            ),
            after=after,
            root=change,
            credential=authority.credential,
        )


class View(GraphQL[Context, None]):
    """Admits a socket as the client and token that its path names."""

    graphql_transport_ws_handler_class = SharedSubscriptionHandler

    def __init__(self, groups: Groups) -> None:
        super().__init__(
            BreadthFirstSchema(Query, subscription=Subscription),
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL, "graphql-sse"],
        )
        self.groups = groups
        self.executed: list[int] = []

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        client_id, token_id = map(int, request.url.path.strip("/").split("/"))
        authority = Authority(client_id=client_id, role=Role.VIEWER, actor="test", credential=token_id)
        return Context(authority, self.groups, self.executed)
