"""One breadth-first execution: each field of the plan is resolved once for all parents of its level.

Values travel as columns, lists with one value for each parent. An exception in a column is the error
of that one value. A value in error is null in the response; where its type is non-null, its index is
a hole of its column, and whatever holds the value becomes null in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLObjectType, Undefined
from graphql.execution import Executor
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import is_awaitable, is_iterable

from api.execution.errors import FieldErrors
from api.execution.leaves import is_special_type
from api.execution.places import FieldPlace, ItemPlace, ParentPlace, RootPlace, SomePlace, ValuePlace
from api.execution.plan import FieldPlan, Leaf, ListOf, ObjectOf, OneOf, SelectionPlan, Shape, Source
from api.execution.resolve import Resolver
from api.execution.rows import uniform_access

NO_HOLES: frozenset[int] = frozenset()

# A column without values of these types has no nulls.
ABSENT = {type(None), type(Undefined)}


class _Completed(NamedTuple):
    """A column as the response shows it, and the indices at which a non-null type has no value."""

    values: list[Any]
    holes: frozenset[int] = NO_HOLES


class _Column:
    """A field's resolved values on their way into the response; nulls stand for those that failed."""

    __slots__ = ("_errors", "failed", "kinds", "place", "values")

    def __init__(self, values: list[Any], place: ValuePlace, errors: FieldErrors) -> None:
        self.values = values
        self.kinds = set(map(type, values))
        self.place = place
        self.failed: set[int] = set()
        self._errors = errors
        if any(map(is_special_type, self.kinds)):
            self.values = [self._plain(index, value) for index, value in enumerate(values)]

    def _plain(self, index: int, value: Any) -> Any:
        if isinstance(value, Exception):
            self.fail(index, value)
            return None
        return None if value is Undefined else value

    def fail(self, index: int, error: Exception) -> None:
        """Note the error of the value at this index."""
        self._errors.note(error, self.place, index)
        self.failed.add(index)

    def completed(self, shape: Shape, values: list[Any]) -> _Completed:
        """Find the nulls among the completed values that may not be."""
        if shape.nullable or not (self.failed or self.kinds & ABSENT):
            return _Completed(values)
        holes = frozenset(index for index, value in enumerate(values) if value is None)
        for index in holes - self.failed:
            name = self.place.field.full_name
            self._errors.note(
                TypeError(f"Cannot return null for non-nullable field {name}."), self.place, index
            )
        return _Completed(values, holes)


