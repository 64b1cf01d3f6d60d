"""A Strawberry schema whose operations are executed breadth-first.

Strawberry's HTTP, WebSocket and SSE handlers use it like any other schema. Beside the executor it
brings what rows as GraphQL objects need, on both executors: fields read from mappings, types of
interfaces and unions told by the row, DateTime in UTC. Arguments and input fields whose Python default
is None are published without a default.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLAbstractType,
    GraphQLArgument,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLTypeResolver,
    GraphQLUnionType,
    Undefined,
    default_type_resolver,
    parse,
)
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import validate_document
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.execution import ExecutionContext, PreExecutionError
from strawberry.utils.await_maybe import await_maybe

from api.execution.executor import BreadthFirstExecutor
from api.execution.plans import PlanCache
from api.execution.rows import read_field, type_name_of
from api.execution.scalars import DATE_TIME


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
        **kwargs: Any,
    ) -> None:
        """Take Strawberry's own arguments, and how many documents the caches hold."""
        config = config or StrawberryConfig()
        if config.default_resolver is getattr:
            config.default_resolver = read_field
        config.scalar_map = {datetime.datetime: DATE_TIME, **config.scalar_map}
        kwargs.setdefault("execution_context_class", BreadthFirstExecutor)
        super().__init__(query, config=config, **kwargs)
        self.plans = PlanCache(operations=documents)
        self._prepared = lru_cache(maxsize=documents)(self._parse_and_validate)
        _resolve_types_by_row(self._schema)
        _leave_out_null_defaults(self._schema)

    async def execute_event(
        self,
        document: DocumentNode,
        event: object,
        *,
        operation_name: str | None = None,
        variable_values: Mapping[str, Any] | None = None,
        context_value: object = None,
    ) -> ExecutionResult:
        """Execute a subscription's selection for one event of its source stream.

        The document is a validated one; the event is what the subscription's resolver would yield.
        """
        executor = BreadthFirstExecutor.build(
            self._schema,
            document,
            root_value=event,
            context_value=context_value,
            raw_variable_values=dict(variable_values or {}),
            operation_name=operation_name,
        )
        if isinstance(executor, list):
            result = ExecutionResult(None, executor)
        else:
            result = cast("ExecutionResult", await await_maybe(executor.execute_operation(False)))
        if result.errors:
            self._process_errors(result.errors)
        return result

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
                document, errors = self._prepared(context.query, options, context.validation_rules)
            except GraphQLError:
                # A syntax error: Strawberry meets it again and answers it.
                pass
            else:
                context.graphql_document = document
                context.pre_execution_errors = list(errors)
        return await super()._prepare_operation_async(context, extensions_runner)

    def _parse_and_validate(
        self, query: str, options: tuple[tuple[str, Any], ...], rules: tuple[Any, ...]
    ) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
        document = parse(query, **dict(options))
        return document, tuple(validate_document(self._schema, document, rules))


def _resolve_types_by_row(schema: GraphQLSchema) -> None:
    """Let rows stand for objects: Strawberry's own checks accept instances of its classes only."""
    for type_ in schema.type_map.values():
        declared = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if isinstance(type_, GraphQLObjectType) and not getattr(declared, "is_type_of", None):
            type_.is_type_of = None
        elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            type_.resolve_type = _by_row_or(type_.resolve_type or default_type_resolver)


def _leave_out_null_defaults(schema: GraphQLSchema) -> None:
    """Publish no default of null: it says no more than none, and Python's own default supplies it."""
    for type_ in schema.type_map.values():
        inputs: list[GraphQLArgument | GraphQLInputField] = []
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            inputs.extend(argument for field in type_.fields.values() for argument in field.args.values())
        elif isinstance(type_, GraphQLInputObjectType):
            inputs.extend(type_.fields.values())
        for input_ in inputs:
            if input_.default_value is None:
                input_.default_value = Undefined


def _by_row_or(resolve_type: GraphQLTypeResolver) -> GraphQLTypeResolver:
    def resolve(value: Any, info: GraphQLResolveInfo[Any], type_: GraphQLAbstractType) -> Any:
        return type_name_of(value) or resolve_type(value, info, type_)

    return resolve
