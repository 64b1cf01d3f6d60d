"""A Strawberry schema whose operations are executed breadth-first.

Strawberry's HTTP, WebSocket and SSE handlers use it like any other schema. Beside the executor it
brings what rows as GraphQL objects need, on both executors: fields read from mappings, types of
interfaces and unions told by the row, DateTime in UTC. Arguments and input fields whose Python default
is None are published without a default.

A schema without extensions and directives of its own needs nothing of Strawberry's pipeline for a query or
mutation but parsing, validation and execution, so these alone are done; everything else goes through it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
)
from graphql.pyutils import is_awaitable
from strawberry.extensions import MaskErrors
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext, PreExecutionError
from strawberry.types.execution import ExecutionResult as StrawberryResult
from strawberry.types.graphql import OperationType as StrawberryOperationType

from api.execution.adaptation import leave_out_null_defaults, resolve_types_by_row
from api.execution.cache import WeighedCache
from api.execution.errors import NOT_VALID, coded
from api.execution.executor import BreadthFirstExecutor
from api.execution.operations import Operation
from api.execution.plans import PlanCache
from api.execution.rows import read_field
from api.execution.scalars import DATE, DATE_TIME
from api.execution.validation import validated

Present: TypeAlias = Callable[[GraphQLError], GraphQLError]
"""Makes of an error the one that clients are shown."""

CACHED_CHARACTERS = 1_000_000
"""Of documents that are kept parsed and validated; each stands for about 100 bytes of memory."""

LONGEST_CACHED = 50_000
"""Characters of one document."""

DEFAULT_RULES = tuple(specified_rules)


class Prepared(NamedTuple):
    """A parsed document, what validation has against it, and those of its operations that were asked for."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    operations: dict[str | None, Operation]

    def operation(self, schema: GraphQLSchema, name: str | None) -> Operation | None:
        """The document's query or mutation of that name, or its only one; None when there is none."""
        known = self.operations.get(name)
        if known is None:
            found = get_operation_ast(self.document, name)
            if found is not None and found.operation is not OperationType.SUBSCRIPTION:
                known = self.operations[name] = Operation(schema, self.document, name)
        return known


