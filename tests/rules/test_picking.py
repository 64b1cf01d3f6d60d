"""What a warehouse pick takes, and what of a Backorder stock would fill (E2, E5)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.picking import Shortage, Wanted, backorder_status, pick, shortage, spread
from domain.rules.vocabulary import BackorderStatus, WarehousePickPolicy

TEA, CUP = 1, 2
WHOLE, WHAT_IS_THERE = WarehousePickPolicy.WHOLE_LINE, WarehousePickPolicy.FILL_WHAT_IS_THERE

wants = st.lists(st.tuples(st.sampled_from([TEA, CUP]), st.integers(1, 6)), max_size=6).map(
    lambda pairs: [Wanted(number, sku_id, units) for number, (sku_id, units) in enumerate(pairs)]
)
stocks = st.dictionaries(st.sampled_from([TEA, CUP]), st.integers(0, 12))


@pytest.mark.rule("E2")
def test_a_line_is_picked_whole_or_not_at_all() -> None:
    wanted = [Wanted(10, TEA, 3), Wanted(11, TEA, 5), Wanted(12, TEA, 2)]

    assert pick(wanted=wanted, available={TEA: 6}, policy=WHOLE) == {10: 3, 11: 0, 12: 2}


@pytest.mark.rule("E2")
def test_what_is_there_is_picked_in_line_order() -> None:
    wanted = [Wanted(10, TEA, 3), Wanted(11, TEA, 5), Wanted(12, TEA, 2), Wanted(13, CUP, 1)]

    assert pick(wanted=wanted, available={TEA: 6}, policy=WHAT_IS_THERE) == {10: 3, 11: 3, 12: 0, 13: 0}


@pytest.mark.rule("E2")
@pytest.mark.parametrize("policy", WarehousePickPolicy)
def test_of_what_never_was_in_stock_no_line_takes_anything(policy: WarehousePickPolicy) -> None:
    wanted = [Wanted(10, TEA, 3), Wanted(11, TEA, 1), Wanted(12, TEA, 1)]

    assert pick(wanted=wanted, available={}, policy=policy) == {10: 0, 11: 0, 12: 0}


@pytest.mark.rule("E2")
@given(wanted=wants, available=stocks, policy=st.sampled_from(WarehousePickPolicy))
def test_no_unit_is_picked_twice_and_none_is_left_that_a_line_could_take(
    wanted: list[Wanted], available: dict[int, int], policy: WarehousePickPolicy
) -> None:
    taken = pick(wanted=wanted, available=available, policy=policy)

    left = Counter(available)
    for line in wanted:
        left[line.sku_id] -= taken[line.id]
    assert set(taken) == {line.id for line in wanted}
    assert all(units >= 0 for units in left.values())
    for line in wanted:
        missing = line.units - taken[line.id]
        assert missing >= 0
        if policy is WHOLE:
            assert taken[line.id] in (0, line.units)
            assert not missing or left[line.sku_id] < line.units
        else:
            assert not missing or left[line.sku_id] == 0


@pytest.mark.rule("E5")
def test_a_shortage_is_of_all_that_is_wanted_together_and_points_at_the_first_item_too_many() -> None:
    wanted = [Wanted(10, TEA, 3), Wanted(11, CUP, 1), Wanted(12, TEA, 2), Wanted(13, TEA, 4)]

    assert shortage(wanted=wanted, available={TEA: 9, CUP: 1}) is None
    assert shortage(wanted=wanted, available={TEA: 4, CUP: 1}) == Shortage(2, TEA, wanted=9, available=4)
    assert shortage(wanted=wanted, available={TEA: 9}) == Shortage(1, CUP, wanted=1, available=0)


@pytest.mark.rule("E5")
@given(wanted=wants, available=stocks)
def test_there_is_a_shortage_exactly_when_some_sku_is_short(
    wanted: list[Wanted], available: dict[int, int]
) -> None:
    total = Counter[int]()
    for item in wanted:
        total[item.sku_id] += item.units

    short = any(units > available.get(sku_id, 0) for sku_id, units in total.items())
    assert (shortage(wanted=wanted, available=available) is not None) == short


@pytest.mark.rule("E5")
@pytest.mark.parametrize(
    ("open_units", "filled", "status"),
    [
        (3, 0, BackorderStatus.OPEN),
        (3, 1, BackorderStatus.PARTIALLY_FILLED),
        (0, 1, BackorderStatus.COMPLETED),
        (0, 0, BackorderStatus.CANCELLED),
    ],
)
def test_the_status_of_a_backorder_follows_from_its_units(
    open_units: int, filled: int, status: BackorderStatus
) -> None:
    assert backorder_status(open_units=open_units, filled=filled) == status


@pytest.mark.rule("F10")
@pytest.mark.parametrize(
    ("units", "shares"),
    [(0, {}), (2, {10: 2}), (3, {10: 3}), (4, {10: 3, 12: 1}), (8, {10: 3, 12: 5}), (9, {10: 3, 12: 5})],
)
def test_scanned_units_are_shared_out_in_turn(units: int, shares: dict[int, int]) -> None:
    wanted = [Wanted(10, TEA, 3), Wanted(11, TEA, 0), Wanted(12, TEA, 5)]

    assert spread(units=units, over=wanted) == shares
