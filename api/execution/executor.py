"""graphql-core's executor, executing breadth-first what it can.

graphql-core still chooses the operation, coerces the variables and builds the response; only the
execution of the selections is replaced, for queries, mutations and the events of subscriptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, cast

from graphql import ExecutionResult, GraphQLError, OperationType
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues
from graphql.pyutils import RefMap
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.execution.errors import BAD_VARIABLES, coded
from api.execution.plan import SelectionPlan
from api.execution.run import Run

if TYPE_CHECKING:
    from api.execution.schema import BreadthFirstSchema


class BreadthFirstExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes operations breadth-first, and hands over to graphql-core what it does not handle.

    Handed over are synchronous execution, middleware (extensions with a `resolve` hook), abort
    signals, introspection, and every directive other than @skip and @include.
    """

    def __init__(self, *args: Any, synchronous: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._synchronous = synchronous

    @classmethod
    def build(cls, *args: Any, **kwargs: Any) -> list[GraphQLError] | Self:
        """Build an executor as graphql-core does, or say what is wrong with the request, with a code."""
        built = super().build(*args, **kwargs)
        return coded(built, BAD_VARIABLES) if isinstance(built, list) else cast("Self", built)

    def again(
        self,
        variable_values: VariableValues,
        *,
        root_value: object = None,
        context_value: object = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> Self:
        """An executor of the same operation for another request."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.variable_values = variable_values
        other.root_value = root_value
        other.context_value = context_value
        other.operation_extensions = operation_extensions
        other.collected_errors = CollectedErrors()
        other.async_helpers = GraphQLResolveInfoHelpers(
            gather=other.gather_async_work, track=other.track_async_work
        )
        other.pending_incremental_futures = set()
        other.background_futures = set()
        return other

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Return an awaitable of the result, or what graphql-core returns for what it is handed."""
        schema: BreadthFirstSchema = self.schema._strawberry_schema  # type: ignore[attr-defined]
        if self._synchronous or self.abort_signal is not None or _has_middleware(self):
            return self._handed_over(serially)
        plan = schema.plans.plan(self, schema)
        if plan is None:
            return self._handed_over(serially)
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        return self._execute_breadth_first(schema, plan, serially)

    def _handed_over(self, serially: bool | None) -> Any:
        # The rest of what graphql-core keeps of one execution (see the constructors of its executors), which
        # the executor before has used, perhaps.
        self.async_work_finished_hook_task = None
        self._relevant_sub_fields = {}
        self._stream_usages = RefMap()
        self.groups, self.tasks, self.streams = [], [], []
        self._initial_execution_plans = RefMap()
        self._deferred_execution_plans = RefMap()
        return super().execute_operation(serially)

    async def execute_each(self, roots: Sequence[object]) -> list[dict[str, Any]] | None:
        """Return the data for each root value, resolved together; None if that can't be, or has an error."""
        schema: BreadthFirstSchema = self.schema._strawberry_schema  # type: ignore[attr-defined]
        plan = schema.plans.plan(self, schema)
        return None if plan is None else await Run(self).execute_each(plan, roots)

    async def _execute_breadth_first(
        self, schema: BreadthFirstSchema, plan: SelectionPlan, serially: bool
    ) -> ExecutionResult:
        try:
            data = await Run(self).execute(plan, serially=serially)
        finally:
            # They hold the executor that holds them: only a search for garbage would find the two.
            del self.async_helpers
        return ExecutionResult(data, self.collected_errors.errors or None)


def _has_middleware(executor: BreadthFirstExecutor) -> bool:
    manager = executor.middleware_manager
    return manager is not None and bool(manager.middlewares)
