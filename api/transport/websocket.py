"""GraphQL over WebSocket: the graphql-transport-ws protocol, with tokens and strict about its messages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any, cast

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketDisconnected as SocketClosed
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation as OpenOperation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UnsetType

from api.auth import bearer_token
from api.context import Context
from api.errors import UNAVAILABLE, presented
from api.execution.encoding import encoded
from api.oidc.keys import IssuerAwayError
from api.realtime.feed import FeedState
from api.realtime.socket import FORBIDDEN, TRY_AGAIN_LATER, SharedSubscriptionHandler
from api.transport.documents import Operation
from api.transport.refusals import HttpRefusal
from api.transport.request import GraphQLRequest
from api.transport.results import charged, chosen_operation, execute, was_refused
from api.transport.service import DATABASE_AWAY, ISSUER_AWAY, LOOKUP_SECONDS, Service
from domain.store.event_log import DATABASE_ERRORS

log = structlog.get_logger()

_LONGEST_REASON = 123
"""Bytes that a WebSocket's closing frame has for the reason."""


class Visitor:
    """Whoever opened a socket: nobody, until the token in `connection_params` is found to be valid."""

    def __init__(self, service: Service, *, request_id: str, address: str) -> None:
        self.service = service
        self.connection_params: Mapping[str, object] = {}
        self.held = ExitStack()
        """What is given back when the socket is closed."""
        self._request_id = request_id
        self._source = f"{address} {request_id}"

    async def admitted(self) -> Context:
        """The context of the visitor's authority, which may have ended since it was last asked for.

        Raises ConnectionRejectionError for a token that isn't valid, and one of DATABASE_ERRORS, or
        IssuerAwayError, when that can't be found out.
        """
        told = self.connection_params
        token = bearer_token(told.get("authorization", told.get("Authorization")))
        async with asyncio.timeout(LOOKUP_SECONDS):
            authority = await self.service.authenticator.authority(token, source=self._source)
        if authority is None:
            raise ConnectionRejectionError
        return self.service.context(authority, self._request_id)


class SocketAdapter(ASGIWebSocketAdapter):
    """A socket that speaks text frames, and can be closed for reasons of any length."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message; raises WebSocketDisconnected when nobody is there any more."""
        try:
            await self.ws.send_text(encoded(message).decode())
        except (WebSocketDisconnect, SocketClosed) as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, unless it is closed."""
        with suppress(WebSocketDisconnect, SocketClosed):
            await self.ws.close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))


class SocketHandler(SharedSubscriptionHandler):
    """One socket, from `connection_init` until it is closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._visitor: Visitor = self.context
        self._telling: asyncio.Task[None] | None = None
        self._told = FeedState.STREAM.promise

    async def handle_message(self, message: Message) -> None:
        """Handle a message; one that isn't of the protocol closes the socket."""
        if problem := _problem_of(message):
            await self.handle_invalid_message(problem)
        else:
            await super().handle_message(message)

    async def shutdown(self) -> None:
        """End what is open, when the socket is closed."""
        self._visitor.held.close()
        await super().shutdown()

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Admit the visitor, or close the socket."""
        if message.get("payload", {}) is None:
            message = {"type": "connection_init"}
        try:
            await super().handle_connection_init(message)
        except GraphQLError as error:
            await self.websocket.close(TRY_AGAIN_LATER, error.message)
        except IssuerAwayError:
            await self.websocket.close(TRY_AGAIN_LATER, ISSUER_AWAY)
        except DATABASE_ERRORS as error:
            log.error("websocket.not_authenticated", error=repr(error))
            await self.websocket.close(TRY_AGAIN_LATER, DATABASE_AWAY)
        if self.connection_acknowledged:
            self._service.groups.feed.listen(self)
            self.feed_entered()

    def feed_entered(self) -> None:
        """Say, in the payload of a ping, that events will come later than usual, or at once again."""
        # One message at a time, however often the state changes while a client doesn't read.
        telling = self._telling is not None and not self._telling.done()
        if not telling and self._service.groups.feed.state.promise != self._told:
            self._telling = asyncio.create_task(self._tell_of_feed())

    async def _tell_of_feed(self) -> None:
        while (promise := self._service.groups.feed.state.promise) != self._told:
            self._told = promise
            with suppress(WebSocketDisconnected):
                await self.send_message({"type": "ping", "payload": {"events": promise}})

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation or say why not; a token that has become invalid closes the socket."""
        if not self.connection_acknowledged or message["id"] in self.operations:
            await super().handle_subscribe(message)
            return
        payload = message["payload"]
        try:
            self.context = await self._visitor.admitted()
            asked = self._service.persisted.resolved(_request(payload))
            operation = await chosen_operation(self._service, asked, self.context)
            if operation.type is OperationType.SUBSCRIPTION:
                await self._begin_subscription(operation, asked)
        except ConnectionRejectionError:
            await self.websocket.close(FORBIDDEN, "Forbidden")
        except IssuerAwayError:
            await self._refuse(message["id"], GraphQLError(ISSUER_AWAY, extensions={"code": UNAVAILABLE}))
        except DATABASE_ERRORS as error:
            log.error("websocket.not_authenticated", error=repr(error))
            await self._refuse(message["id"], GraphQLError(DATABASE_AWAY, extensions={"code": UNAVAILABLE}))
        except GraphQLError as error:
            await self._refuse(message["id"], error)
        except HttpRefusal as refusal:
            await self._refuse(message["id"], refusal.error)
        except Exception as error:  # noqa: BLE001 - whatever it is, what else the socket has open goes on
            await self._refuse(message["id"], presented(GraphQLError(str(error), original_error=error)))
        else:
            named = cast(SubscribeMessage, {**message, "payload": {**payload, "query": asked.query}})
            await super().handle_subscribe(named)

    async def run_operation(self, operation: OpenOperation[Any, Any]) -> None:
        """Serve an operation until it is over."""
        chosen = self._service.documents.chosen_operation(operation.query, operation.operation_name)
        if chosen.type is OperationType.SUBSCRIPTION:
            await self._run_subscription(operation)
            return
        # Queries don't keep the next message waiting, as subscriptions do until they have begun.
        self._opened.set()
        try:
            await self._answer(operation, chosen)
        except WebSocketDisconnected:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the client must not wait in vain
            shown = presented(GraphQLError(str(error), original_error=error))
            await operation.send_initial_errors([shown])

    async def _run_subscription(self, operation: OpenOperation[Any, Any]) -> None:
        try:
            with self._service.cashier.subscription(self.context.authority):
                await super().run_operation(operation)
        except GraphQLError as error:
            self._opened.set()
            await operation.send_initial_errors([error])

    async def _answer(self, operation: OpenOperation[Any, Any], chosen: Operation) -> None:
        asked = GraphQLRequest(operation.query, operation.operation_name, operation.variables, None)
        result = await execute(self._service, asked, chosen, self.context, transport="websocket")
        if was_refused(result):
            await operation.send_initial_errors(result.errors or [])
        else:
            await operation.send_next(result)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})

    @property
    def _service(self) -> Service:
        return self._visitor.service

    async def _begin_subscription(self, operation: Operation, asked: GraphQLRequest) -> None:
        if not self._service.following.is_set():
            raise GraphQLError("Events are not followed yet; try again.", extensions={"code": UNAVAILABLE})
        await charged(self._service, asked, operation, self.context)
        self._service.metrics.count(transport="websocket", type_="subscription", outcome="ok")

    async def _refuse(self, operation_id: str, error: GraphQLError) -> None:
        self._service.metrics.count(transport="websocket", type_="unknown", outcome="refused")
        await self.send_message({"id": operation_id, "type": "error", "payload": [error.formatted]})


