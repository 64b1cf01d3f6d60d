"""The graphql-transport-ws protocol, with shared subscriptions.

Use it as the `graphql_transport_ws_handler_class` of a Strawberry ASGI view whose contexts are
`SubscriberContext`s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import SubscribeMessage

from api.execution.schema import BreadthFirstSchema
from api.realtime.cursor import AuthorityEndedError, TooSlowError
from api.realtime.frames import EXTENSION, Batch, FrameWriter
from api.realtime.groups import Send, Write
from api.realtime.opening import SharedSelection, SubscriberContext, SubscribeRequest, open_shared

FORBIDDEN = 4403
TRY_AGAIN_LATER = 1013

_FAILED = GraphQLError(
    "The subscription failed: subscribe again with 'after' and the last cursor received.",
    extensions={"code": "INTERNAL_SERVER_ERROR"},
)


class SharedSubscriptionHandler(BaseGraphQLTransportWSHandler[Any, Any]):
    """One socket; its subscriptions of events join the groups of the process."""

    _opened: asyncio.Event

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation; a subscription of events has begun when the next message is handled.

        So a client that gets the pong to a ping it sent after subscribing will be told of everything
        that is committed from then on.
        """
        known = self.operations.get(message["id"])
        self._opened = asyncio.Event()
        await super().handle_subscribe(message)
        if self.operations.get(message["id"]) is not known:
            await self._opened.wait()

    async def run_operation(self, operation: Operation[Any, Any]) -> None:
        """Serve an operation until it is over."""
        try:
            try:
                selection = await self._shared_selection(operation)
            finally:
                self._opened.set()
            if selection is not None:
                await self._serve(operation, selection)
                return
        except (WebSocketDisconnect, WebSocketDisconnected):
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the subscriber must not wait in vain
            await self.handle_task_exception(error)
            await operation.send_initial_errors([_FAILED])
            return
        await super().run_operation(operation)

    async def _shared_selection(self, operation: Operation[Any, Any]) -> SharedSelection | None:
        query: object = operation.query
        variables: object = operation.variables or {}
        if not isinstance(query, str) or not isinstance(variables, dict):
            return None
        request = SubscribeRequest(query, operation.operation_name, variables)
        return await open_shared(cast(BreadthFirstSchema, self.schema), request, self.context)

    async def _serve(self, operation: Operation[Any, Any], selection: SharedSelection) -> None:
        context = cast(SubscriberContext, self.context)
        member = context.groups.join(
            selection.key,
            interest=selection.stream.interest,
            begin=selection.stream.begin,
            execute=selection.execute,
            send=self._sender(operation.id),
            write=self._writer(operation.id),
            credential=context.authority.credential,
        )
        try:
            await member.ended()
        except TooSlowError as error:
            # Reaches the subscriber when it has read what was sent before, so that it knows its cursor.
            await self.websocket.close(TRY_AGAIN_LATER, error.message)
        except AuthorityEndedError as error:
            await self.websocket.close(FORBIDDEN, error.message)
        except GraphQLError as error:
            await operation.send_initial_errors([error])
        finally:
            member.leave()

    def _sender(self, operation_id: str) -> Send:
        """Puts the operation's id around a response that is the same for many, as a text frame."""
        socket = self._socket
        head = _head(operation_id)

        def send(payload: str) -> Coroutine[Any, Any, None]:
            return socket.send({"type": "websocket.send", "text": f"{head}{payload}}}"})

        return send

    def _writer(self, operation_id: str) -> Write | None:
        """Does the same at once, on a server that lets frames be written."""
        writer: FrameWriter | None = self._socket.scope.get("extensions", {}).get(EXTENSION)
        if writer is None:
            return None
        head = _head(operation_id).encode()

        def write(batch: Batch) -> bool:
            return writer.write_frames(batch.data(head))

        return write

    @property
    def _socket(self) -> WebSocket:
        return cast(ASGIWebSocketAdapter, self.websocket).ws


def _head(operation_id: str) -> str:
    return f'{{"id":{orjson.dumps(operation_id).decode()},"type":"next","payload":'
