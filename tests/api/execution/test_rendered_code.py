"""Objects made straight from rows: what is read of them, and what is left to whoever looks at every value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import strawberry

from api.execution.schema import BreadthFirstSchema


class Counted:
    """A row that is a mapping, and notes by which names it was asked."""

    def __init__(self, *values: Any) -> None:
        self.values = values
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.asked.append(name)
        return dict(zip(self.keys(), self.values, strict=True))[name]

    def keys(self) -> tuple[str, ...]:
        return ("name", "pages", "copies")


class Ordered(Counted):
    """The same, and its class says what it gives in which order."""

    columns_in_order = ("name", "pages", "copies")

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)


@strawberry.type
class Book:
    name: str
    pages: int
    copies: int


@strawberry.type
class Query:
    @strawberry.field
    def books(self, info: strawberry.Info) -> list[Book]:
        rows: list[Book] = info.context
        return rows

    @strawberry.field
    def book(self, info: strawberry.Info) -> Book | None:
        (book,) = info.context
        if isinstance(book, Exception):
            raise book
        found: Book | None = book
        return found


SCHEMA = BreadthFirstSchema(query=Query)


async def answer(rows: list[Any]) -> tuple[Any, list[str]]:
    result = await SCHEMA.execute("{ books { copies name pages } }", context_value=rows)
    return result.data and result.data["books"], [error.message for error in result.errors or ()]


async def test_rows_whose_class_says_their_columns_are_not_asked_by_name() -> None:
    rows = [Ordered("Emma", 474, 3), Ordered("Persuasion", 249, 0)]

    books, errors = await answer(rows)

    assert books == [
        {"copies": 3, "name": "Emma", "pages": 474},
        {"copies": 0, "name": "Persuasion", "pages": 249},
    ]
    assert errors == [] == [name for row in rows for name in row.asked]


async def test_rows_of_any_other_class_are_asked_once_for_each_column() -> None:
    rows = [Counted("Emma", 474, 3)]

    assert await answer(rows) == ([{"copies": 3, "name": "Emma", "pages": 474}], [])
    assert sorted(rows[0].asked) == ["copies", "name", "pages"]


async def test_rows_of_two_classes_are_read_by_name() -> None:
    books, errors = await answer([Ordered("Emma", 474, 3), Counted("Persuasion", 249, 0)])

    assert [book["name"] for book in books] == ["Emma", "Persuasion"]
    assert errors == []


@pytest.mark.parametrize("kind", [Counted, Ordered])
async def test_negative_numbers_are_numbers(kind: type[Counted]) -> None:
    books, errors = await answer([kind("Emma", -(2**31), -1), kind("Emma", 2**31 - 1, -5)])

    assert [(book["pages"], book["copies"]) for book in books] == [(-(2**31), -1), (2**31 - 1, -5)]
    assert errors == []


@pytest.mark.parametrize("kind", [Counted, Ordered])
@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**40])
async def test_a_number_of_more_than_32_bits_is_an_error_beside_whatever_other(
    kind: type[Counted], number: int
) -> None:
    for pages, copies in ((number, 1), (1, number), (number, -1), (-1, number)):
        books, errors = await answer([kind("Emma", 1, 1), kind("Emma", pages, copies)])

        assert books is None
        assert errors == [f"Int cannot represent non 32-bit signed integer value: {number}"]


@pytest.mark.parametrize("kind", [Counted, Ordered])
async def test_an_object_of_its_own_is_made_as_those_of_a_list_are(kind: type[Counted]) -> None:
    rows = [kind("Emma", 474, 3)]

    result = await SCHEMA.execute("{ book { name pages } }", context_value=rows)

    assert (result.data, result.errors) == ({"book": {"name": "Emma", "pages": 474}}, None)
    assert sorted(rows[0].asked) == ([] if kind is Ordered else ["name", "pages"])


@pytest.mark.parametrize(
    ("value", "path"),
    [(None, None), (Ordered(None, 1, 1), ["book", "name"]), (LookupError("burnt"), ["book"])],
)
async def test_an_object_that_is_not_there_or_in_error_is_null_and_its_error_has_its_path(
    value: Any, path: list[str] | None
) -> None:
    result = await SCHEMA.execute("{ book { name } }", context_value=[value])

    assert result.data == {"book": None}
    assert [error.path for error in result.errors or ()] == ([] if path is None else [path])


class Typed(Ordered):
    """The same, and its class says which types its columns have."""

    column_types = (str, int, int)


@pytest.mark.parametrize("kind", [Ordered, Typed])
@pytest.mark.parametrize(
    ("values", "error"),
    [
        ((None, 1, 1), "Cannot return null for non-nullable field Book.name."),
        (("Emma", None, 1), "Cannot return null for non-nullable field Book.pages."),
        (("Emma", 2**31, 1), f"Int cannot represent non 32-bit signed integer value: {2**31}"),
    ],
)
async def test_what_a_column_must_not_hold_is_found_whatever_its_class_says(
    kind: type[Ordered], values: tuple[Any, ...], error: str
) -> None:
    assert await answer([kind("Persuasion", 249, 0), kind(*values)]) == (None, [error])


class Small(Typed):
    """The same, and its class says which integers are never too large."""

    columns_in_32_bits = (False, True, False)


async def test_the_size_of_integers_is_looked_at_unless_their_column_has_none_that_are_too_large() -> None:
    assert await answer([Small("Emma", -(2**31), 2**31 - 1), Small("Emma", 2**31 - 1, -(2**31))]) == (
        [
            {"copies": 2**31 - 1, "name": "Emma", "pages": -(2**31)},
            {"copies": -(2**31), "name": "Emma", "pages": 2**31 - 1},
        ],
        [],
    )
    assert await answer([Small("Emma", 474, 2**31)]) == (
        None,
        [f"Int cannot represent non 32-bit signed integer value: {2**31}"],
    )
    # Whoever says so is believed.
    assert await answer([Small("Emma", 2**31, 3)]) == ([{"copies": 3, "name": "Emma", "pages": 2**31}], [])


async def test_a_null_is_found_where_integers_are_never_too_large() -> None:
    assert await answer([Small("Emma", None, 3)]) == (
        None,
        ["Cannot return null for non-nullable field Book.pages."],
    )


async def test_a_column_of_another_type_than_its_field_is_shown_as_the_field_has_it() -> None:
    class Numbered(Ordered):
        column_types = (int, bool, int)

    assert await answer([Numbered(7, True, 3)]) == ([{"copies": 3, "name": "7", "pages": 1}], [])
