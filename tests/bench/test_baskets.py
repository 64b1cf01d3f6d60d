"""The baskets that databases are filled with."""

from __future__ import annotations

from pathlib import Path

from bench.data.baskets import baskets


def test_generated_baskets_are_the_same_every_time_and_hold_three_different_skus() -> None:
    first = baskets(None, count=500)
    assert first == baskets(None, count=500)
    assert {len(set(basket)) for basket in first} == {3}


def test_real_baskets_are_cut_into_threes_and_come_again_until_there_are_enough(tmp_path: Path) -> None:
    file = tmp_path / "baskets.csv"
    file.write_text("10001,10002,10003,10004\nPOST,10005\n10006,10007,10008,POST,10009,10010,10011\n")
    assert baskets(file, count=4) == [
        ("10001", "10002", "10003"),
        ("10006", "10007", "10008"),
        ("10009", "10010", "10011"),
        ("10001", "10002", "10003"),
    ]
