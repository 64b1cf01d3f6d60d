"""Following a page notices what is not as the page shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.names import Names
from tests.docs.pages import Events, PageError, Request, Subscription, steps


def test_a_name_stands_for_one_value_wherever_it_is() -> None:
    names = Names({})

    assert (
        names.learn({"id": "<order>", "path": "/print/<order>.pdf"}, {"id": "T1", "path": "/print/T1.pdf"})
        == []
    )
    assert names.put_into("order <order>, not <another>") == "order T1, not <another>"
    assert names.missing_in("<order> <another>") == ["another"]
    assert names.learn(["<order>"], ["T2"]) == ["$[0]: the page shows '<order>', and it is 'T2'"]


def test_nothing_is_learned_from_an_answer_that_differs() -> None:
    names = Names({})

    differences = names.learn({"id": "<order>", "units": 1}, {"id": "T1", "units": 2})

    assert differences == ["$.units: the page shows 1, and it is 2"]
    assert names.values == {}


@pytest.mark.parametrize(
    ("shown", "seen"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ([1], [1, 2]),
        (1, True),
        (1, 1.0),
        (None, "text"),
        ("…", None),
        ("…", ""),
        ("D.", "D1"),
        ("<a><a>", "xy"),
    ],
)
def test_what_is_not_the_same_differs(shown: object, seen: object) -> None:
    assert len(Names({}).learn(shown, seen)) == 1


def test_a_page_is_read_as_steps(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n```graphql\nsubscription Changes { orderChanged { cause } }\n```\n\n"
        '```graphql\n{ orders { totalCount } }\n```\n\n```json variables\n{"a": 1}\n```\n\n'
        '```json\n{"data": 1}\n```\n\n```json Changes\n…\n{"n": 1}\n{"n": 2}\n```\n'
    )

    assert steps(page) == [
        Subscription(3, "subscription Changes { orderChanged { cause } }\n", "{}", "Changes"),
        Request(7, "{ orders { totalCount } }\n", '{"a": 1}\n', {"data": 1}, True),
        Events(19, "Changes", [{"n": 1}, {"n": 2}], True),
    ]


@pytest.mark.parametrize(
    "block", ["```python\n1\n```\n", "```json\n1\n```\n", "```graphql\n{ orders {\n```\n"]
)
def test_a_block_that_nobody_would_follow_is_an_error(tmp_path: Path, block: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{block}")

    with pytest.raises(PageError, match=r"page.md, line 3"):
        steps(page)
