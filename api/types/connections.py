"""Cursor connections (Relay): the same shape for every list."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from api.execution.fields import Parents, batched
from domain.store.reads.paging import PageRequest

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(description="At most this many, from the start or after a cursor (0–500)."),
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="At most this many, from the end or before a cursor (0–500).")
]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Whether there is more, and the cursors to go on from; its parent is the page."""

    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the page's first element.")
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last element.")


@strawberry.type(description="An element of a page, with its cursor.")
class Edge(Generic[T]):
    """One element of a list."""

    cursor: str = strawberry.field(description="Where this element stands: pass it as `after` or `before`.")
    node: T = strawberry.field(description="The element.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page; its parent is a `domain.store.reads.paging.Page`."""

    nodes: list[T] = strawberry.field(description="The elements of the page.")

    @batched(description="The elements of the page, each with its cursor.")
    def edges(parents: Parents) -> list[list[Edge[T]]]:
        return [
            [Edge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, page.nodes, strict=True)]
            for page in parents
        ]

    @batched(description="Where the page stands in the list.")
    def page_info(parents: Parents) -> list[PageInfo]:
        pages: list[Any] = list(parents)
        return pages

    @batched(description="How many elements the whole list has; counted only when asked for.")
    async def total_count(parents: Parents) -> list[int]:
        return list(await asyncio.gather(*(page.count() for page in parents)))


def page_request(
    first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> PageRequest:
    """The arguments of a connection as the read side takes them."""
    return PageRequest(first=first, after=after, last=last, before=before)
