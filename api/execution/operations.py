"""Operations, prepared so that nothing is found out twice that the request does not change."""

from __future__ import annotations

from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema
from graphql.execution.values import VariableValues

from api.execution.executor import BreadthFirstExecutor
from api.execution.variables import Variables


class Operation:
    """One operation of a validated document.

    graphql-core builds the executor of its first request: it chooses the operation, collects the fragments,
    coerces the variables. Later ones get a copy with their own variables, if these need no coercion.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> None:
        self._schema = schema
        self._document = document
        self._name = name
        self._known: tuple[BreadthFirstExecutor, Variables] | None = None

    def executor(
        self,
        *,
        variables: dict[str, Any] | None,
        root_value: object,
        context_value: object,
        operation_extensions: dict[str, Any] | None = None,
    ) -> BreadthFirstExecutor | list[GraphQLError]:
        """The executor for one request, or what is wrong with the request."""
        if self._known is not None:
            known, defined = self._known
            fitting = defined.fitting(variables or {})
            if fitting is not None:
                return known.again(
                    fitting,
                    root_value=root_value,
                    context_value=context_value,
                    operation_extensions=operation_extensions,
                )
        executor: Any = BreadthFirstExecutor.build(
            self._schema,
            self._document,
            root_value=root_value,
            context_value=context_value,
            raw_variable_values=variables,
            operation_name=self._name,
            operation_extensions=operation_extensions,
        )
        if self._known is None and isinstance(executor, BreadthFirstExecutor):
            # Without anything of the request that happened to be the first.
            kept = executor.again(VariableValues({}, {}))
            self._known = kept, Variables(self._schema, executor.operation.variable_definitions or ())
        built: BreadthFirstExecutor | list[GraphQLError] = executor
        return built
