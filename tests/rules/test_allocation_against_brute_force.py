"""The plan against an oracle without an algorithm: it tries every way to fill an order and reads the rules.

The oracle takes the best-ranked waiting order, looks at all the quantities that could be given
to its lines, throws out those that a sentence of the requirements forbids, and keeps the one
that serves earlier lines first.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules.allocation import Decision, DemandLine, DemandOrder, plan
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import AllocationReason, ShipmentPolicyKind

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SKUS = st.integers(1, 3)
SUPPLY = st.dictionaries(SKUS, st.integers(0, 8))
HOURS = st.integers(-3, 3).map(lambda hours: timedelta(hours=hours))


@st.composite
def policies(draw: st.DrawFn) -> ShipmentPolicy:
    kind = draw(st.sampled_from(ShipmentPolicyKind))
    most = draw(st.integers(1, 3)) if kind == ShipmentPolicyKind.UP_TO else None
    return ShipmentPolicy(kind=kind, max_dispatches=most, split_lines=draw(st.booleans()))


@st.composite
def queues(draw: st.DrawFn) -> list[DemandOrder]:
    wants = draw(st.lists(st.lists(st.tuples(SKUS, st.integers(1, 4)), min_size=1, max_size=3), max_size=5))
    queue = [
        DemandOrder(
            order_id=order_id,
            version=draw(st.integers(1, 3)),
            priority=draw(st.integers(0, 1)),
            ordered_at=NOW - timedelta(days=1) + draw(HOURS),
            accepted_at=NOW - timedelta(hours=6),
            hold=timedelta(hours=6) + draw(HOURS),
            delayed_until=draw(st.none() | HOURS.map(NOW.__add__)),
            dispatches_made=draw(st.integers(0, 3)),
            lines=[DemandLine(order_id * 10 + n, sku, quantity) for n, (sku, quantity) in enumerate(lines)],
        )
        for order_id, lines in enumerate(wants, start=1)
    ]
    return draw(st.permutations(queue))


def in_rank_order(queue: Sequence[DemandOrder]) -> list[DemandOrder]:
    """Stable sorts by the least significant criterion first, rather than by one key."""
    ranked = sorted(queue, key=lambda order: order.order_id)
    ranked.sort(key=lambda order: order.ordered_at)
    ranked.sort(key=lambda order: order.priority, reverse=True)
    return ranked


def is_delayed(order: DemandOrder) -> bool:
    return order.delayed_until is not None and order.delayed_until > NOW


def is_on_hold(order: DemandOrder) -> bool:
    return NOW - order.accepted_at < order.hold


def is_last_dispatch(order: DemandOrder, policy: ShipmentPolicy) -> bool:
    if policy.kind == ShipmentPolicyKind.AS_AVAILABLE:
        return False
    most = policy.max_dispatches if policy.kind == ShipmentPolicyKind.UP_TO else 1
    assert most is not None
    return order.dispatches_made >= most - 1


def is_of_one_sku(order: DemandOrder) -> bool:
    return len(Counter(line.sku_id for line in order.lines)) == 1


def is_allowed(
    order: DemandOrder, quantities: tuple[int, ...], shelf: Counter[int], policy: ShipmentPolicy
) -> bool:
    """Whether the requirements let an order be given these quantities of its lines, in line order."""
    taken: Counter[int] = Counter()
    for line, quantity in zip(order.lines, quantities, strict=True):
        taken[line.sku_id] += quantity
        if not policy.split_lines and quantity not in (0, line.open):
            return False
    if not taken <= shelf:
        return False
    if not any(quantities):
        return True
    if is_delayed(order):
        return False
    if quantities == tuple(line.open for line in order.lines):
        return True
    if is_of_one_sku(order) and not policy.split_lines:
        return False
    return not is_on_hold(order) and not is_last_dispatch(order, policy)


def brute_force(
    queue: Sequence[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> dict[int, int]:
    """Units given by line id."""
    shelf = Counter(supply)
    given_by_line: dict[int, int] = {}
    for order in in_rank_order(queue):
        every_way = product(*(range(line.open + 1) for line in order.lines))
        # Tuples compare from the left, so the greatest serves earlier lines first.
        best = max(way for way in every_way if is_allowed(order, way, shelf, policy))
        for line, quantity in zip(order.lines, best, strict=True):
            shelf[line.sku_id] -= quantity
            given_by_line[line.line_id] = quantity
    return given_by_line


@pytest.mark.rule("B4")
@pytest.mark.rule("B5")
@pytest.mark.rule("B6")
@pytest.mark.rule("B7")
@pytest.mark.rule("B8")
@pytest.mark.rule("D4")
@settings(max_examples=400, deadline=None)
@given(queues(), SUPPLY, policies())
def test_greedy_matches_brute_force(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> None:
    result = plan(demand=queue, supply=supply, policy=policy, now=NOW)
    assert {d.line_id: d.given for d in result.decisions} == brute_force(queue, supply, policy)


def reasons_that_hold(
    decision: Decision, order: DemandOrder, supply: dict[int, int], policy: ShipmentPolicy
) -> list[AllocationReason]:
    """Every reason whose description is true of the line; a line must have exactly one."""
    some = decision.stock_seen > 0
    enough = decision.stock_seen >= decision.wanted or (some and policy.split_lines)
    unsplit_single = is_of_one_sku(order) and not policy.split_lines
    nothing, delayed, on_hold = decision.given == 0, is_delayed(order), is_on_hold(order)
    could = nothing and some and not delayed
    statements = {
        AllocationReason.ALLOCATED: not nothing,
        AllocationReason.DELAYED: delayed,
        AllocationReason.NOTHING_AVAILABLE: not delayed and supply.get(decision.sku_id, 0) == 0,
        AllocationReason.SERVED_BEFORE_BY_OTHERS: not delayed
        and not some
        and supply.get(decision.sku_id, 0) > 0,
        AllocationReason.RETURNED_SINGLE_SKU_PARTIAL: could and unsplit_single,
        AllocationReason.RETURNED_LINE_PARTIAL: could and not unsplit_single and not enough,
        AllocationReason.RETURNED_HOLD_NOT_EXPIRED: could and not unsplit_single and enough and on_hold,
        AllocationReason.WAITING_FOR_REMAINDER: could
        and not unsplit_single
        and enough
        and not on_hold
        and is_last_dispatch(order, policy),
    }
    return [reason for reason, holds in statements.items() if holds]


@pytest.mark.rule("F1")
@settings(max_examples=300, deadline=None)
@given(queues(), SUPPLY, policies())
def test_every_line_has_the_one_reason_that_is_true_of_it_and_saw_what_was_left_at_its_turn(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> None:
    orders = {order.order_id: order for order in queue}
    taken: Counter[int] = Counter()
    for decision in plan(demand=queue, supply=supply, policy=policy, now=NOW).decisions:
        assert decision.stock_seen == supply.get(decision.sku_id, 0) - taken[decision.sku_id]
        taken[decision.sku_id] += decision.given
        assert reasons_that_hold(decision, orders[decision.order_id], supply, policy) == [decision.reason]


@pytest.mark.rule("F1")
@given(queues(), SUPPLY, policies())
def test_the_record_is_complete_and_in_rank_order(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> None:
    result = plan(demand=queue, supply=supply, policy=policy, now=NOW)
    walked = [
        (order_rank, order.order_id, order.version, *line)
        for order_rank, order in enumerate(in_rank_order(queue), start=1)
        for line in order.lines
    ]
    assert [decision[1:7] for decision in result.decisions] == walked
    assert [decision.rank for decision in result.decisions] == list(range(1, len(walked) + 1))


@given(queues(), SUPPLY, policies())
def test_outcomes_and_totals_say_what_the_lines_say(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> None:
    result = plan(demand=queue, supply=supply, policy=policy, now=NOW)
    outcomes = {}
    for order in queue:
        lines = [decision for decision in result.decisions if decision.order_id == order.order_id]
        if all(line.given == line.wanted for line in lines):
            outcomes[order.order_id] = "COMMITTED"
        else:
            outcomes[order.order_id] = "BACK_ORDERED" if any(line.given for line in lines) else "RETURNED"
    assert {decided.order_id: decided.outcome for decided in result.orders} == outcomes
    tally = Counter(outcomes.values())
    assert result.totals == (len(queue), tally["COMMITTED"], tally["BACK_ORDERED"], tally["RETURNED"])
    assert result.totals.dispatches == tally["COMMITTED"] + tally["BACK_ORDERED"]


@given(queues(), SUPPLY, policies())
def test_no_sku_is_ever_oversold(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> None:
    sold: Counter[int] = Counter()
    for decision in plan(demand=queue, supply=supply, policy=policy, now=NOW).decisions:
        sold[decision.sku_id] += decision.given
    assert sold <= Counter(supply)


@given(queues(), SUPPLY, policies())
def test_the_plan_does_not_depend_on_how_the_queue_was_sorted(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> None:
    forwards = plan(demand=queue, supply=supply, policy=policy, now=NOW)
    assert plan(demand=reversed(queue), supply=supply, policy=policy, now=NOW) == forwards


@pytest.mark.rule("D4")
@given(queues(), SUPPLY, policies(), st.integers(0, 5))
def test_orders_with_a_worse_rank_change_nothing_for_those_before_them(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy, first: int
) -> None:
    alone = plan(demand=in_rank_order(queue)[:first], supply=supply, policy=policy, now=NOW)
    everyone = plan(demand=queue, supply=supply, policy=policy, now=NOW)
    assert alone.decisions == everyone.decisions[: len(alone.decisions)]


@pytest.mark.rule("D4")
@given(queues(), SUPPLY, policies())
def test_a_line_goes_without_while_a_later_one_is_served_only_where_a_rule_returned_it(
    queue: list[DemandOrder], supply: dict[int, int], policy: ShipmentPolicy
) -> None:
    decisions = plan(demand=queue, supply=supply, policy=policy, now=NOW).decisions
    overtaken = {
        line.reason
        for position, line in enumerate(decisions)
        if not line.given
        and any(later.given for later in decisions[position:] if later.sku_id == line.sku_id)
    }
    assert overtaken <= {
        AllocationReason.DELAYED,
        AllocationReason.RETURNED_HOLD_NOT_EXPIRED,
        AllocationReason.RETURNED_SINGLE_SKU_PARTIAL,
        AllocationReason.RETURNED_LINE_PARTIAL,
        AllocationReason.WAITING_FOR_REMAINDER,
    }


@pytest.mark.rule("B8")
@given(queues(), st.lists(SUPPLY, max_size=6), policies())
def test_over_many_runs_no_order_takes_more_dispatches_than_its_policy_allows(
    queue: list[DemandOrder], receipts: list[dict[int, int]], policy: ShipmentPolicy
) -> None:
    waiting = [order._replace(dispatches_made=0) for order in queue]
    shelf: Counter[int] = Counter()
    made: Counter[int] = Counter()
    for receipt in receipts:
        shelf.update(receipt)
        result = plan(demand=waiting, supply=shelf, policy=policy, now=NOW)
        given_by_line = {decision.line_id: decision.given for decision in result.decisions}
        for decision in result.decisions:
            shelf[decision.sku_id] -= decision.given
        made.update(decided.order_id for decided in result.orders if decided.outcome != "RETURNED")
        waiting = [
            order._replace(dispatches_made=made[order.order_id], lines=left)
            for order in waiting
            if (
                left := [
                    line._replace(open=line.open - given_by_line[line.line_id])
                    for line in order.lines
                    if line.open > given_by_line[line.line_id]
                ]
            )
        ]
    if policy.kind != ShipmentPolicyKind.AS_AVAILABLE:
        assert all(count <= (policy.max_dispatches or 1) for count in made.values())
