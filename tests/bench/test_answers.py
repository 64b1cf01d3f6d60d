"""Which answers of different servers count as the same."""

from __future__ import annotations

from bench.rows.asking import same_words


def test_times_are_the_same_in_whatever_form_they_are_written() -> None:
    first = {"at": "2026-03-02T08:00:00+00:00"}
    assert same_words(first) == same_words({"at": "2026-03-02T09:00:00.000000+01:00"})
    assert same_words(first) != same_words({"at": "2026-03-02T08:00:01+00:00"})


def test_cursors_are_each_servers_own() -> None:
    first = {"pageInfo": {"hasNextPage": True, "endCursor": "a"}}
    assert same_words(first) == same_words({"pageInfo": {"hasNextPage": True, "endCursor": "b"}})
    assert same_words(first) != same_words({"pageInfo": {"hasNextPage": False, "endCursor": "a"}})


def test_everything_else_must_be_equal() -> None:
    first = {"nodes": [{"number": "SO-1", "store": None}]}
    assert same_words(first) == first
    assert same_words(first) != same_words({"nodes": [{"number": "SO-1"}]})