class SocketEndpoint(GraphQL[Any, None]):
    """The ASGI application behind WebSockets of /graphql."""

    websocket_adapter_class = SocketAdapter
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, service: Service, *, allowed_origins: Sequence[str]) -> None:
        """Browsers may connect from pages of the allowed origins, beside the service's own."""
        super().__init__(
            service.schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=service.limits.socket_init_seconds),
            max_subscriptions_per_connection=service.limits.socket_operations,
            allowed_origins=allowed_origins,
        )
        self._service = service

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Visitor:
        """Nobody yet: the handler replaces it with the context of whom it admits."""
        return Visitor(
            self._service,
            request_id=request.scope["state"]["request_id"],
            address=request.client.host if request.client else "unknown",
        )

    async def on_ws_connect(self, context: Visitor) -> UnsetType | dict[str, object] | None:
        """Admit a visitor. Raises ConnectionRejectionError, GraphQLError, and what `admitted` raises."""
        admitted = await context.admitted()
        context.held.enter_context(self._service.cashier.socket(admitted.authority))
        return await super().on_ws_connect(context)

    def decode_json(self, data: str | bytes) -> object:
        """Decode a message; raises json.JSONDecodeError."""
        return orjson.loads(data)


def _problem_of(message: object) -> str | None:
    """What is wrong with the form of a message, if anything is."""
    if not isinstance(message, dict):
        return "A message must be a JSON object"
    type_ = message.get("type")
    if type_ in ("subscribe", "complete") and not (isinstance(message.get("id"), str) and message["id"]):
        return f"The message {type_} must have an id"
    if type_ != "subscribe":
        return None if isinstance(type_, str) else "A message must have a type"
    payload = message.get("payload")
    if not isinstance(payload, dict):
        return "The payload of subscribe must have a query"
    if not all(isinstance(payload.get(name), dict | None) for name in ("variables", "extensions")):
        return "variables and extensions must be objects or null"
    if not all(isinstance(payload.get(name), str | None) for name in ("operationName", "documentId")):
        return "operationName and documentId must be text or null"
    named = payload.get("documentId") or "persistedQuery" in (payload.get("extensions") or {})
    if not (isinstance(payload.get("query"), str) or (named and payload.get("query") is None)):
        return "The payload of subscribe must have a query"
    return None


def _request(payload: Mapping[str, Any]) -> GraphQLRequest:
    return GraphQLRequest(
        payload.get("query") or "",
        payload.get("operationName"),
        payload.get("variables"),
        payload.get("extensions"),
        payload.get("documentId"),
    )
