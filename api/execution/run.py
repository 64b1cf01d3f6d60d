"""One breadth-first execution: each field of the plan is resolved once for all parents of its level.

Values travel as columns, lists with one value per parent. An exception in a column is the error of
that one value. A value in error is None in its column; where its type is non-null its index is also
among the column's holes, and whoever holds the value becomes null in turn. Errors are noted
with their place and put into the response in document order, as a depth-first execution meets them:
below a position that an earlier error made null there is nothing left to report.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from itertools import chain, islice, repeat
from typing import Any, NamedTuple, cast

from graphql import GraphQLError, GraphQLObjectType, Undefined, located_error
from graphql.execution import Executor
from graphql.execution.executor import invalid_return_type_error
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, is_iterable
from strawberry.schema import Schema
from strawberry.schema.schema_converter import get_arguments

from api.execution.fields import BatchedField
from api.execution.leaves import is_special_type
from api.execution.places import FieldPlace, ItemPlace, Place, RootPlace, SomePlace
from api.execution.plan import FieldPlan, Leaf, ListOf, ObjectOf, OneOf, SelectionPlan, Shape, Source
from api.execution.rows import uniform_access

NO_HOLES: frozenset[int] = frozenset()

# A column without values of these types has no nulls.
ABSENT = {type(None), type(Undefined)}


class _Completed(NamedTuple):
    """A column as the response shows it, and the indices at which a non-null type has no value."""

    values: list[Any]
    holes: frozenset[int] = NO_HOLES


class _Note(NamedTuple):
    """An error, its rank in document order, and the position that becomes null."""

    rank: tuple[int, ...]
    error: GraphQLError
    nulled: Path | None


class Run:
    """The execution of one operation for one request, or of one event of a subscription."""

    def __init__(self, executor: Executor[Any], schema: Schema) -> None:
        self._executor = executor
        self._schema = schema
        self._notes: list[_Note] = []

    async def execute(self, plan: SelectionPlan, *, serially: bool) -> dict[str, Any] | None:
        """Return the response's data; the errors are added to the executor's."""
        completed = await self._select(plan, [self._executor.root_value], RootPlace(), serially=serially)
        for note in sorted(self._notes, key=lambda note: note.rank):
            self._executor.collected_errors.add(note.error, note.nulled)
        data: dict[str, Any] | None = completed.values[0]
        return data

    # ------------------------------------------------------------ selections

    async def _select(
        self, plan: SelectionPlan, parents: Sequence[Any], place: Place, *, serially: bool = False
    ) -> _Completed:
        """Resolve the fields for all parents and assemble one dict for each."""
        access = uniform_access(parents)
        columns: list[_Completed] = [_Completed([])] * len(plan.fields)
        waiting: list[FieldPlan] = []
        for field in plan.fields:
            if field.source is Source.ROW and isinstance(field.shape, Leaf):
                values = field.column.values(parents, access)
                columns[field.number] = self._leaves(field.shape, values, FieldPlace(place, field), field)
            elif field.source is Source.TYPENAME:
                columns[field.number] = _Completed([plan.type.name] * len(parents))
            elif field.waits and not serially:
                waiting.append(field)
            else:
                columns[field.number] = await self._field(field, parents, access, place)
        if len(waiting) == 1:
            columns[waiting[0].number] = await self._field(waiting[0], parents, access, place)
        elif waiting:
            # Fields that wait, wait together.
            results = await asyncio.gather(*(self._field(field, parents, access, place) for field in waiting))
            for field, completed in zip(waiting, results, strict=True):
                columns[field.number] = completed
        return _assemble(plan.keys, columns, len(parents))

    async def _field(
        self, field: FieldPlan, parents: Sequence[Any], access: bool | None, place: Place
    ) -> _Completed:
        own_place = FieldPlace(place, field)
        if field.source is Source.ROW:
            values = field.column.values(parents, access)
        elif field.batched is not None:
            values = await self._resolve_batch(field, field.batched, parents, own_place)
        else:
            values = await self._resolve_each(field, parents, own_place)
        return await self._complete(field.shape, values, own_place, field)

    # ------------------------------------------------------------ resolvers

    async def _resolve_batch(
        self, field: FieldPlan, batched: BatchedField, parents: Sequence[Any], place: Place
    ) -> list[Any]:
        try:
            raw_info = self._resolve_info(field, place.trail)
            info = self._schema.config.info_class(_raw_info=raw_info, _field=batched)
            _, keywords = get_arguments(
                field=batched,
                source=None,
                info=info,
                kwargs=self._arguments(field),
                config=self._schema.config,
                scalar_registry=self._schema.schema_converter.scalar_registry,
            )
            values = batched.batch(parents, keywords)
            if isawaitable(values):
                values = await values
            return list(batched.check(parents, values))
        except Exception as error:  # noqa: BLE001 - the error of this field for every parent
            return [error] * len(parents)

    async def _resolve_each(self, field: FieldPlan, parents: Sequence[Any], place: Place) -> list[Any]:
        resolve = field.definition.resolve or self._executor.field_resolver
        values: list[Any] = []
        for index, parent in enumerate(parents):
            try:
                info = self._resolve_info(field, place.path(index))
                values.append(resolve(parent, info, **self._arguments(field)))
            except Exception as error:  # noqa: BLE001 - the error of this parent's field
                values.append(error)
        waiting = [index for index, value in enumerate(values) if isawaitable(value)]
        if len(waiting) == 1:
            values[waiting[0]] = await _settled(values[waiting[0]])
        elif waiting:
            settled = await asyncio.gather(*(_settled(values[index]) for index in waiting))
            for index, value in zip(waiting, settled, strict=True):
                values[index] = value
        return values

    def _arguments(self, field: FieldPlan) -> dict[str, Any]:
        if field.constant_arguments is not None:
            return dict(field.constant_arguments)
        return get_argument_values(
            field.definition,
            field.nodes[0],
            self._executor.variable_values,
            None,
            self._executor.hide_suggestions,
        )

    def _resolve_info(self, field: FieldPlan, path: Path | None) -> Any:
        return self._executor.build_resolve_info(
            field.definition, field.nodes, field.parent_type, cast("Path", path)
        )

    # ------------------------------------------------------------ values

    async def _complete(self, shape: Shape, values: list[Any], place: Place, field: FieldPlan) -> _Completed:
        """Turn resolved values into what the response shows, nulls included."""
        if isinstance(shape, Leaf):
            return self._leaves(shape, values, place, field)
        kinds = set(map(type, values))
        values, failed = self._settle(values, kinds, place, field)
        if isinstance(shape, ListOf):
            completed = await self._lists(shape, values, place, field, failed)
        elif isinstance(shape, ObjectOf):
            completed = await self._objects(shape, values, place, field, failed)
        else:
            completed = await self._any_of(shape, values, place, field, failed)
        if not failed and not kinds & ABSENT:
            return _Completed(completed)
        return self._nulls(shape, completed, failed, place, field)

    def _settle(
        self, values: list[Any], kinds: set[type], place: Place, field: FieldPlan
    ) -> tuple[list[Any], set[int]]:
        """Note the errors among the values and put None in their place."""
        failed: set[int] = set()
        if any(map(is_special_type, kinds)):
            values = list(values)
            for index, value in enumerate(values):
                if isinstance(value, Exception):
                    self._note(value, place, index, field)
                    failed.add(index)
                    values[index] = None
                elif value is Undefined:
                    values[index] = None
        return values, failed

    def _nulls(
        self, shape: Shape, completed: list[Any], failed: set[int], place: Place, field: FieldPlan
    ) -> _Completed:
        """Find the nulls that may not be; `failed` are those already noted."""
        if shape.nullable:
            return _Completed(completed)
        holes = frozenset(index for index, value in enumerate(completed) if value is None)
        for index in holes - failed:
            missing = f"Cannot return null for non-nullable field {_name(field)}."
            self._note(TypeError(missing), place, index, field)
        return _Completed(completed, holes)

    def _leaves(self, shape: Leaf, values: list[Any], place: Place, field: FieldPlan) -> _Completed:
        kinds = set(map(type, values))
        if shape.nullable or not kinds & ABSENT:
            output = shape.column(values, kinds)
            if output is not None:
                return _Completed(output)
        return self._leaves_one_by_one(shape, values, kinds, place, field)

    def _leaves_one_by_one(
        self, shape: Leaf, values: list[Any], kinds: set[type], place: Place, field: FieldPlan
    ) -> _Completed:
        values, failed = self._settle(values, kinds, place, field)
        output: list[Any] = []
        for index, value in enumerate(values):
            try:
                output.append(
                    None if value is None else self._executor.complete_leaf_value(shape.type, value)
                )
            except Exception as error:  # noqa: BLE001 - the error of this value
                self._note(error, place, index, field)
                failed.add(index)
                output.append(None)
        return self._nulls(shape, output, failed, place, field)

    async def _lists(
        self, shape: ListOf, values: list[Any], place: Place, field: FieldPlan, failed: set[int]
    ) -> list[Any]:
        if not set(map(type, values)) <= {list, tuple, type(None)}:
            values = [
                await self._items(value, place, index, field, failed) for index, value in enumerate(values)
            ]
        items = list(chain.from_iterable(value for value in values if value is not None))
        items_at = ItemPlace(place, values, shape.item)
        completed = await self._complete(shape.item, items, items_at, field)
        remaining = iter(completed.values)
        lists: list[Any] = [
            None if value is None else list(islice(remaining, len(value))) for value in values
        ]
        for hole in completed.holes:
            owner = items_at.origins[hole][0]
            lists[owner] = None
            failed.add(owner)
        return lists

    async def _items(
        self, value: Any, place: Place, index: int, field: FieldPlan, failed: set[int]
    ) -> list[Any] | None:
        """Read any kind of iterable, as graphql-core does."""
        try:
            if value is None:
                return None
            if self._executor.is_async_iterable(value):
                return [item async for item in value]
            if is_iterable(value):
                return list(value)
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{_name(field)}'.")
        except Exception as error:  # noqa: BLE001 - the error of this list
            self._note(error, place, index, field)
            failed.add(index)
            return None

    async def _objects(
        self, shape: ObjectOf, values: list[Any], place: Place, field: FieldPlan, failed: set[int]
    ) -> list[Any]:
        if shape.type.is_type_of is None and type(None) not in set(map(type, values)):
            completed = await self._select(shape.selection, values, place)
            failed |= completed.holes
            return completed.values
        present = [index for index, value in enumerate(values) if value is not None]
        return await self._scatter(
            {shape.type: present}, lambda _: shape.selection, values, place, field, failed
        )

    async def _any_of(
        self, shape: OneOf, values: list[Any], place: Place, field: FieldPlan, failed: set[int]
    ) -> list[Any]:
        by_type: dict[GraphQLObjectType, list[int]] = {}
        resolve_type = shape.type.resolve_type or self._executor.type_resolver
        info = self._resolve_info(field, place.trail)
        for index, value in enumerate(values):
            if value is None:
                continue
            try:
                found: Any = resolve_type(value, info, shape.type)
                if isawaitable(found):
                    found = await found
                runtime_type = self._executor.ensure_valid_runtime_type(
                    found, shape.type, field.details, info, value
                )
            except Exception as error:  # noqa: BLE001 - the error of this value
                self._note(error, place, index, field)
                failed.add(index)
            else:
                by_type.setdefault(runtime_type, []).append(index)
        return await self._scatter(by_type, shape.selection, values, place, field, failed)

    async def _scatter(
        self,
        by_type: dict[GraphQLObjectType, list[int]],
        selection: Callable[[GraphQLObjectType], SelectionPlan],
        values: list[Any],
        place: Place,
        field: FieldPlan,
        failed: set[int],
    ) -> list[Any]:
        """Select of the values of each type, and put the results at their indices."""
        output: list[Any] = [None] * len(values)
        for type_, found in by_type.items():
            indices = await self._of_type(type_, found, values, place, field, failed)
            if not indices:
                continue
            parents = [values[index] for index in indices]
            completed = await self._select(selection(type_), parents, SomePlace(place, indices))
            for index, value in zip(indices, completed.values, strict=True):
                output[index] = value
            failed.update(indices[hole] for hole in completed.holes)
        return output

    async def _of_type(
        self,
        type_: GraphQLObjectType,
        indices: list[int],
        values: list[Any],
        place: Place,
        field: FieldPlan,
        failed: set[int],
    ) -> list[int]:
        """Keep the indices of the values that the type's own check, if it has one, accepts."""
        if type_.is_type_of is None:
            return indices
        info = self._resolve_info(field, place.trail)
        accepted = []
        for index in indices:
            try:
                verdict = type_.is_type_of(values[index], info)
                if isawaitable(verdict):
                    verdict = await verdict
                if not verdict:
                    raise invalid_return_type_error(type_, values[index], field.details)
                accepted.append(index)
            except Exception as error:  # noqa: BLE001 - the error of this value
                self._note(error, place, index, field)
                failed.add(index)
        return accepted

    def _note(self, error: Exception, place: Place, index: int, field: FieldPlan) -> None:
        path = place.path(index)
        located = located_error(error, field.nodes, path.as_list() if path else None)
        self._notes.append(_Note(place.rank(index), located, place.nulled(index)))


async def _settled(value: Awaitable[Any]) -> Any:
    try:
        return await value
    except Exception as error:  # noqa: BLE001 - the error of this parent's field
        return error


def _assemble(keys: tuple[str, ...], columns: list[_Completed], count: int) -> _Completed:
    """Make the columns of a selection one dict per parent, or None where a column has a hole."""
    if not columns:
        return _Completed([{} for _ in range(count)])
    rows = zip(*(column.values for column in columns), strict=True)
    # The loop over the rows, and over the keys of each, runs in C.
    objects: list[Any] = list(map(dict, map(zip, repeat(keys), rows)))
    holes = NO_HOLES.union(*(column.holes for column in columns))
    for hole in holes:
        objects[hole] = None
    return _Completed(objects, holes)


def _name(field: FieldPlan) -> str:
    return f"{field.parent_type}.{field.nodes[0].name.value}"