class Run:
    """The execution of one operation for one request, or of one event of a subscription."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self._resolver = Resolver(executor)
        self._errors = FieldErrors()

    async def execute(self, plan: SelectionPlan, *, serially: bool) -> dict[str, Any] | None:
        """Return the response's data; the errors are added to the executor's."""
        completed = await self._select(plan, [self._executor.root_value], RootPlace(), serially=serially)
        self._errors.report(self._executor.collected_errors)
        data: dict[str, Any] | None = completed.values[0]
        return data

    async def execute_each(self, plan: SelectionPlan, roots: Sequence[Any]) -> list[dict[str, Any]] | None:
        """Return the data of each root value; None when there is any error."""
        completed = await self._select(plan, roots, RootPlace())
        return None if self._errors or completed.holes else completed.values

    async def _select(
        self, plan: SelectionPlan, parents: Sequence[Any], place: ParentPlace, *, serially: bool = False
    ) -> _Completed:
        """Resolve the fields for all parents and assemble one dict for each."""
        drawing = plan.rendering.drawing(parents) if parents else None
        columns: list[_Completed] = [_Completed([])] * len(plan.fields)
        resolved = plan.fields if drawing is None else drawing.resolved
        waiting: list[FieldPlan] = []
        for field in resolved:
            if field.waits and not serially:
                waiting.append(field)
            else:
                columns[field.number] = await self._field(field, parents, place)
        if len(waiting) == 1:
            columns[waiting[0].number] = await self._field(waiting[0], parents, place)
        elif waiting:
            # Fields that wait, wait together.
            results = await asyncio.gather(*(self._field(field, parents, place) for field in waiting))
            for field, completed in zip(waiting, results, strict=True):
                columns[field.number] = completed
        if drawing is not None:
            completed_columns = [columns[field.number] for field in resolved]
            objects = drawing.objects(parents, [column.values for column in completed_columns])
            if objects is not None:
                return _with_holes(objects, completed_columns)
            for field in drawing.drawn:
                columns[field.number] = await self._field(field, parents, place)
        return _assemble(plan, columns, len(parents))

    async def _field(self, field: FieldPlan, parents: Sequence[Any], parents_at: ParentPlace) -> _Completed:
        if field.is_typename:
            return _Completed([field.parent_type.name] * len(parents))
        place = FieldPlace(parents_at, field)
        if field.source is Source.ROW:
            values = field.column.values(parents, uniform_access(parents))
        elif field.batched is not None and field.call is not None:
            values = await self._resolver.for_all(field.batched, field.call, parents, place)
        else:
            values = await self._resolver.for_each(parents, place)
        return await self._complete(field.shape, values, place)

    async def _complete(self, shape: Shape, values: list[Any], place: ValuePlace) -> _Completed:
        """Turn resolved values into what the response shows, nulls included."""
        if isinstance(shape, Leaf):
            return self._leaves(shape, values, place)
        if not values:
            return _Completed([])
        if isinstance(shape, ObjectOf) and shape.whole is not None:
            objects = _made(shape.whole, values)
            if objects is not None:
                return _Completed(objects)
        column = _Column(values, place, self._errors)
        if isinstance(shape, ListOf):
            completed = await self._lists(shape, column)
        elif isinstance(shape, ObjectOf):
            completed = await self._objects(shape, column)
        else:
            completed = await self._any_of(shape, column)
        return column.completed(shape, completed)

    def _leaves(self, shape: Leaf, values: list[Any], place: ValuePlace) -> _Completed:
        kinds = set(map(type, values))
        if shape.nullable or not kinds & ABSENT:
            output = shape.column(values, kinds)
            if output is not None:
                return _Completed(output)
        column = _Column(values, place, self._errors)
        output = [self._leaf(shape, column, index, value) for index, value in enumerate(column.values)]
        return column.completed(shape, output)

    def _leaf(self, shape: Leaf, column: _Column, index: int, value: Any) -> Any:
        if value is None:
            return None
        try:
            return self._executor.complete_leaf_value(shape.type, value)
        except Exception as error:  # noqa: BLE001 - the error of this value
            column.fail(index, error)
            return None

    async def _lists(self, shape: ListOf, column: _Column) -> list[Any]:
        lists = column.values
        if not column.kinds <= {list, tuple, type(None)}:
            lists = [await self._items(column, index, value) for index, value in enumerate(lists)]
        place = ItemPlace(column.place, lists, shape.item)
        items = list(chain.from_iterable(value for value in lists if value is not None))
        completed = await self._complete(shape.item, items, place)
        remaining = iter(completed.values)
        output: list[Any] = [
            None if value is None else list(islice(remaining, len(value))) for value in lists
        ]
        for hole in completed.holes:
            owner, _ = place.origins[hole]
            output[owner] = None
            column.failed.add(owner)
        return output

    async def _items(self, column: _Column, index: int, value: Any) -> list[Any] | None:
        """Read any kind of iterable, as graphql-core does."""
        try:
            if value is None:
                return None
            if self._executor.is_async_iterable(value):
                return [item async for item in value]
            if is_iterable(value):
                return list(value)
            name = column.place.field.full_name
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
        except Exception as error:  # noqa: BLE001 - the error of this list
            column.fail(index, error)
            return None

    async def _objects(self, shape: ObjectOf, column: _Column) -> list[Any]:
        if shape.type.is_type_of is None and not (column.failed or column.kinds & ABSENT):
            completed = await self._select(shape.selection, column.values, column.place)
            column.failed |= completed.holes
            return completed.values
        present = [index for index, value in enumerate(column.values) if value is not None]
        return await self._scatter({shape.type: present}, lambda _: shape.selection, column)

    async def _any_of(self, shape: OneOf, column: _Column) -> list[Any]:
        by_type: dict[GraphQLObjectType, list[int]] = {}
        resolve_type = shape.type.resolve_type or self._executor.type_resolver
        field = column.place.field
        info = self._resolver.info(field, column.place.trail)
        for index, value in enumerate(column.values):
            if value is None:
                continue
            try:
                found: Any = resolve_type(value, info, shape.type)
                if is_awaitable(found):
                    found = await found
                type_ = self._executor.ensure_valid_runtime_type(
                    found, shape.type, field.details, info, value
                )
                by_type.setdefault(type_, []).append(index)
            except Exception as error:  # noqa: BLE001 - the error of this value
                column.fail(index, error)
        return await self._scatter(by_type, shape.selection, column)

    async def _scatter(
        self,
        by_type: dict[GraphQLObjectType, list[int]],
        selection: Callable[[GraphQLObjectType], SelectionPlan],
        column: _Column,
    ) -> list[Any]:
        """Select of the values of each type, and put the results at their indices."""
        output: list[Any] = [None] * len(column.values)
        for type_, found in by_type.items():
            indices = await self._of_type(type_, found, column)
            if not indices:
                continue
            parents = [column.values[index] for index in indices]
            completed = await self._select(selection(type_), parents, SomePlace(column.place, indices))
            for index, value in zip(indices, completed.values, strict=True):
                output[index] = value
            column.failed.update(indices[hole] for hole in completed.holes)
        return output

    async def _of_type(self, type_: GraphQLObjectType, indices: list[int], column: _Column) -> list[int]:
        """Keep the indices of the values that the type's own check, if it has one, accepts."""
        if type_.is_type_of is None:
            return indices
        field = column.place.field
        info = self._resolver.info(field, column.place.trail)
        accepted = []
        for index in indices:
            try:
                verdict = type_.is_type_of(column.values[index], info)
                if is_awaitable(verdict):
                    verdict = await verdict
                if not verdict:
                    raise invalid_return_type_error(type_, column.values[index], field.details)
                accepted.append(index)
            except Exception as error:  # noqa: BLE001 - the error of this value
                column.fail(index, error)
        return accepted


def _made(
    whole: Callable[[Sequence[Any]], list[dict[str, Any]] | None], rows: Sequence[Any]
) -> list[dict[str, Any]] | None:
    """An object for each row; None where that takes more than to read them."""
    try:
        return whole(rows)
    except Exception:  # noqa: BLE001 - met again value by value, where it gets its path
        return None


def _assemble(plan: SelectionPlan, columns: list[_Completed], count: int) -> _Completed:
    """Make the columns of a selection one dict for each parent, or None where a column has a hole."""
    if not columns:
        return _Completed([{} for _ in range(count)])
    return _with_holes(list(map(plan.assemble, *(column.values for column in columns))), columns)


def _with_holes(objects: list[Any], columns: list[_Completed]) -> _Completed:
    """The objects, without those that have a hole in one of the columns."""
    if not any(column.holes for column in columns):
        return _Completed(objects)
    holes = NO_HOLES.union(*(column.holes for column in columns))
    for hole in holes:
        objects[hole] = None
    return _Completed(objects, holes)
