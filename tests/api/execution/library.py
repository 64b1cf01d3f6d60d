"""A schema that uses everything the executor has to know: a library of books."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import AsyncGenerator
from enum import Enum, StrEnum
from typing import Annotated, Any, Generic, NewType, TypeVar, cast

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import Info

from api.execution.executor import BreadthFirstExecutor
from api.execution.fields import Parents, batched, made_of
from api.execution.rows import Column, is_mapping_type, read_field
from api.execution.schema import BreadthFirstSchema
from tests.api.execution.shelves import Shelves

T = TypeVar("T")

Isbn = NewType("Isbn", str)


def _isbn(value: object) -> str | None:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no ISBN.")
    return f"ISBN {value}" if value else None


ISBN = strawberry.scalar(name="Isbn", serialize=_isbn, parse_value=lambda value: Isbn(str(value)))


class Genre(StrEnum):
    NOVEL = "NOVEL"
    POETRY = "POETRY"
    ATLAS = "ATLAS"


class Binding(Enum):
    SOFT = 1
    HARD = 2


def shelves(info: Info) -> Shelves:
    context: Shelves = info.context
    return context


def each(parents: Parents, name: str) -> list[Any]:
    """Read the values; a parent that can't be read is in error, and no other."""
    column = Column(name, read_field)
    return column.values(list(parents), None)


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.interface
class Named(Node):
    name: str

    @batched(description="The name on a label.")
    def label(parents: Parents, loud: bool = False) -> list[str]:
        return [name.upper() if loud and isinstance(name, str) else name for name in each(parents, "name")]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    total_count: int | None


@strawberry.input
class Range:
    least: int = 0
    most: int | None = None


@strawberry.input
class BookFilter:
    genres: list[Genre] | None = None
    pages: Range | None = None
    added_on: datetime.date | None = None
    tags: list[list[str]] = strawberry.field(default_factory=lambda: [["new"]])
    isbn: Isbn | None = None
    price: decimal.Decimal | None = None


@strawberry.input(one_of=True)
class BookBy:
    id: strawberry.ID | None = strawberry.UNSET
    isbn: Isbn | None = strawberry.UNSET


@strawberry.type
class Review:
    stars: int
    text: str | None
    reviewer: Author | None

    @batched(description="What was asked.")
    def asked(parents: Parents, upper: bool = False, words: list[str] | None = None) -> list[str | None]:
        return [f"{upper} {words}" for _ in parents]


def came_along(parents: Parents, name: str) -> list[Any]:
    """The object of each parent: one that came along under keys such as `publisher.id`, or its own."""

    def of(parent: Any, own: Any) -> Any:
        if not is_mapping_type(parent.__class__) or f"{name}.id" not in parent:
            return own
        if parent[f"{name}.id"] is None:
            return None
        prefix = f"{name}."
        names = [key for key in list(parent.keys()) if key.startswith(prefix)]
        return {key.removeprefix(prefix): parent[key] for key in names}

    return list(map(of, parents, each(parents, name)))


def initial(name: object) -> str | None:
    """The first letter of a name, if it has any."""
    if not isinstance(name, str):
        raise TypeError("only texts have letters")
    return name[:1] or None


LazyShelf = Annotated["Shelf", strawberry.lazy(__name__)]


@strawberry.type
class Publisher(Node):
    name: str
    initial: str | None = made_of(
        "name", initial, graphql_type=str | None, description="Its first letter.", name="initial"
    )
    town: str | None
    founded: int
    genre: Genre
    closed_at: datetime.datetime | None


