"""From a subscription's document to what its subscribers can share.

Strawberry's own pipeline prepares the operation: parsing, validation, the resolver of the subscription
field with its arguments and permissions. What it leads to is either an `EventStream`, which can be
shared, or something else, which goes Strawberry's own way.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Protocol, Self

from graphql import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    create_source_event_stream,
    get_operation_ast,
    visit,
)
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from api.errors import UNAVAILABLE
from api.execution.encoding import encoded
from api.execution.executor import BreadthFirstExecutor
from api.execution.schema import BreadthFirstSchema
from api.realtime.groups import Groups
from api.realtime.stream import EventStream
from domain.ports import Authority
from domain.store.events import LoggedEvent
from domain.tracing import TRACE, spans

_RESUME_ARGUMENT = "after"

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
"""Seconds between tries to execute an event without a database."""


class SubscriberContext(Protocol):
    """What sharing needs of the context that resolvers get."""

    @property
    def authority(self) -> Authority: ...

    @property
    def groups(self) -> Groups: ...

    def for_event(self) -> Self:
        """A context of the same authority to execute one event with, without anything cached."""
        ...


@dataclass(frozen=True, slots=True)
class SubscribeRequest:
    """What a subscriber sent."""

    query: str
    name: str | None
    variables: Mapping[str, Any]


class SharedSelection:
    """A subscription whose events can be executed once for all who ask for the same."""

    def __init__(
        self,
        *,
        schema: BreadthFirstSchema,
        request: SubscribeRequest,
        document: DocumentNode,
        stream: EventStream[Any],
        context: SubscriberContext,
    ) -> None:
        self.stream = stream
        self._schema = schema
        self._request = request
        self._document = document
        self._context = context

    @property
    def key(self) -> Hashable:
        """What subscribers must have in common to be told the same.

        Where a subscriber begins is not part of it: those who resume join the others in the end.
        """
        resume = _resume_variable(self._document, self._request.name)
        variables = {name: value for name, value in self._request.variables.items() if name != resume}
        authority = self._context.authority
        return (
            authority.client_id,
            authority.role,
            self._request.query,
            self._request.name,
            json.dumps(variables, sort_keys=True),
            self.stream.interest,
        )

    async def execute(self, events: Sequence[LoggedEvent]) -> list[str]:
        """The JSON text of the GraphQL response to each event; they are executed in one pass.

        While the database is away, this waits: what happened is kept, and is told when it can be.
        """
        pause = _FIRST_PAUSE
        while True:
            with spans("deliver", parents=[event.data.get(TRACE) for event in events]):
                results = await self._schema.execute_events(
                    self._document,
                    [self.stream.root(event) for event in events],
                    operation_name=self._request.name,
                    variable_values=self._request.variables,
                    context_value=self._context.for_event(),
                )
            if not any(map(_is_unavailable, results)):
                return [_text(result) for result in results]
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


async def open_shared(
    schema: BreadthFirstSchema, request: SubscribeRequest, context: SubscriberContext
) -> SharedSelection | None:
    """What subscribers of `request` share; None when it is no such subscription, or is in error."""
    if "subscription" not in request.query:
        return None
    variables = dict(request.variables)
    execution = schema._create_execution_context(
        query=request.query,
        allowed_operation_types=[OperationType.SUBSCRIPTION],
        variable_values=variables,
        context_value=context,
        operation_name=request.name,
    )
    extensions = schema.get_extensions()
    for extension in extensions:
        extension.execution_context = execution
    runner = schema.create_extensions_runner(execution, extensions)
    async with runner.operation():
        try:
            if await schema._prepare_operation_async(execution, runner):
                return None
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            return None
    document = execution.graphql_document
    if document is None:
        return None
    executor = BreadthFirstExecutor.build(
        schema._schema,
        document,
        context_value=context,
        raw_variable_values=variables,
        operation_name=request.name,
    )
    if isinstance(executor, list):
        return None
    stream = create_source_event_stream(executor)
    if isawaitable(stream):
        stream = await stream
    if not isinstance(stream, EventStream):
        return None
    return SharedSelection(
        schema=schema,
        request=request,
        document=document,
        stream=stream,
        context=context.for_event(),
    )


def _is_unavailable(result: ExecutionResult) -> bool:
    return any((error.extensions or {}).get("code") == UNAVAILABLE for error in result.errors or ())


def _text(result: ExecutionResult) -> str:
    response: dict[str, Any] = {"data": result.data}
    if result.errors:
        response["errors"] = [error.formatted for error in result.errors]
    return encoded(response).decode()


class _Uses(Visitor):
    """Counts how often each variable is named in a document, its definition included."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.count[node.name.value] += 1


def _resume_variable(document: DocumentNode, operation_name: str | None) -> str | None:
    """The variable that says where to resume and has no influence on anything else."""
    operation = get_operation_ast(document, operation_name)
    named = _named_in_resume_argument(operation) if operation else None
    if named is None:
        return None
    uses = _Uses()
    visit(document, uses)
    return named if uses.count[named] == len(("defined", "used")) else None


def _named_in_resume_argument(operation: OperationDefinitionNode) -> str | None:
    for field in operation.selection_set.selections:
        for argument in (field.arguments or ()) if isinstance(field, FieldNode) else ():
            if argument.name.value == _RESUME_ARGUMENT and isinstance(argument.value, VariableNode):
                return argument.value.name.value
    return None
