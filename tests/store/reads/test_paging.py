"""Pages of lists: what is made of a page before somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domain.store.reads.backlog_orders import BacklogOrderSort, ordering
from domain.store.reads.paging import Cursors, KeyPart, Ordering, Page, WholeList

BY_NAME = Ordering("name", (KeyPart("name", "s.name", "text"),))


class Named:
    """A row that notes when it is asked for its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0

    def __getitem__(self, column: str) -> str:
        self.asked += 1
        return {"name": self.name}[column]


async def nobody_counts() -> int:
    raise AssertionError("nobody wants to know")


def pages_of(rows: list[Any]) -> Iterator[Any]:
    yield Page(
        nodes=rows,
        cursors=Cursors(rows, BY_NAME),
        has_next_page=False,
        has_previous_page=False,
        count=nobody_counts,
    )
    yield WholeList(rows, BY_NAME)


def test_the_cursors_of_a_page_are_those_of_its_first_and_last_row() -> None:
    for page in pages_of([Named("a"), Named("b"), Named("c")]):
        assert [BY_NAME.decode(page.start_cursor, argument="after")] == [["a"]]
        assert [BY_NAME.decode(page.end_cursor, argument="after")] == [["c"]]


def test_a_page_without_rows_has_no_cursors() -> None:
    for page in pages_of([]):
        assert (page.start_cursor, page.end_cursor) == (None, None)


def test_a_cursor_that_nobody_asks_for_is_not_made() -> None:
    rows = [Named("a"), Named("b")]

    for page in pages_of(rows):
        assert page.end_cursor is not None

    assert [row.asked for row in rows] == [0, 2]


@pytest.mark.parametrize("sort", BacklogOrderSort)
def test_an_ordering_is_made_once_for_statements_are_kept_by_it(sort: BacklogOrderSort) -> None:
    assert ordering(sort, descending=True) is ordering(sort, descending=True)
    assert ordering(sort, descending=True) is not ordering(sort, descending=False)


def test_a_condition_names_the_parameters_that_its_cursor_has_become() -> None:
    parameters: list[Any] = [1]

    first = BY_NAME.beyond(["a"], backwards=False, parameters=parameters)
    second = BY_NAME.beyond(["z"], backwards=True, parameters=parameters)

    assert (first, second) == ("s.name > $2::text", "s.name < $3::text")
    assert parameters == [1, "a", "z"]
