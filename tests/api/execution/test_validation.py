"""What is told of documents that can't be executed."""

from __future__ import annotations

import pytest

from tests.api.execution.library import BREADTH_FIRST
from tests.api.execution.shelves import Shelves

FIND = "find(by: {isbn: $isbn}) { id }"


async def messages(document: str, **variables: object) -> list[str]:
    context = Shelves(BREADTH_FIRST._schema, seed=7, faults=0.0)
    result = await BREADTH_FIRST.execute(document, variables, context_value=context, operation_name="A")
    return [error.message for error in result.errors or ()]


@pytest.mark.parametrize(
    "document",
    [
        f"query A($isbn: Isbn!) {{ {FIND} }}",
        f"query A($isbn: Isbn!) {{ ...F }} query B {{ __typename }} fragment F on Query {{ {FIND} }}",
        f"query A($isbn: Isbn!) {{ ...F }} query B($isbn: Isbn!) {{ ...F }} fragment F on Query {{ {FIND} }}",
    ],
)
async def test_the_one_field_of_an_input_may_be_a_variable_wherever_it_stands(document: str) -> None:
    assert await messages(document, isbn="978") == []


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        (f"query A {{ {FIND} }}", ["Variable '$isbn' is not defined by operation 'A'."]),
        (
            f"query A {{ __typename }} fragment F on Query {{ {FIND} }}",
            ["Fragment 'F' is never used."],
        ),
        (
            f"query A($isbn: Isbn) {{ {FIND} }}",
            ["Variable '$isbn' must be non-nullable to be used for OneOf Input Object 'BookBy'."],
        ),
        (
            "query A($isbn: Isbn) { ...F } query B($isbn: Isbn!) { ...F } "
            f"fragment F on Query {{ {FIND} }}",
            ["Variable '$isbn' must be non-nullable to be used for OneOf Input Object 'BookBy'."],
        ),
        ("query A { find(by: {isbn: null}) { id } }", ["Field 'BookBy.isbn' must be non-null."]),
        (
            'query A { find(by: {isbn: "978", id: "b1"}) { id } }',
            ["OneOf Input Object 'BookBy' must specify exactly one key."],
        ),
    ],
)
async def test_what_is_not_exactly_one_field_of_an_input_is_told(document: str, problems: list[str]) -> None:
    assert await messages(document) == problems
