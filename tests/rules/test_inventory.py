"""Which of the books of a SKU's stock is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.inventory import Books, Drift, Repair, drifts, repair

units = st.integers(min_value=0, max_value=20)
changes = st.integers(min_value=-20, max_value=20)


@st.composite
def books(draw: st.DrawFn) -> Books:
    """A level as the database lets it be, beside a ledger and dispatches that may tell anything."""
    on_hand = draw(units)
    allocated = draw(st.integers(min_value=0, max_value=on_hand))
    return Books(on_hand, allocated, draw(changes), draw(changes), draw(units))


@pytest.mark.rule("F8")
def test_books_that_agree_do_not_drift() -> None:
    assert drifts(Books(9, 4, 9, 4, 4)) == []


@pytest.mark.rule("F8")
def test_each_difference_is_a_drift_of_its_own() -> None:
    assert drifts(Books(on_hand=9, allocated=4, ledger_on_hand=7, ledger_allocated=5, held=3)) == [
        Drift("onHand", 9, 7),
        Drift("allocated", 4, 5),
        Drift("dispatched", 4, 3),
    ]


@pytest.mark.rule("F8")
def test_on_hand_is_as_counted_and_the_ledger_is_posted_the_difference() -> None:
    assert repair(Books(9, 4, 7, 4, 4)) == Repair(
        on_hand=9, allocated=4, on_hand_change=2, allocated_change=0
    )


@pytest.mark.rule("F8")
def test_allocated_is_what_dispatches_hold_whatever_level_and_ledger_say() -> None:
    assert repair(Books(9, 4, 9, 5, 3)) == Repair(
        on_hand=9, allocated=3, on_hand_change=0, allocated_change=-2
    )


@pytest.mark.rule("F8")
def test_what_dispatches_hold_is_on_hand() -> None:
    assert repair(Books(2, 1, 2, 1, 5)) == Repair(
        on_hand=5, allocated=5, on_hand_change=3, allocated_change=4
    )


@pytest.mark.rule("F8")
@given(books())
def test_after_a_repair_nothing_drifts_and_nothing_is_negative_or_oversold(wrong: Books) -> None:
    repaired = repair(wrong)

    assert 0 <= repaired.allocated <= repaired.on_hand
    assert repaired.on_hand >= wrong.on_hand
    right = Books(
        repaired.on_hand,
        repaired.allocated,
        wrong.ledger_on_hand + repaired.on_hand_change,
        wrong.ledger_allocated + repaired.allocated_change,
        wrong.held,
    )
    assert drifts(right) == []
    assert repair(right) == Repair(repaired.on_hand, repaired.allocated, 0, 0)
