"""The cache behind parsed, validated and planned documents."""

from __future__ import annotations

from api.execution.cache import WeighedCache


def cache(**limits: int) -> WeighedCache[str, str]:
    return WeighedCache(**{"entries": 3, "weight": 10, "heaviest": 6} | limits)


def test_what_was_used_longest_ago_goes_when_there_are_too_many() -> None:
    values = cache()
    for key in "abc":
        values.put(key, key.upper(), weight=1)
    values.get("a")

    values.put("d", "D", weight=1)

    assert [values.get(key) for key in "abcd"] == ["A", None, "C", "D"]


def test_what_was_used_longest_ago_goes_when_it_is_too_much() -> None:
    values = cache()
    values.put("a", "A", weight=4)
    values.put("b", "B", weight=4)

    values.put("c", "C", weight=5)

    assert [values.get(key) for key in "abc"] == [None, "B", "C"]
    assert values.weight == 9


def test_what_is_too_heavy_pushes_nothing_out() -> None:
    values = cache()
    values.put("a", "A", weight=4)

    values.put("b", "B", weight=7)

    assert [values.get(key) for key in "ab"] == ["A", None]


def test_a_value_that_grew_counts_once() -> None:
    values = cache()
    values.put("a", "A", weight=2)

    values.put("a", "AA", weight=5)

    assert values.get("a") == "AA"
    assert (len(values), values.weight) == (1, 5)
