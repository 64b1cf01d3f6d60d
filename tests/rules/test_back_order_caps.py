"""Which orders may come in when back orders are capped."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.back_order_caps import Excess, Scope, State, Wish, admit, free_units
from domain.rules.coverage import OpenLine, cover

TEA, CUP, MUG = 1, 2, 3
NORTH, SOUTH = 7, 8
ORDERED = datetime(2026, 3, 2, tzinfo=UTC)
POOL = Scope(TEA, None)


def state(
    *,
    free: dict[int, int] | None = None,
    replacements: dict[int, int] | None = None,
    caps: dict[Scope, int],
    back_ordered: dict[Scope, int] | None = None,
) -> State:
    return State(free or {TEA: 0}, replacements or {}, caps, back_ordered or {})


@pytest.mark.rule("F7")
def test_what_is_free_needs_no_cap() -> None:
    assert admit([Wish(None, [(TEA, 5)])], state(free={TEA: 5}, caps={POOL: 0})) == [None]


@pytest.mark.rule("F7")
def test_only_what_is_wanted_beyond_it_counts() -> None:
    assert admit([Wish(None, [(TEA, 7)])], state(free={TEA: 5}, caps={POOL: 2})) == [None]
    assert admit([Wish(None, [(TEA, 8)])], state(free={TEA: 5}, caps={POOL: 2})) == [
        Excess(line=0, sku_id=TEA, added=3, room=2)
    ]


@pytest.mark.rule("F7")
def test_what_is_back_ordered_already_uses_up_the_cap() -> None:
    assert admit([Wish(None, [(TEA, 2)])], state(caps={POOL: 5}, back_ordered={POOL: 4})) == [
        Excess(line=0, sku_id=TEA, added=2, room=1)
    ]


@pytest.mark.rule("F7")
def test_a_cap_that_was_lowered_below_what_is_there_leaves_no_room() -> None:
    assert admit([Wish(None, [(TEA, 1)])], state(caps={POOL: 2}, back_ordered={POOL: 4})) == [
        Excess(line=0, sku_id=TEA, added=1, room=0)
    ]


@pytest.mark.rule("F7")
def test_lines_of_an_order_count_together_and_it_comes_in_whole_or_not_at_all() -> None:
    wishes = [Wish(None, [(CUP, 9), (TEA, 2), (TEA, 2)]), Wish(None, [(TEA, 3)])]
    assert admit(wishes, state(caps={POOL: 3})) == [Excess(line=2, sku_id=TEA, added=2, room=1), None]


@pytest.mark.rule("F7")
def test_orders_of_a_request_count_in_turn() -> None:
    wishes = [Wish(None, [(TEA, 4)]), Wish(None, [(TEA, 4)]), Wish(None, [(TEA, 1)])]
    assert admit(wishes, state(free={TEA: 2}, caps={POOL: 3})) == [
        None,
        Excess(line=0, sku_id=TEA, added=4, room=1),
        None,
    ]


@pytest.mark.rule("F7")
def test_a_stores_cap_holds_beside_the_pools() -> None:
    caps = {POOL: 5, Scope(TEA, NORTH): 2}
    wishes = [
        Wish(NORTH, [(TEA, 3)]),
        Wish(SOUTH, [(TEA, 3)]),
        Wish(NORTH, [(TEA, 2)]),
        Wish(None, [(TEA, 1)]),
    ]
    assert admit(wishes, state(caps=caps)) == [
        Excess(line=0, sku_id=TEA, added=3, room=2),
        None,
        None,
        Excess(line=0, sku_id=TEA, added=1, room=0),
    ]


@pytest.mark.rule("F7")
@pytest.mark.rule("D2")
def test_a_replacement_keeps_units_from_being_back_ordered_once() -> None:
    wishes = [Wish(None, [(TEA, 4)]), Wish(None, [(TEA, 1)])]
    assert admit(wishes, state(free={TEA: 1, CUP: 3}, replacements={TEA: CUP}, caps={POOL: 0})) == [
        None,
        Excess(line=0, sku_id=TEA, added=1, room=0),
    ]


@pytest.mark.rule("D2")
def test_what_a_replacement_covers_already_is_not_free() -> None:
    free = free_units(available={TEA: 5, CUP: 5}, covered={TEA: 8, CUP: 1}, replacements={TEA: CUP})
    assert free == {TEA: 0, CUP: 1}


units = st.integers(min_value=1, max_value=6)
skus = st.sampled_from((TEA, CUP, MUG))
stores = st.sampled_from((None, NORTH, SOUTH))
wishes = st.builds(Wish, stores, st.lists(st.tuples(skus, units), min_size=1, max_size=3))


@pytest.mark.rule("F7")
@given(
    present=st.lists(wishes, max_size=4),
    asked=st.lists(wishes, max_size=8),
    priorities=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    available=st.fixed_dictionaries({sku_id: st.integers(0, 12) for sku_id in (TEA, CUP, MUG)}),
    caps=st.dictionaries(st.builds(Scope, skus, st.none()), st.integers(0, 8)),
    replaced=st.booleans(),
)
def test_no_pools_cap_is_ever_exceeded_by_who_comes_in_whatever_the_ranks(
    present: list[Wish],
    asked: list[Wish],
    priorities: list[int],
    available: dict[int, int],
    caps: dict[Scope, int],
    replaced: bool,
) -> None:
    replacements = {TEA: CUP} if replaced else {}

    def back_ordered(orders: list[tuple[int, Wish]]) -> Counter[int]:
        lines = [
            OpenLine(place * 10 + number, place, sku_id, priorities[place], ORDERED, quantity)
            for place, wish in orders
            for number, (sku_id, quantity) in enumerate(wish.lines)
        ]
        short = cover(demand=lines, available=available, replacements=replacements)
        return sum((Counter({line.sku_id: short[line.line_id]}) for line in lines), Counter())

    before = list(enumerate(present))
    short = back_ordered(before)
    demand = Counter[int]()
    for wish in present:
        for sku_id, quantity in wish.lines:
            demand[sku_id] += quantity
    answers = admit(
        asked,
        State(
            free=free_units(
                available=available,
                covered={sku_id: demand[sku_id] - short[sku_id] for sku_id in demand},
                replacements=replacements,
            ),
            replacements=replacements,
            caps=caps,
            back_ordered={scope: short[scope.sku_id] for scope in caps},
        ),
    )
    let_in = [
        (len(present) + place, wish)
        for place, (wish, excess) in enumerate(zip(asked, answers, strict=True))
        if excess is None
    ]
    after = back_ordered(before + let_in)

    # A unit of a replacement covers one of two SKUs, and rank decides which: their caps hold together.
    linked = [{TEA, CUP}, {MUG}] if replaced else [{TEA}, {CUP}, {MUG}]
    for group in linked:
        if all(Scope(sku_id, None) in caps for sku_id in group):
            limit = sum(max(caps[Scope(sku_id, None)], short[sku_id]) for sku_id in group)
            assert sum(after[sku_id] for sku_id in group) <= limit


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("available", "covered", "replacements", "free"),
    [
        ({1: 5}, {}, {}, {1: 5}),
        ({1: 5}, {1: 2}, {}, {1: 3}),
        # What is left of a SKU is left where it is, whatever could replace it.
        ({1: 5, 2: 3}, {1: 2}, {1: 2}, {1: 3, 2: 3}),
        # What was covered beyond it, the other one has covered.
        ({1: 1, 2: 6}, {1: 4, 2: 1}, {1: 2}, {1: 0, 2: 2}),
        ({1: 1, 2: 2, 3: 9}, {1: 4, 2: 2}, {1: 2, 2: 3}, {1: 0, 2: 0, 3: 6}),
        # One that nobody asked about is not counted.
        ({1: 2}, {1: 5}, {1: 9}, {1: 0}),
        ({1: 2}, {1: 1}, {9: 1}, {1: 1}),
    ],
)
def test_free_is_what_covers_no_open_line(
    available: dict[int, int], covered: dict[int, int], replacements: dict[int, int], free: dict[int, int]
) -> None:
    assert free_units(available=available, covered=covered, replacements=replacements) == free


@pytest.mark.rule("F7")
def test_the_lines_of_an_order_share_what_is_free() -> None:
    wish = Wish(None, [(TEA, 2), (TEA, 2), (TEA, 2)])

    assert admit([wish], state(free={TEA: 4}, caps={POOL: 1})) == [Excess(2, TEA, added=2, room=1)]
    assert admit([wish], state(free={TEA: 5}, caps={POOL: 1})) == [None]


@pytest.mark.rule("F7")
def test_a_sku_without_a_cap_is_not_capped_beside_one_that_has() -> None:
    capped = state(free={TEA: 0, CUP: 0}, caps={POOL: 0})

    assert admit([Wish(NORTH, [(CUP, 3)]), Wish(NORTH, [(CUP, 3), (TEA, 1)])], capped) == [
        None,
        Excess(1, TEA, added=1, room=0),
    ]