@strawberry.type
class Book(Node):
    title: str
    initial: str = made_of(
        "title", initial, graphql_type=str, description="Its first letter.", name="initial"
    )
    subtitle: str | None
    pages: int
    weight: float | None
    in_print: bool
    genre: Genre
    other_genres: list[Genre | None]
    binding: Binding | None
    published_at: datetime.datetime
    added_on: datetime.date | None
    isbn: Isbn | None
    notes: JSON | None
    keywords: list[str] | None
    chapters: list[list[int]]
    plates: list[list[str | None] | None] | None
    author: Author
    translator: Author | None
    co_authors: list[Author | None]
    boxes: list[list[Author]] | None
    seen_with: SearchResult | None

    @batched(description="Reviews, best first.")
    def reviews(
        parents: Parents,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many.")] = None,
        least: Range | None = None,
    ) -> list[Connection[Review]]:
        return each(parents, "reviews")

    @batched(description="Reviews that arrive late.")
    async def late_reviews(parents: Parents, first: int = 3) -> list[Connection[Review] | None]:
        return each(parents, "late_reviews")

    @batched(description="Similar books.")
    async def similar(parents: Parents) -> list[list[Annotated[Book, strawberry.lazy(__name__)]]]:
        return each(parents, "similar")

    @batched(
        description="Where it stands.", graphql_type=Annotated["Shelf", strawberry.lazy(__name__)] | None
    )
    async def shelf(parents: Parents) -> list[Any]:
        return each(parents, "shelf")

    @batched(description="Who published it.", along="id")
    def publisher(parents: Parents) -> list[Publisher]:
        return came_along(parents, "publisher")

    @batched(description="Who published it again.", along="id")
    def second_publisher(parents: Parents) -> list[Publisher | None]:
        return came_along(parents, "second_publisher")

    @batched(description="Raises for all.")
    def broken(parents: Parents) -> list[str | None]:
        raise RuntimeError("nothing works")

    @batched(description="Returns too few.")
    async def short_of_values(parents: Parents) -> list[str | None]:
        return []

    @strawberry.field
    def spine(self: Any, info: Info, separator: str = "/") -> str | None:
        return f"{info.path.key}{separator}{self['pages']}"

    @strawberry.field
    async def slow_spine(self: Any, wide: bool = False) -> str:
        if self["in_print"] is not True:
            raise LookupError("no spine")
        return "wide" if wide else "slow"


@strawberry.type
class Author(Named):
    born_at: datetime.datetime | None
    mentor: Named | None
    favourites: list[SearchResult]

    @batched(description="What was written.")
    def books(parents: Parents, info: Info, filter: BookFilter | None = None) -> list[Connection[Book]]:  # noqa: A002
        return each(parents, "books")


@strawberry.type
class Shelf(Named):
    room: int
    holds: list[Node] | None


SearchResult = Annotated[Book | Author | Shelf, strawberry.union("SearchResult")]


@strawberry.type
class Query:
    @strawberry.field
    def book(self, info: Info, id: strawberry.ID | None = None) -> Book | None:  # noqa: A002
        return cast("Book | None", shelves(info).row("Book", id))

    @strawberry.field
    def books(self, info: Info, filter: BookFilter | None = None, first: int = 3) -> Connection[Book] | None:  # noqa: A002
        return cast("Connection[Book] | None", shelves(info).row("BookConnection", first))

    @strawberry.field
    async def late_books(self, info: Info, first: int | None = None) -> Connection[Book] | None:
        return cast("Connection[Book] | None", shelves(info).row("BookConnection", first))

    @strawberry.field
    def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        return cast("Node | None", shelves(info).row("Node", id))

    @strawberry.field
    def first_book(self, info: Info) -> Book:
        return cast("Book", shelves(info).row("Book", "first"))

    @strawberry.field
    def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        return [shelves(info).row("Node", id) for id in ids]  # noqa: A001

    @strawberry.field
    def search(self, info: Info, text: str, genres: list[Genre] | None = None) -> list[SearchResult | None]:
        return [shelves(info).row("SearchResult", text + str(number)) for number in range(3)]

    @strawberry.field
    def find(self, info: Info, by: BookBy) -> Book | None:
        return cast("Book | None", shelves(info).row("Book", repr(by)))

    @strawberry.field
    def echo(
        self,
        text: str = "none",
        filter: BookFilter | None = None,  # noqa: A002
        genre: Genre | None = Genre.ATLAS,
        at: datetime.datetime | None = None,
        matrix: list[list[int | None]] | None = None,
        by: BookBy | None = None,
        ratio: float = 0.5,
    ) -> str:
        return repr((text, filter, genre, at, matrix, by, ratio))

    @strawberry.field
    def refused(self) -> str | None:
        raise PermissionError("not for you")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def note(self, info: Info, text: str) -> list[str]:
        shelves(info).log.append(text)
        return list(shelves(info).log)

    @strawberry.mutation
    def add_book(self, info: Info, filter: BookFilter) -> Book | None:  # noqa: A002
        shelves(info).log.append("book")
        return cast("Book | None", shelves(info).row("Book", repr(filter)))


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def added(self, info: Info, count: int = 2) -> AsyncGenerator[Book, None]:
        for number in range(count):
            yield shelves(info).row("Book", number)


def library(executor: type[StrawberryGraphQLCoreExecutionContext]) -> BreadthFirstSchema:
    """The schema, executed by this executor."""
    return BreadthFirstSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map={Isbn: ISBN}),
        execution_context_class=executor,
    )


BREADTH_FIRST = library(BreadthFirstExecutor)
GRAPHQL_CORE = library(StrawberryGraphQLCoreExecutionContext)
