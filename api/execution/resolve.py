"""Calls resolvers: one value for each parent, an exception where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from graphql.execution import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, is_awaitable

from api.execution.arguments import ResolverCall
from api.execution.fields import BatchedField
from api.execution.places import FieldPlace
from api.execution.plan import FieldPlan


class Resolver:
    """Resolves the fields of one execution."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor

    async def for_all(
        self, batched: BatchedField, call: ResolverCall, parents: Sequence[Any], place: FieldPlace
    ) -> list[Any]:
        """Call a batched resolver once. Its info's path is without list indices."""
        field = place.field
        try:
            values = call.for_all(parents, self.info(field, place.trail), self._executor)
            if is_awaitable(values):
                values = await values
            return list(batched.check(parents, values))
        except Exception as error:  # noqa: BLE001 - the error of this field for every parent
            return [error] * len(parents)

    async def for_each(self, parents: Sequence[Any], place: FieldPlace) -> list[Any]:
        """Call an ordinary resolver for every parent; those that wait, wait together."""
        if len(parents) == 1:
            return [await self._for_one(parents[0], place)]
        values: list[Any] = []
        for index, parent in enumerate(parents):
            try:
                values.append(self._resolved(parent, place, index))
            except Exception as error:  # noqa: BLE001 - the error of this parent's field
                values.append(error)
        waiting = [index for index, value in enumerate(values) if is_awaitable(value)]
        if len(waiting) == 1:
            values[waiting[0]] = await _settled(values[waiting[0]])
        elif waiting:
            settled = await asyncio.gather(*(_settled(values[index]) for index in waiting))
            for index, value in zip(waiting, settled, strict=True):
                values[index] = value
        return values

    async def _for_one(self, parent: Any, place: FieldPlace) -> Any:
        try:
            value = self._resolved(parent, place, 0)
            return await value if is_awaitable(value) else value
        except Exception as error:  # noqa: BLE001 - the error of this parent's field
            return error

    def _resolved(self, parent: Any, place: FieldPlace, index: int) -> Any:
        """A value, or an awaitable of it."""
        field = place.field
        info = self.info(field, place.path(index))
        if field.call is not None:
            return field.call.for_one(parent, info, self._executor)
        resolve = field.definition.resolve or self._executor.field_resolver
        return resolve(parent, info, **self._arguments(field))

    def info(self, field: FieldPlan, path: Path) -> Any:
        """What graphql-core tells resolvers."""
        return self._executor.build_resolve_info(field.definition, field.nodes, field.parent_type, path)

    def _arguments(self, field: FieldPlan) -> dict[str, Any]:
        return get_argument_values(
            field.definition,
            field.nodes[0],
            self._executor.variable_values,
            None,
            self._executor.hide_suggestions,
        )


async def _settled(value: Awaitable[Any]) -> Any:
    try:
        return await value
    except Exception as error:  # noqa: BLE001 - the error of this parent's field
        return error
