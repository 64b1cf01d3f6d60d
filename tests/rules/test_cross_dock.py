"""Cross-dock: units received for an order are its own, and nobody gets a unit twice."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.allocation import Decision, DemandLine, DemandOrder, Plan, plan
from domain.rules.coverage import OpenLine, cover
from domain.rules.cross_dock import OwnLine, OwnUnits, keep, offer, take_back, used_by_others
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import AllocationReason

BOLT, NUT = 1, 2
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def order(order_id: int, *wants: tuple[int, int], hold: timedelta = DAY) -> DemandOrder:
    """An order of SKUs and units, as old as its id is low."""
    lines = [DemandLine(order_id * 10 + place, sku, units) for place, (sku, units) in enumerate(wants)]
    return DemandOrder(order_id, 1, 0, NOW, NOW, hold, None, 0, lines)


def decide(demand: list[DemandOrder], supply: dict[int, int], own: list[OwnUnits]) -> Plan:
    return plan(demand=demand, supply=supply, policy=ShipmentPolicy(), now=NOW, own=own)


def given_to(decisions: list[Decision]) -> list[tuple[int, int, AllocationReason]]:
    return [(decision.order_id, decision.given, decision.reason) for decision in decisions]


@pytest.mark.rule("D6")
def test_an_order_gets_what_was_received_for_it_before_an_older_one() -> None:
    planned = decide([order(1, (BOLT, 5)), order(2, (BOLT, 5))], {BOLT: 5}, [OwnUnits(2, BOLT, 5)])
    assert given_to(planned.decisions) == [
        (1, 0, AllocationReason.KEPT_FOR_LINKED_ORDERS),
        (2, 5, AllocationReason.ALLOCATED),
    ]


@pytest.mark.rule("D6")
def test_what_came_for_several_lines_of_an_order_is_kept_together() -> None:
    left = {BOLT: 6, NUT: 1}

    kept = keep(own=[OwnUnits(1, BOLT, 2), OwnUnits(1, BOLT, 1), OwnUnits(1, NUT, 4)], left=left)

    assert kept == {1: {BOLT: 3, NUT: 1}}
    assert left == {BOLT: 3, NUT: 0}


@pytest.mark.rule("D6")
@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({11: 3}, {}),
        ({12: 2}, {}),
        ({12: 4}, {11: 1}),
        ({12: 9}, {11: 0}),
        ({13: 1}, {12: 1}),
        ({13: 3}, {12: 0, 11: 2}),
        ({11: 4, 13: 1}, {12: 0}),
        ({21: 5}, {}),
        ({}, {}),
    ],
)
def test_a_line_uses_up_its_own_units_first_and_beyond_them_those_of_the_orders_last_lines(
    given: dict[int, int], left: dict[int, int]
) -> None:
    own = [OwnLine(11, BOLT, 3), OwnLine(12, BOLT, 2), OwnLine(21, NUT, 1)]
    skus = {11: BOLT, 12: BOLT, 13: BOLT, 21: NUT}
    assert used_by_others(own=own, given=given, skus=skus) == left


@pytest.mark.rule("D6")
def test_the_rank_key_decides_over_the_rest() -> None:
    demand = [order(1, (BOLT, 3)), order(2, (BOLT, 5)), order(3, (BOLT, 1))]
    planned = decide(demand, {BOLT: 7}, [OwnUnits(3, BOLT, 1)])
    assert given_to(planned.decisions) == [
        (1, 3, AllocationReason.ALLOCATED),
        (2, 0, AllocationReason.RETURNED_SINGLE_SKU_PARTIAL),
        (3, 1, AllocationReason.ALLOCATED),
    ]


@pytest.mark.rule("D6")
def test_an_order_uses_its_own_units_and_what_is_left_together() -> None:
    planned = decide([order(1, (BOLT, 2)), order(2, (BOLT, 5))], {BOLT: 7}, [OwnUnits(2, BOLT, 3)])
    assert given_to(planned.decisions) == [
        (1, 2, AllocationReason.ALLOCATED),
        (2, 5, AllocationReason.ALLOCATED),
    ]


@pytest.mark.rule("D6")
def test_what_an_order_takes_of_its_own_is_kept_no_longer_and_the_rest_goes_by_rank() -> None:
    demand = [order(1, (BOLT, 2), (BOLT, 1)), order(2, (BOLT, 2))]
    planned = decide(demand, {BOLT: 5}, [OwnUnits(1, BOLT, 3)])
    assert [(decision.order_id, decision.given) for decision in planned.decisions] == [(1, 2), (1, 1), (2, 2)]


@pytest.mark.rule("B5")
@pytest.mark.rule("D6")
def test_own_units_stay_kept_while_the_order_waits_for_the_rest() -> None:
    demand = [order(1, (BOLT, 2), (NUT, 1)), order(2, (BOLT, 2))]
    planned = decide(demand, {BOLT: 2}, [OwnUnits(1, BOLT, 2)])
    assert given_to(planned.decisions) == [
        (1, 0, AllocationReason.RETURNED_HOLD_NOT_EXPIRED),
        (1, 0, AllocationReason.NOTHING_AVAILABLE),
        (2, 0, AllocationReason.KEPT_FOR_LINKED_ORDERS),
    ]


@pytest.mark.rule("D6")
def test_units_of_an_order_outside_the_queue_are_kept_too() -> None:
    planned = decide([order(1, (BOLT, 1))], {BOLT: 1}, [OwnUnits(9, BOLT, 1)])
    assert given_to(planned.decisions) == [(1, 0, AllocationReason.KEPT_FOR_LINKED_ORDERS)]


@pytest.mark.rule("D6")
def test_when_stock_was_lost_better_ranks_keep_theirs() -> None:
    left = {BOLT: 5}
    kept = keep(own=[OwnUnits(1, BOLT, 4), OwnUnits(2, BOLT, 4), OwnUnits(3, NUT, 1)], left=left)
    assert (kept, left) == ({1: {BOLT: 4}, 2: {BOLT: 1}}, {BOLT: 0})


@pytest.mark.rule("D6")
def test_what_an_order_does_not_take_at_its_turn_is_kept_again() -> None:
    left = {BOLT: 2}
    offer(kept={BOLT: 3}, left=left)
    assert left == {BOLT: 5}
    left[BOLT] -= 1
    take_back(kept={BOLT: 3}, given={BOLT: 1}, left=left)
    assert left == {BOLT: 2}


@pytest.mark.rule("D6")
def test_what_an_order_takes_nothing_of_is_all_kept_again() -> None:
    left = {BOLT: 2}
    offer(kept={BOLT: 3}, left=left)
    take_back(kept={BOLT: 3}, given={NUT: 1}, left=left)
    assert left == {BOLT: 2}


@pytest.mark.rule("D6")
def test_a_line_is_covered_by_its_own_units_before_the_rank_key_decides() -> None:
    demand = [
        OpenLine(1, 1, BOLT, 0, NOW, 3),
        OpenLine(2, 2, BOLT, 0, NOW, 3, cross_docked=2),
        OpenLine(3, 3, BOLT, 0, NOW, 3),
    ]
    assert cover(demand=demand, available={BOLT: 6}) == {1: 0, 2: 0, 3: 3}
    assert cover(demand=demand, available={BOLT: 2}) == {1: 3, 2: 1, 3: 3}
    assert cover(demand=demand, available={}) == {1: 3, 2: 3, 3: 3}


SKUS = st.integers(1, 2)
UNITS = st.integers(1, 4)


@st.composite
def queues(draw: st.DrawFn) -> tuple[list[DemandOrder], dict[int, int], list[OwnUnits]]:
    wants = draw(st.lists(st.lists(st.tuples(SKUS, UNITS), min_size=1, max_size=3), min_size=1, max_size=5))
    holds = draw(st.lists(st.sampled_from([timedelta(0), DAY]), min_size=5, max_size=5))
    demand = [order(number, *lines, hold=holds[number - 1]) for number, lines in enumerate(wants, start=1)]
    supply = draw(st.dictionaries(SKUS, st.integers(0, 10)))
    own = draw(st.lists(st.builds(OwnUnits, st.integers(1, 6), SKUS, UNITS), max_size=4))
    return demand, supply, sorted(own)


@pytest.mark.rule("D6")
@given(queues())
def test_others_get_nothing_of_what_is_kept_and_nobody_gets_a_unit_twice(
    queue: tuple[list[DemandOrder], dict[int, int], list[OwnUnits]],
) -> None:
    demand, supply, own = queue
    left = dict(supply)
    kept = keep(own=own, left=left)
    shared = Counter[int]()
    for decision in decide(demand, supply, own).decisions:
        mine = kept.get(decision.order_id, {})
        used = min(decision.given, mine.get(decision.sku_id, 0))
        if used:
            mine[decision.sku_id] -= used
        shared[decision.sku_id] += decision.given - used
    assert all(shared[sku] <= left.get(sku, 0) for sku in shared)


@pytest.mark.rule("D6")
@given(queues())
def test_an_order_that_owns_all_it_wants_is_dispatched_whoever_is_before_it(
    queue: tuple[list[DemandOrder], dict[int, int], list[OwnUnits]],
) -> None:
    demand, supply, _ = queue
    *_, last = demand
    wanted = Counter[int]()
    for line in last.lines:
        wanted[line.sku_id] += line.open
    own = [OwnUnits(last.order_id, sku_id, units) for sku_id, units in wanted.items()]
    stock = {sku_id: supply.get(sku_id, 0) + wanted[sku_id] for sku_id in (BOLT, NUT)}
    planned = decide(demand, stock, own)
    assert [d.given for d in planned.decisions if d.order_id == last.order_id] == [
        line.open for line in last.lines
    ]
    before = decide(demand[:-1], supply, [])
    others = [d.given for d in planned.decisions if d.order_id != last.order_id]
    assert others == [d.given for d in before.decisions]
