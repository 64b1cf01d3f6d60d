"""Which media type an Accept header asks for."""

from __future__ import annotations

import pytest

from api.transport.accept import Accepted, accepted
from api.transport.refusals import GRAPHQL_JSON, JSON, HttpRefusal

EVENTS = "text/event-stream"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, Accepted(JSON, False)),
        ("", Accepted(JSON, False)),
        ("*/*", Accepted(JSON, False)),
        (JSON, Accepted(JSON, False)),
        (GRAPHQL_JSON, Accepted(GRAPHQL_JSON, False)),
        (f"{GRAPHQL_JSON}, {JSON};q=0.9", Accepted(GRAPHQL_JSON, False)),
        (f"{JSON}, {GRAPHQL_JSON}", Accepted(GRAPHQL_JSON, False)),
        (f"{GRAPHQL_JSON};q=0.1, {JSON}", Accepted(JSON, False)),
        ("text/html, application/*;q=0.5", Accepted(JSON, False)),
        ("TEXT/HTML, Application/JSON; Charset=UTF-8", Accepted(JSON, False)),
        (EVENTS, Accepted(None, True)),
        (f"{GRAPHQL_JSON}, {JSON}, {EVENTS}", Accepted(GRAPHQL_JSON, True)),
        (f"{EVENTS};q=0, */*", Accepted(JSON, False)),
    ],
)
def test_the_best_of_what_is_accepted_is_answered(header: str | None, expected: Accepted) -> None:
    assert accepted(header) == expected


@pytest.mark.parametrize(
    "header", ["text/html", f"{JSON};q=0", f"{JSON};charset=latin-1", f"{JSON};q=much", "image/*, ;"]
)
def test_what_there_is_not_is_refused(header: str) -> None:
    with pytest.raises(HttpRefusal) as refused:
        accepted(header)
    assert refused.value.status == 406
