"""A small schema that shows what transports do: fields that answer, wait, fail and tell of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import strawberry

from api.context import Info
from api.errors import presented
from api.execution.schema import BreadthFirstSchema
from api.realtime import cursor
from api.realtime.stream import EventStream
from domain.store.event_log import Interest
from domain.store.events import LoggedEvent, Topic

WAITING: set[object] = set()
"""Whose field `waits` is being resolved."""


@strawberry.type
class Change:
    cursor: str
    number: int

    @strawberry.field
    def broken(self) -> str | None:
        raise LookupError("a secret of ours")


@strawberry.type
class Query:
    @strawberry.field
    def client(self, info: Info) -> int:
        return info.context.client_id

    @strawberry.field
    def source(self, info: Info) -> str:
        return info.context.authority.source or ""

    @strawberry.field
    def request_id(self, info: Info) -> str:
        return info.context.request_id

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def again(self) -> Query:
        return Query()

    @strawberry.field
    def perhaps(self) -> str | None:
        raise LookupError("a secret of ours")

    @strawberry.field
    def certainly(self) -> str:
        raise LookupError("a secret of ours")

    @strawberry.field
    async def waits(self, seconds: float) -> bool:
        task = asyncio.current_task()
        WAITING.add(task)
        try:
            await asyncio.sleep(seconds)
        finally:
            WAITING.discard(task)
        return True

    @strawberry.field
    async def stored(self, info: Info) -> int:
        async with info.context.database.connection_across_clients() as sql:
            return int(await sql.fetchval("SELECT 1"))


@strawberry.type
class Mutation:
    @strawberry.mutation
    def increment(self, by: int) -> int:
        return by + 1

    @strawberry.mutation
    async def sleep_in_transaction(self, info: Info, seconds: float) -> bool:
        # With a savepoint, as an operation has where it may have to undo a part of its work.
        opened = info.context.database.transaction_across_clients()
        async with opened as transaction, transaction.sql.transaction():
            await transaction.sql.execute("SELECT pg_sleep($1)", seconds)
        return True


def _change(event: LoggedEvent) -> Change:
    return Change(cursor=cursor.encode(event.seq), number=event.subject_id)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def changed(self, info: Info, after: str | None = None) -> AsyncIterator[Change]:
        authority = info.context.authority
        return await EventStream.open(
            feed=info.context.groups.feed,
            interest=Interest(client_id=authority.client_id, topic=Topic.ORDER),
            after=after,
            root=_change,
            credential=authority.credential,
        )


probe = BreadthFirstSchema(query=Query, mutation=Mutation, subscription=Subscription, present=presented)
