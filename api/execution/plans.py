"""The cache of compiled plans, and the decision what is handed over to graphql-core."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution import Executor
from graphql.execution.values import VariableValues
from strawberry.schema import Schema

from api.execution.cache import WeighedCache
from api.execution.plan import Planner, SelectionPlan

CONDITIONS = frozenset({"skip", "include"})
INTROSPECTION = frozenset({"__schema", "__type"})

# More combinations of @skip and @include than any client means: they would only fill the memory.
PLANS_PER_OPERATION = 64

CACHED_FIELDS = 100_000
"""Of plans that are kept; each takes about a kilobyte."""


@dataclass(slots=True)
class _Operation:
    """What is known of one operation; holding the node keeps its id from being used again."""

    node: OperationDefinitionNode
    # The variables in @skip and @include, or None when graphql-core shall execute the operation.
    conditions: tuple[str, ...] | None
    fields: int = 0
    plans: dict[tuple[Any, ...], SelectionPlan] = field(default_factory=dict)


class PlanCache:
    """Plans by operation and by the values of the variables in its @skip and @include."""

    def __init__(self, *, operations: int = 1024) -> None:
        self.operations: WeighedCache[int, _Operation] = WeighedCache(
            entries=operations, weight=CACHED_FIELDS, heaviest=CACHED_FIELDS // 4
        )

    def plan(self, executor: Executor[Any], schema: Schema) -> SelectionPlan | None:
        """Return the plan of the executor's operation, or None to hand it over to graphql-core."""
        operation = self._operation(executor)
        root_type = executor.schema.get_root_type(executor.operation.operation)
        if operation.conditions is None or root_type is None:
            return None
        variables = executor.variable_values
        values = tuple(variables.coerced.get(name) for name in operation.conditions)
        if None in values:
            # Null where none may be: an error of the first selection that asks, and graphql-core knows which.
            return None
        plan = operation.plans.get(values)
        if plan is None:
            conditions = VariableValues(
                {name: variables.sources[name] for name in operation.conditions if name in variables.sources},
                {name: variables.coerced[name] for name in operation.conditions if name in variables.coerced},
            )
            planner = Planner(executor, conditions, schema)
            plan = planner.root(root_type)
            if len(operation.plans) >= PLANS_PER_OPERATION:
                operation.plans.clear()
                operation.fields = 0
            operation.plans[values] = plan
            operation.fields += planner.fields
            self._keep(operation)
        return plan

    def _operation(self, executor: Executor[Any]) -> _Operation:
        known = self.operations.get(id(executor.operation))
        if known is None:
            known = _Operation(executor.operation, _conditions(executor))
            self._keep(known)
        return known

    def _keep(self, operation: _Operation) -> None:
        self.operations.put(id(operation.node), operation, weight=operation.fields)


def _conditions(executor: Executor[Any]) -> tuple[str, ...] | None:
    """Find the variables in @skip and @include; None if the operation has anything not supported here.

    Directives of any other kind may change the execution in ways only graphql-core knows (@defer,
    @stream, @experimental_disableErrorPropagation), fragment variables are experimental, and
    introspection is not worth a second implementation.
    """
    fragments = executor.fragments.values()
    if executor.operation.directives or any(fragment.variable_signatures for fragment in fragments):
        return None
    names: dict[str, None] = {}
    selection_sets = [
        executor.operation.selection_set,
        *(fragment.definition.selection_set for fragment in fragments),
    ]
    for node in _selections(selection_sets):
        if isinstance(node, FieldNode) and node.name.value in INTROSPECTION:
            return None
        for directive in node.directives or ():
            if directive.name.value not in CONDITIONS:
                return None
            values = (argument.value for argument in directive.arguments or ())
            names.update((value.name.value, None) for value in values if isinstance(value, VariableNode))
    return tuple(names)


def _selections(
    selection_sets: list[SelectionSetNode],
) -> Iterable[FieldNode | InlineFragmentNode | FragmentSpreadNode]:
    while selection_sets:
        for node in selection_sets.pop().selections:
            if isinstance(node, FieldNode | InlineFragmentNode | FragmentSpreadNode):
                yield node
            below = getattr(node, "selection_set", None)
            if below is not None:
                selection_sets.append(below)