class BreadthFirstSchema(Schema):
    """A schema executed breadth-first, with parsed, validated and planned documents cached.

    Validation rules come from `AddValidationRules`; rules added later than its hook, `on_operation`,
    are not seen.
    """

    def __init__(
        self,
        query: type,
        *,
        config: StrawberryConfig | None = None,
        documents: int = 1024,
        present: Present | None = None,
        **kwargs: Any,
    ) -> None:
        """Take Strawberry's own arguments, how many documents the caches hold, and how errors are shown."""
        config = config or StrawberryConfig()
        if config.default_resolver is getattr:
            config.default_resolver = read_field
        config.scalar_map = {datetime.datetime: DATE_TIME, datetime.date: DATE, **config.scalar_map}
        kwargs.setdefault("execution_context_class", BreadthFirstExecutor)
        self._whole_pipeline = bool(kwargs.get("extensions") or kwargs.get("directives"))
        self._present = present
        if present is not None:
            kwargs["extensions"] = [*kwargs.get("extensions", ()), lambda: _Presenting(present)]
        super().__init__(query, config=config, **kwargs)
        self._whole_pipeline |= self.execution_context_class is not BreadthFirstExecutor
        self.plans = PlanCache(operations=documents)
        self.prepared: WeighedCache[Any, Prepared] = WeighedCache(
            entries=documents, weight=CACHED_CHARACTERS, heaviest=LONGEST_CACHED
        )
        resolve_types_by_row(self._schema)
        leave_out_null_defaults(self._schema)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[StrawberryOperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> StrawberryResult:
        """Execute a query or mutation, as Strawberry does (see its documentation)."""
        found: Prepared | None = None
        operation: Operation | None = None
        if query and allowed_operation_types is None and not self._whole_pipeline:
            try:
                found = self._prepare(query)
            except GraphQLError as error:
                return self._answered(None, [error])
            operation = found.operation(self._schema, operation_name)
        if found is None or operation is None:
            return await super().execute(
                query,
                variable_values=variable_values,
                context_value=context_value,
                root_value=root_value,
                operation_name=operation_name,
                allowed_operation_types=allowed_operation_types,
                operation_extensions=operation_extensions,
            )
        if found.errors:
            return self._answered(None, list(found.errors))
        executor = operation.executor(
            variables=variable_values,
            root_value=root_value,
            context_value=context_value,
            operation_extensions=operation_extensions,
        )
        if isinstance(executor, list):
            return self._answered(None, executor)
        try:
            result = executor.execute_operation()
            if is_awaitable(result):
                result = await result
        except Exception as error:  # noqa: BLE001 - as Strawberry answers what fails outside of any field
            return self._answered(None, [GraphQLError(str(error), original_error=error)])
        return self._answered(result.data, result.errors)

    def keeps(self, query: str) -> bool:
        """Whether the document needs not be parsed and validated again."""
        return self.prepared.get((query, (), DEFAULT_RULES)) is not None

    async def execute_event(
        self,
        document: DocumentNode,
        event: object,
        *,
        operation_name: str | None = None,
        variable_values: Mapping[str, Any] | None = None,
        context_value: object = None,
    ) -> StrawberryResult:
        """Execute a subscription's selection for one event of its source stream.

        The document is a validated one; the event is what the subscription's resolver would yield.
        """
        executor = self._event_executor(document, event, operation_name, variable_values, context_value)
        if isinstance(executor, list):
            return self._answered(None, executor)
        result = executor.execute_operation(False)
        if is_awaitable(result):
            result = await result
        return self._answered(result.data, result.errors)

    async def execute_events(
        self,
        document: DocumentNode,
        events: Sequence[object],
        *,
        operation_name: str | None = None,
        variable_values: Mapping[str, Any] | None = None,
        context_value: object = None,
    ) -> list[StrawberryResult]:
        """Execute a subscription's selection for several events, each field once for all of them.

        Where anything is in error, each is executed by itself, so that none is told another's errors.
        """
        if len(events) > 1:
            executor = self._event_executor(document, None, operation_name, variable_values, context_value)
            each = None if isinstance(executor, list) else await executor.execute_each(events)
            if each is not None:
                return [StrawberryResult(data=data, errors=None) for data in each]
        return [
            await self.execute_event(
                document,
                event,
                operation_name=operation_name,
                variable_values=variable_values,
                context_value=context_value,
            )
            for event in events
        ]

    def _event_executor(
        self,
        document: DocumentNode,
        event: object,
        operation_name: str | None,
        variable_values: Mapping[str, Any] | None,
        context_value: object,
    ) -> BreadthFirstExecutor | list[GraphQLError]:
        return BreadthFirstExecutor.build(
            self._schema,
            document,
            root_value=event,
            context_value=context_value,
            raw_variable_values=dict(variable_values or {}),
            operation_name=operation_name,
        )

    def _answered(self, data: dict[str, Any] | None, errors: list[GraphQLError] | None) -> StrawberryResult:
        if errors:
            self._process_errors(errors)
            if self._present is not None:
                errors = [self._present(error) for error in errors]
        return StrawberryResult(data=data, errors=errors)

    def _get_custom_context_kwargs(
        self, operation_extensions: dict[str, Any] | None = None, *, sync: bool = False
    ) -> dict[str, Any]:
        kwargs = super()._get_custom_context_kwargs(operation_extensions, sync=sync)
        return {**kwargs, "synchronous": True} if sync else kwargs

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        if context.query and context.graphql_document is None:
            options = tuple(sorted(context.parse_options.items()))
            try:
                prepared = self._prepare(context.query, options, context.validation_rules)
            except GraphQLError:
                # A syntax error: Strawberry meets it again and answers it.
                pass
            else:
                context.graphql_document = prepared.document
                context.pre_execution_errors = list(prepared.errors)
        return await super()._prepare_operation_async(context, extensions_runner)

    def _prepare(
        self,
        query: str,
        options: tuple[tuple[str, Any], ...] = (),
        rules: tuple[Any, ...] = DEFAULT_RULES,
    ) -> Prepared:
        """Parse and validate a document. Raises GraphQLError for one with a syntax error."""
        key = (query, options, rules)
        prepared = self.prepared.get(key)
        if prepared is None:
            document = parse(query, **dict(options))
            errors = coded(validated(self._schema, document, rules), NOT_VALID)
            prepared = Prepared(document, tuple(errors), {})
            self.prepared.put(key, prepared, weight=len(query))
        return prepared


class _Presenting(MaskErrors):
    """Presents errors where Strawberry's own pipeline makes the results."""

    def __init__(self, present: Present) -> None:
        super().__init__()
        self._present = present

    def _process_errors(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        return [self._present(error) for error in errors]
