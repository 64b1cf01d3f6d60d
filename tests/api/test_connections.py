"""Cursor connections by their specification: every page of a small list, compared with a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest

from tests.api.conftest import Tenant
from tests.builders import NOW

pytestmark = pytest.mark.anyio

_PAGE = """
  totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page: places in the list stand for the cursors of its elements."""

    first: int | None
    after: int | None
    last: int | None
    before: int | None


def every_page(length: int) -> Iterator[Asked]:
    """Each combination of arguments that there can be for a list of this length."""
    sizes = (0, 1, 3, length, length + 2)
    directions = [(None, None), *((size, None) for size in sizes), *((None, size) for size in sizes)]
    places = (None, *range(length))
    for (first, last), after, before in product(directions, places, places):
        yield Asked(first, after, last, before)


def places_of(asked: Asked, length: int) -> list[int]:
    """EdgesToReturn of the specification."""
    places = _between_cursors(asked, length)
    if asked.first is not None:
        places = places[: asked.first]
    if asked.last is not None:
        places = places[max(0, len(places) - asked.last) :]
    return places


def _between_cursors(asked: Asked, length: int) -> list[int]:
    start = 0 if asked.after is None else asked.after + 1
    end = length if asked.before is None else asked.before
    return list(range(start, end))


def assert_honest(info: Any, asked: Asked, length: int) -> None:
    """HasNextPage and HasPreviousPage: exact where the specification is, and nowhere a promise of nothing."""
    between = _between_cursors(asked, length)
    if asked.first is not None:
        assert info["hasNextPage"] == (len(between) > asked.first), asked
    elif asked.before is None:
        assert not info["hasNextPage"], asked
    if asked.last is not None:
        assert info["hasPreviousPage"] == (len(between) > asked.last), asked
    elif asked.after is None:
        assert not info["hasPreviousPage"], asked


Page = Callable[..., Awaitable[Any]]
"""Asks for a page by the arguments of the connection."""


async def assert_follows_the_specification(page: Page, *, backwards: bool) -> None:
    """Ask for every page; `backwards` says whether the list can be read from its end, too."""
    whole = await page()
    cursors = [edge["cursor"] for edge in whole["edges"]]
    ids = [edge["node"]["id"] for edge in whole["edges"]]
    length = len(ids)
    assert (length, len(set(cursors)), len(set(ids))) == (whole["totalCount"], length, length)
    assert length >= 5
    for asked in every_page(length):
        if not backwards and (asked.last is not None or asked.before is not None):
            continue
        places = places_of(asked, length)
        arguments = {
            "first": asked.first,
            "last": asked.last,
            "after": None if asked.after is None else cursors[asked.after],
            "before": None if asked.before is None else cursors[asked.before],
        }
        found = await page(**arguments)
        assert [(edge["cursor"], edge["node"]["id"]) for edge in found["edges"]] == [
            (cursors[place], ids[place]) for place in places
        ], asked
        assert [node["id"] for node in found["nodes"]] == [ids[place] for place in places], asked
        info = found["pageInfo"]
        ends = (cursors[places[0]], cursors[places[-1]]) if places else (None, None)
        assert (info["startCursor"], info["endCursor"]) == ends, asked
        assert_honest(info, asked, length)


@pytest.mark.parametrize("sort", ["RANK", "ORDERED_AT", "NUMBER"])
async def test_every_page_of_a_list_is_the_one_of_the_specification(tenant: Tenant, sort: str) -> None:
    # Of the same time and priority, so that what comes first is decided in the end by what has no equal.
    for number in range(5):
        await tenant.shop.order(f"SO-{number}", now=NOW + timedelta(hours=number // 3), TEA=1)
    document = f"""query ($first: Int, $after: String, $last: Int, $before: String) {{
      orders(sort: {sort}, first: $first, after: $after, last: $last, before: $before) {{ {_PAGE} }}
    }}"""
    await assert_follows_the_specification(partial(tenant.admin.data, document), backwards=True)


async def test_so_is_every_page_of_a_list_inside_another(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=1, CUP=2, POT=1, TIN=3, JAR=1)
    document = f"""query ($first: Int, $after: String) {{
      orders {{ nodes {{ lines(first: $first, after: $after) {{ {_PAGE} }} }} }}
    }}"""

    async def lines(
        first: int | None = None, after: str | None = None, last: None = None, before: None = None
    ) -> Any:
        (order,) = (await tenant.admin.data(document, first=first, after=after))["nodes"]
        return order["lines"]

    await assert_follows_the_specification(lines, backwards=False)


async def test_both_directions_at_once_are_refused(tenant: Tenant) -> None:
    answer = await tenant.admin.execute("{ orders(first: 1, last: 1) { totalCount } }")
    assert [error["message"] for error in answer["errors"]] == ["Give either first or last, not both."]
