"""Cursors of events: opaque, exact, and refused when they are not ours."""

from __future__ import annotations

import pytest

from api.realtime.cursor import BadCursorError, decode, encode

pytestmark = pytest.mark.rule("F5")


@pytest.mark.parametrize("seq", [0, 1, 41, 2**40, 2**63 - 1])
def test_a_cursor_names_its_event(seq: int) -> None:
    assert decode(encode(seq)) == seq


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "7",
        "ZXZlbnQ6",
        "ZXZlbnQ6LTE",
        "ZXZlbnQ6MDc",
        "ZXZlbnQ6Nw==",
        " ZXZlbnQ6Nw",
        "b3JkZXI6Nw",
        "é",
        "%",
        "A" * 500,
        "ZXZlbnQ6OTIyMzM3MjAzNjg1NDc3NTgwOA",
    ],
)
def test_anything_else_is_refused_with_the_name_of_the_argument(cursor: str) -> None:
    with pytest.raises(BadCursorError) as refused:
        decode(cursor)

    assert refused.value.extensions == {"code": "INVALID_INPUT", "argumentPath": ["after"]}
