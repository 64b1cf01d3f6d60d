"""Batched fields: one resolver call for all parents of a level.

``@batched`` declares a field of a Strawberry type whose resolver takes the list of parents in place
of ``self`` and returns one value per parent, in the same order:

    @strawberry.type(description="...")
    class Order(Node):
        @batched(description="The order's lines.")
        async def lines(parents: Parents, info: Info, first: int | None = None) -> list[LineConnection]: ...

The field's GraphQL type is the element type of the returned list. A value that is an ``Exception``
is that parent's field error; an exception that is raised is the error of every parent.

An object may come along with its parent: ``@batched(along="id")`` on a field ``store`` says that a parent
which is a mapping with the key ``store.id`` has all that is wanted of the object under such keys, and that
there is none where that one is None. The resolver must find the same; the breadth-first executor need not
ask it then.

``made_of`` declares a leaf that a function makes of one value in the parent's row.

The breadth-first executor calls such a resolver directly; its info's path is without list indices.
Under graphql-core, which resolves one parent at a time, sibling parents are gathered for one turn of
the event loop and resolved together, or, if the resolver is synchronous, each alone.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol, Self, cast, get_args

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

BatchFunction = Callable[..., Sequence[Any] | Awaitable[Sequence[Any]]]


class Parents(Collection[Any], Protocol):
    """The parents of one level, as a batched resolver gets them.

    A protocol, because type checkers take the first parameter of a function in a class body for
    ``self`` and accept any protocol there.
    """

    def __getitem__(self, index: int, /) -> Any: ...


class Made(NamedTuple):
    """How a leaf is made of its parent: by a function of the value under this key, which neither waits nor
    depends on anything else."""

    key: str
    make: Callable[[Any], Any]


class BatchLengthError(Exception):
    """A batched resolver returned another number of values than it got parents."""

    def __init__(self, *, field: str) -> None:
        super().__init__(f"The batched resolver of '{field}' did not return one value for each parent.")


class _ElementAnnotation(StrawberryAnnotation):
    """The annotation ``list[X]``, read as ``X``; evaluated late, so that ``X`` may be a forward reference."""

    __slots__ = ()

    def evaluate(self) -> type:
        annotation = super().evaluate()
        arguments = get_args(annotation)
        if len(arguments) != 1:
            raise TypeError(f"A batched resolver returns a list with one value per parent, not {annotation}.")
        element: type = arguments[0]
        return element


class BatchedResolver(StrawberryResolver[Any]):
    """A resolver whose first parameter, the parents, is no GraphQL argument."""

    @cached_property
    def signature(self) -> inspect.Signature:
        signature = super().signature
        _, *arguments = signature.parameters.values()
        return signature.replace(parameters=arguments)

    @cached_property
    def type_annotation(self) -> StrawberryAnnotation | None:
        annotation = self.signature.return_annotation
        if annotation is inspect.Signature.empty:
            return None
        return _ElementAnnotation(annotation, namespace=self._namespace)

    def resolve_all(self, parents: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call the function; its list of values, or an awaitable of it if it is asynchronous."""
        function = cast("BatchFunction", self.wrapped_func)
        return function(parents, **kwargs)


class _Batch:
    """Sibling parents of one field, waiting for the end of this turn of the event loop."""

    def __init__(self, info: strawberry.Info, kwargs: dict[str, Any]) -> None:
        self.info = info
        self.kwargs = kwargs
        self.parents: list[Any] = []
        self.futures: list[asyncio.Future[Any]] = []


class BatchedField(StrawberryField):
    """A field resolved for all parents of a level at once."""

    def __init__(self, *args: Any, along: str | None = None, made: Made | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.along = along
        self.made = made
        self._waiting: dict[object, _Batch] = {}
        self._running: set[asyncio.Task[None]] = set()

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.along = self.along
        copied.made = self.made
        return copied

    def batch(self, parents: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call the resolver for all parents; its list of values, or an awaitable of it."""
        return cast("BatchedResolver", self.base_resolver).resolve_all(parents, kwargs)

    def check(self, parents: Sequence[Any], values: Sequence[Any]) -> Sequence[Any]:
        """Return the values if there is one per parent; raises BatchLengthError otherwise."""
        if len(values) != len(parents):
            raise BatchLengthError(field=self.python_name)
        return values

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """Resolve one parent, as graphql-core asks for it."""
        if not self.is_async:
            parents = [source]
            return self.check(parents, self.batch(parents, kwargs))[0]
        return self._enqueue(source, info, kwargs)

    def _enqueue(self, source: Any, info: strawberry.Info, kwargs: dict[str, Any]) -> asyncio.Future[Any]:
        # One request has one dict of variables, which the waiting batch keeps alive, so that its id
        # cannot be another's meanwhile. In a request, a level is its path without list indices.
        raw = info._raw_info
        level = [part for part in raw.path.as_list() if isinstance(part, str)]
        key = (id(raw.variable_values), raw.parent_type.name, *level)
        loop = asyncio.get_running_loop()
        batch = self._waiting.get(key)
        if batch is None:
            batch = self._waiting[key] = _Batch(info, kwargs)
            loop.call_soon(self._dispatch, key)
        future = loop.create_future()
        batch.parents.append(source)
        batch.futures.append(future)
        return future

    def _dispatch(self, key: object) -> None:
        task = asyncio.ensure_future(self._settle(self._waiting.pop(key)))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _settle(self, batch: _Batch) -> None:
        try:
            values = self.check(batch.parents, await self.batch(batch.parents, batch.kwargs))
        except Exception as error:  # noqa: BLE001 - whatever is raised is the error of every parent
            values = [error] * len(batch.parents)
        for future, value in zip(batch.futures, values, strict=True):
            if not future.done():
                future.set_result(value)


def batched(
    *,
    description: str,
    name: str | None = None,
    graphql_type: object | None = None,
    deprecation_reason: str | None = None,
    along: str | None = None,
) -> Callable[[BatchFunction], Any]:
    """Declare a field by a resolver of all parents of a level (see the module's docstring).

    `along` is the key of the field's own whose value tells whether there is an object that came along.
    `graphql_type` is the field's type where the resolver's own annotation says something else, for
    example that it returns rows.
    """

    def declare(function: BatchFunction) -> Any:
        field = BatchedField(
            graphql_name=name,
            type_annotation=StrawberryAnnotation.from_annotation(graphql_type),
            description=description,
            deprecation_reason=deprecation_reason,
            along=along,
        )
        return field(BatchedResolver(function))

    return declare


def made_of(
    key: str, make: Callable[[Any], Any], *, graphql_type: object, description: str, name: str
) -> Any:
    """Declare a leaf that `make` makes of the value that parents, which are mappings, have under `key`.

    What it raises is the error of the one parent.
    """

    def resolve(parents: Parents) -> list[Any]:
        return [_made(parent, key, make) for parent in parents]

    field = BatchedField(
        graphql_name=name,
        type_annotation=StrawberryAnnotation.from_annotation(graphql_type),
        description=description,
        made=Made(key, make),
    )
    return field(BatchedResolver(resolve))


def _made(parent: Any, key: str, make: Callable[[Any], Any]) -> Any:
    try:
        return make(parent[key])
    except Exception as error:  # noqa: BLE001 - becomes the error of the parent's field
        return error
