"""Server-sent events, as the `graphql-sse` protocol has them in its distinct connections mode.

Subscriptions of events join the groups of the process, as those over sockets do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeAlias

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult

from api.context import Context
from api.errors import presented
from api.execution.encoding import encoded
from api.realtime.opening import SharedSelection, SubscribeRequest, open_shared
from api.transport.request import GraphQLRequest
from api.transport.results import body_of, refused
from api.transport.service import Service

_HEARTBEAT_SECONDS = 12.0

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    # Asks nginx to pass on every event at once.
    (b"x-accel-buffering", b"no"),
]

Tell: TypeAlias = Callable[[str], Coroutine[object, object, None]]
"""Sends the JSON text of one result; waits while the client doesn't read."""

Story: TypeAlias = Callable[[Tell], Awaitable[None]]
"""Tells all results, and returns when there are no more; raises what has ended it."""


class EventStreamResponse:
    """An ASGI response that tells a story event by event, until it ends or somebody leaves."""

    def __init__(self, story: Story, *, stopping: asyncio.Event, promise: Callable[[], str]) -> None:
        """`promise` is how soon events come at the moment: comments tell of it while that is not "live"."""
        self._story = story
        self._stopping = stopping
        self._promise = promise

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Stream, with a comment now and then that keeps proxies from giving up."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})

        async def write(text: str, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": text.encode(), "more_body": more})

        async def tell(result: str) -> None:
            await write(f"event: next\ndata: {result}\n\n")

        # At once, so that the client knows that the stream is open.
        await write(self._comment())
        tasks = [
            asyncio.create_task(self._tell(tell)),
            asyncio.create_task(_client_gone(receive)),
            asyncio.create_task(self._stopping.wait()),
        ]
        try:
            while not (await asyncio.wait(tasks, timeout=_HEARTBEAT_SECONDS, return_when="FIRST_COMPLETED"))[
                0
            ]:
                await write(self._comment())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        # A stream that the server stops is not complete: the client connects again and resumes.
        if not self._stopping.is_set():
            await write("event: complete\ndata:\n\n")
        await write("", more=False)

    def _comment(self) -> str:
        promise = self._promise()
        return ":\n\n" if promise == "live" else f": events {promise}\n\n"

    async def _tell(self, tell: Tell) -> None:
        try:
            await self._story(tell)
        except GraphQLError as error:
            await tell(_text(refused(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must not wait in vain
            await tell(_text(refused(presented(GraphQLError(str(error), original_error=error)))))


async def subscription(service: Service, asked: GraphQLRequest, context: Context) -> Story:
    """The story of a subscription, which has begun: it is told whatever is committed from now on."""
    request = SubscribeRequest(asked.query, asked.operation_name, asked.variables or {})
    selection = await open_shared(service.schema, request, context)
    return _alone(service, asked, context) if selection is None else _shared(selection, context)


def counted(service: Service, context: Context, story: Story) -> Story:
    """The same story, counted as one of the token's subscriptions for as long as it is told."""

    async def told(tell: Tell) -> None:
        with service.cashier.subscription(context.authority):
            await story(tell)

    return told


def single(result: ExecutionResult) -> Story:
    """The story of an operation that has one result."""

    async def story(tell: Tell) -> None:
        await tell(_text(result))

    return story


def _shared(selection: SharedSelection, context: Context) -> Story:
    async def story(tell: Tell) -> None:
        member = context.groups.join(
            selection.key,
            interest=selection.stream.interest,
            begin=selection.stream.begin,
            execute=selection.execute,
            send=tell,
            credential=context.authority.credential,
        )
        try:
            await member.ended()
        finally:
            member.leave()

    return story


def _alone(service: Service, asked: GraphQLRequest, context: Context) -> Story:
    async def story(tell: Tell) -> None:
        async for result in await service.schema.stream(
            asked.query,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            operation_extensions=asked.extensions,
        ):
            if isinstance(result, ExecutionResult):
                await tell(_text(result))

    return story


def _text(result: ExecutionResult) -> str:
    return encoded(body_of(result)).decode()


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
