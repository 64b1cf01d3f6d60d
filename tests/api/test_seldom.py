"""What others can cause at will is said once in a while."""

from __future__ import annotations

from api.seldom import Ration, Seldom


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


def test_a_ration_is_used_up_and_comes_back_bit_by_bit() -> None:
    now = [0.0]
    ration = Ration(at_once=2, every_seconds=10, clock=lambda: now[0])
    assert [ration.passes("a"), ration.passes("a"), ration.passes("a"), ration.passes("b")] == [
        True,
        True,
        False,
        True,
    ]
    now[0] = 9.9
    assert not ration.passes("a")
    now[0] = 10.0
    assert [ration.passes("a"), ration.passes("a")] == [True, False]
    now[0] = 1000.0
    assert [ration.passes("a") for _ in range(3)] == [True, True, False]


def test_no_flood_of_rations_fills_the_memory() -> None:
    ration = Ration(at_once=1, every_seconds=10)
    for number in range(20_000):
        ration.passes(number)
    assert len(ration._until) <= 10_000
