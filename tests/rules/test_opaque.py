"""What objects and events are called outside."""

from __future__ import annotations

import pytest

from domain.rules.opaque import event_cursor, global_id


@pytest.mark.parametrize(
    ("kind", "number", "told"),
    [("Order", 1, "T3JkZXI6MQ"), ("Sku", 12345, "U2t1OjEyMzQ1"), ("Sku", 12, "U2t1OjEy")],
)
def test_a_global_id_is_kind_and_number_in_base64_without_padding(kind: str, number: int, told: str) -> None:
    assert global_id(kind, number) == told


@pytest.mark.rule("F5")
def test_a_cursor_is_that_an_event_has_a_number() -> None:
    assert [event_cursor(seq) for seq in (0, 7, 123456)] == ["ZXZlbnQ6MA", "ZXZlbnQ6Nw", "ZXZlbnQ6MTIzNDU2"]
