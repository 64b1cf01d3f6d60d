"""Reallocation against an oracle without an algorithm, and the promises of each strategy.

The oracle lets the orders have their turns and, at each, tries every quantity that every line could have,
throws out those that a sentence of the requirements forbids, and keeps the one that serves earlier lines
first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.reallocation import HeldLine, HeldOrder, plan
from domain.rules.segments import OrderTraits, Segment, SegmentFilter
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import ConfirmationStrategy as Does
from domain.rules.vocabulary import ReallocationReason, SegmentSort, ShipmentPolicyKind

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SKUS = st.integers(1, 2)
FREE = st.dictionaries(SKUS, st.integers(0, 4))
NEVER_LOSING = (Does.WIN, Does.GAIN, Does.SKIP)
Vector = tuple[int, ...]


@st.composite
def policies(draw: st.DrawFn) -> ShipmentPolicy:
    kind = draw(st.sampled_from(ShipmentPolicyKind))
    most = draw(st.integers(1, 3)) if kind == ShipmentPolicyKind.UP_TO else None
    return ShipmentPolicy(kind=kind, max_dispatches=most, split_lines=draw(st.booleans()))


@st.composite
def held_lines(draw: st.DrawFn) -> HeldLine:
    wanted = draw(st.integers(1, 4))
    dispatched = draw(st.sampled_from([0, wanted, draw(st.integers(0, wanted))]))
    own = draw(st.sampled_from([0, draw(st.integers(0, wanted - dispatched))]))
    return HeldLine(0, draw(SKUS), wanted, dispatched, own, draw(st.booleans()) and draw(st.booleans()))


@st.composite
def pools(draw: st.DrawFn) -> list[HeldOrder]:
    segments = [
        Segment(position, draw(st.sampled_from(Does)), draw(st.sampled_from(SegmentSort)), SegmentFilter())
        for position in range(1, draw(st.integers(2, 4)))
    ]
    orders = []
    for order_id in range(1, draw(st.integers(1, 5)) + 1):
        lines = draw(st.lists(held_lines(), min_size=1, max_size=3))
        orders.append(
            HeldOrder(
                traits=OrderTraits(
                    order_id,
                    draw(st.integers(0, 1)),
                    NOW - timedelta(hours=draw(st.integers(0, 2))),
                    *(None, None, None, None, None),
                    sku_ids=frozenset(line.sku_id for line in lines),
                    units=sum(line.wanted for line in lines),
                ),
                version=1,
                segment=draw(st.sampled_from(segments)),
                waits_for=draw(st.sampled_from([None, None, ReallocationReason.DELAYED])),
                hold_is_over=draw(st.booleans()),
                dispatches_made=draw(st.integers(0, 2)),
                lines=[line._replace(line_id=order_id * 10 + place) for place, line in enumerate(lines)],
            )
        )
    return draw(st.permutations(orders))


class Oracle:
    """The pool as it is shared out: what is left by SKU, and what the lines of each order have."""

    def __init__(self, orders: Sequence[HeldOrder], free: dict[int, int], policy: ShipmentPolicy) -> None:
        self.policy = policy
        self.left = Counter(free)
        self.has = {order.traits.order_id: [line.dispatched for line in order.lines] for order in orders}
        self.own = {order.traits.order_id: [line.own for line in order.lines] for order in orders}

    def run(self, orders: Sequence[HeldOrder]) -> None:
        ranked = sorted(orders, key=lambda order: order.traits.order_id)
        ranked.sort(key=lambda order: order.traits.ordered_at)
        ranked.sort(key=lambda order: order.traits.priority, reverse=True)
        ranked.sort(key=_own_sort)
        ranked.sort(key=lambda order: order.segment.position)
        of = {does: [order for order in ranked if order.segment.strategy is does] for does in Does}
        for does in (Does.IMPROVE, Does.REDISTRIBUTE, Does.FILL, Does.LOSE):
            for order in of[does]:
                self.give_up(order)
        losers = [order for order in of[Does.WIN] if not self.gain(order, only_all=True)]
        for order in losers + of[Does.GAIN]:
            self.gain(order)
        for order in of[Does.IMPROVE]:
            self.take_back(order)
        for order in of[Does.IMPROVE]:
            self.gain(order)
        for order in of[Does.REDISTRIBUTE]:
            self.take_back(order)
            self.gain(order)
        for order in of[Does.FILL]:
            self.take_back(order)

    def give_up(self, order: HeldOrder) -> None:
        has, own = self.has[order.traits.order_id], self.own[order.traits.order_id]
        for place, line in enumerate(order.lines):
            if not line.pinned:
                self.left[line.sku_id] += has[place] + own[place]
                has[place] = own[place] = 0

    def take_back(self, order: HeldOrder) -> None:
        has, own = self.has[order.traits.order_id], self.own[order.traits.order_id]
        before = tuple(line.dispatched for line in order.lines)

        def allowed(way: Vector) -> bool:
            for line, units in zip(order.lines, way, strict=True):
                if line.pinned and units != line.dispatched:
                    return False
                if not self.policy.split_lines and units not in (0, line.dispatched):
                    return False
            nothing = all(line.pinned or not units for line, units in zip(order.lines, way, strict=True))
            return self.fits(order, way, has) and (nothing or way == before or self.part(order))

        best = max(filter(allowed, product(*(range(units + 1) for units in before))))
        self.give(order, best, has)
        ways = product(*(range(line.own + 1) for line in order.lines))
        fixed = [line.pinned for line in order.lines]
        kept = max(
            way
            for way in ways
            if self.fits(order, way, own)
            and all(
                not pin or units == line.own for pin, units, line in zip(fixed, way, order.lines, strict=True)
            )
        )
        self.give(order, kept, own)

    def gain(self, order: HeldOrder, *, only_all: bool = False) -> bool:
        has, own = self.has[order.traits.order_id], self.own[order.traits.order_id]
        everything = tuple(line.wanted for line in order.lines)
        before = tuple(has)

        def allowed(way: Vector) -> bool:
            if not self.policy.split_lines and any(
                units not in (line.wanted, had)
                for units, line, had in zip(way, order.lines, before, strict=True)
            ):
                return False
            beyond = [had + mine for had, mine in zip(before, own, strict=True)]
            if not self.fits(order, tuple(map(max, way, beyond)), beyond):
                return False
            if way == before:
                return True
            if order.waits_for is not None:
                return False
            return way == everything or (not only_all and self.part(order))

        ways = product(*(range(had, most + 1) for had, most in zip(before, everything, strict=True)))
        best = max(filter(allowed, ways))
        for place, line in enumerate(order.lines):
            gained = best[place] - before[place]
            used = min(gained, own[place])
            own[place] -= used
            self.left[line.sku_id] -= gained - used
            has[place] += gained
        return best == everything and order.waits_for is None

    def fits(self, order: HeldOrder, way: Vector, have: Sequence[int]) -> bool:
        needed = Counter[int]()
        for line, units, had in zip(order.lines, way, have, strict=True):
            needed[line.sku_id] += units - had
        return all(units <= self.left[sku] for sku, units in needed.items())

    def give(self, order: HeldOrder, way: Vector, have: list[int]) -> None:
        for place, line in enumerate(order.lines):
            self.left[line.sku_id] -= way[place] - have[place]
            have[place] = way[place]

    def part(self, order: HeldOrder) -> bool:
        """Whether B5 to B8 let a dispatch leave something of the order for a later one."""
        if not order.hold_is_over:
            return False
        if len({line.sku_id for line in order.lines}) == 1 and not self.policy.split_lines:
            return False
        if self.policy.kind is ShipmentPolicyKind.UP_TO:
            assert self.policy.max_dispatches is not None
            return order.dispatches_made <= self.policy.max_dispatches - 2
        return self.policy.kind is ShipmentPolicyKind.AS_AVAILABLE


def _own_sort(order: HeldOrder) -> float:
    traits = order.traits
    keys: dict[SegmentSort, Callable[[], float]] = {
        SegmentSort.RANK: lambda: 0,
        SegmentSort.OLDEST_FIRST: traits.ordered_at.timestamp,
        SegmentSort.NEWEST_FIRST: lambda: -traits.ordered_at.timestamp(),
        SegmentSort.SMALLEST_FIRST: lambda: traits.units,
        SegmentSort.LARGEST_FIRST: lambda: -traits.units,
    }
    return keys[order.segment.sort]()


@pytest.mark.rule("F3")
@given(pools(), FREE, policies())
def test_every_line_ends_as_trying_every_way_has_it(
    orders: list[HeldOrder], free: dict[int, int], policy: ShipmentPolicy
) -> None:
    oracle = Oracle(orders, free, policy)
    oracle.run(orders)

    made = plan(orders=orders, free=free, policy=policy)

    ends = {each.line_id: (each.dispatched_after, each.own_after) for each in made.decisions}
    assert ends == {
        line.line_id: (oracle.has[order.traits.order_id][place], oracle.own[order.traits.order_id][place])
        for order in orders
        for place, line in enumerate(order.lines)
    }


@pytest.mark.rule("F3")
@given(pools(), FREE, policies())
def test_what_a_strategy_promises_holds_for_every_line(
    orders: list[HeldOrder], free: dict[int, int], policy: ShipmentPolicy
) -> None:
    made = plan(orders=orders, free=free, policy=policy)

    for each in made.decisions:
        assert 0 <= each.dispatched_after <= each.wanted
        assert 0 <= each.own_after <= min(each.own_before, each.wanted - each.dispatched_after)
        if each.pinned or each.strategy in NEVER_LOSING:
            assert each.change >= 0
            assert each.dispatched_after >= each.dispatched_before
        if each.strategy in (Does.FILL, Does.LOSE, Does.SKIP):
            assert each.change <= 0
            assert each.dispatched_after <= each.dispatched_before
        if each.strategy is Does.LOSE and not each.pinned:
            assert (each.dispatched_after, each.own_after) == (0, 0)
        assert (each.reason is ReallocationReason.COMPLETE) == (each.dispatched_after == each.wanted)


@pytest.mark.rule("F3")
@given(pools(), FREE, policies())
def test_no_unit_is_made_or_lost(
    orders: list[HeldOrder], free: dict[int, int], policy: ShipmentPolicy
) -> None:
    made = plan(orders=orders, free=free, policy=policy)

    gained = Counter[int]()
    for each in made.decisions:
        gained[each.sku_id] += each.change
    assert all(units <= free.get(sku_id, 0) for sku_id, units in gained.items())


@pytest.mark.rule("F3")
@given(pools(), policies())
def test_nobody_loses_unless_somebody_gains_or_gives_up(
    orders: list[HeldOrder], policy: ShipmentPolicy
) -> None:
    made = plan(orders=orders, free={}, policy=policy)

    if all(each.dispatched_after <= each.dispatched_before for each in made.decisions):
        assert all(each.change == 0 for each in made.decisions if each.strategy is not Does.LOSE)


@pytest.mark.rule("F3")
@given(st.data(), pools(), FREE, policies())
def test_the_same_pool_is_shared_out_the_same_however_it_is_sorted(
    data: st.DataObject, orders: list[HeldOrder], free: dict[int, int], policy: ShipmentPolicy
) -> None:
    again = data.draw(st.permutations(orders))

    assert plan(orders=orders, free=free, policy=policy) == plan(orders=again, free=free, policy=policy)


@pytest.mark.rule("F3")
@given(pools(), FREE, policies())
def test_applied_to_what_it_left_a_plan_of_gaining_orders_changes_nothing(
    orders: list[HeldOrder], free: dict[int, int], policy: ShipmentPolicy
) -> None:
    gaining = [order for order in orders if order.segment.strategy in (Does.GAIN, Does.SKIP)]
    first = {each.line_id: each for each in plan(orders=gaining, free=free, policy=policy).decisions}
    left = dict(free)
    for each in first.values():
        left[each.sku_id] = left.get(each.sku_id, 0) - each.change
    after = [
        order._replace(
            lines=[
                line._replace(
                    dispatched=first[line.line_id].dispatched_after, own=first[line.line_id].own_after
                )
                for line in order.lines
            ]
        )
        for order in gaining
    ]

    assert all(each.change == 0 for each in plan(orders=after, free=left, policy=policy).decisions)
