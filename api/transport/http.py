"""GraphQL over HTTP, as its specification has it, and server-sent events on the same URL."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from api.context import Context
from api.errors import INTERNAL
from api.transport.accept import EVENT_STREAM, Accepted, accepted
from api.transport.admission import admitted
from api.transport.documents import Operation
from api.transport.event_stream import EventStreamResponse, Story, counted, single, subscription
from api.transport.headers import header
from api.transport.refusals import (
    GRAPHQL_JSON,
    JSON,
    HttpRefusal,
    json_response,
    unavailable,
)
from api.transport.request import (
    GraphQLRequest,
    check_content_type,
    check_method,
    method_not_allowed,
    read_request,
)
from api.transport.results import (
    body_of,
    charged,
    chosen_operation,
    execute,
    refused,
    retry_after,
    status_of,
)
from api.transport.service import Service

log = structlog.get_logger()


class HttpEndpoint:
    """The ASGI application behind GET and POST /graphql."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        media_type = JSON
        response: ASGIApp
        try:
            formats = accepted(header(scope, b"accept"))
            media_type = formats.json or JSON
            response = await self._answer(scope, receive, formats)
        except HttpRefusal as refusal:
            self._service.metrics.count(transport="http", type_="unknown", outcome="refused")
            response = refusal.response(media_type)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("http.unexpected_error")
            response = HttpRefusal(
                HTTPStatus.INTERNAL_SERVER_ERROR, INTERNAL, "Something went wrong on our side."
            ).response(media_type)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, formats: Accepted) -> ASGIApp:
        check_method(scope)
        check_content_type(scope)
        # Before the body is read: a stranger can't make anybody read megabytes.
        context = await admitted(self._service, scope)
        asked = await read_request(scope, receive, largest=self._service.limits.body_bytes)
        try:
            asked = self._service.persisted.resolved(asked)
            operation = await chosen_operation(self._service, asked, context)
        except GraphQLError as error:
            self._service.metrics.count(transport="http", type_="unknown", outcome="refused")
            return self._response(refused(error), formats)
        if operation.type is OperationType.SUBSCRIPTION:
            return await self._subscription(asked, operation, context, formats)
        if operation.type is OperationType.MUTATION and scope["method"] == "GET":
            raise method_not_allowed("Mutations are not allowed with GET: send them with POST.", allow="POST")
        transport = "http" if formats.json else "sse"
        result = await execute(self._service, asked, operation, context, transport=transport)
        return self._response(result, formats)

    async def _subscription(
        self, asked: GraphQLRequest, operation: Operation, context: Context, formats: Accepted
    ) -> ASGIApp:
        if not formats.event_stream:
            raise HttpRefusal(
                HTTPStatus.NOT_ACCEPTABLE,
                "NOT_ACCEPTABLE",
                "A subscription has more than one answer: use a WebSocket (graphql-transport-ws), or send "
                f"Accept: {EVENT_STREAM}.",
            )
        if not self._service.following.is_set():
            raise unavailable("Events are not followed yet; try again.")
        try:
            await charged(self._service, asked, operation, context)
            with self._service.cashier.subscription(context.authority):
                story = await subscription(self._service, asked, context)
        except GraphQLError as error:
            self._service.metrics.count(transport="sse", type_="subscription", outcome="refused")
            return self._stream(single(refused(error)))
        self._service.metrics.count(transport="sse", type_="subscription", outcome="ok")
        return self._stream(counted(self._service, context, story))

    def _response(self, result: ExecutionResult, formats: Accepted) -> ASGIApp:
        if formats.json is None:
            return self._stream(single(result))
        # With application/json the status says only that the request was well-formed, as ever.
        status = status_of(result) if formats.json == GRAPHQL_JSON else HTTPStatus.OK
        headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        if (seconds := retry_after(result)) is not None:
            headers["Retry-After"] = str(seconds)
        return json_response(body_of(result), status, media_type=formats.json, headers=headers)

    def _stream(self, story: Story) -> ASGIApp:
        feed = self._service.groups.feed
        return EventStreamResponse(story, stopping=self._service.stopping, promise=lambda: feed.state.promise)
