"""What others can cause at will is said once in a while."""

from __future__ import annotations

from api.seldom import Seldom


def test_a_key_passes_once_in_a_while_and_tells_how_often_it_was_stopped() -> None:
    now = [0.0]
    seldom = Seldom(every_seconds=10, clock=lambda: now[0])
    assert [seldom.passes("a"), seldom.passes("a"), seldom.passes("a"), seldom.passes("b")] == [
        0,
        None,
        None,
        0,
    ]
    now[0] = 9.9
    assert seldom.passes("a") is None
    now[0] = 10.0
    assert [seldom.passes("a"), seldom.passes("a")] == [3, None]


def test_no_flood_of_keys_fills_the_memory() -> None:
    seldom = Seldom()
    for number in range(20_000):
        seldom.passes(number)
    assert len(seldom._known) <= 10_000
