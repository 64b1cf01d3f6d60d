"""The Order Processor's decisions, one rule at a time. SKUs are numbers with names, quantities are units."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.rules.allocation import DemandLine, DemandOrder, OrderOutcome, Plan, Totals, plan
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import AllocationReason, ShipmentPolicyKind

BOLT, NUT, WASHER = 1, 2, 3
ACCEPTED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOLD = timedelta(hours=24)
BEFORE_EXPIRY = ACCEPTED + HOLD - timedelta(microseconds=1)
EXPIRY = ACCEPTED + HOLD

DEFAULT = ShipmentPolicy()
SPLIT_LINES = ShipmentPolicy(split_lines=True)
AS_AVAILABLE = ShipmentPolicy(kind=ShipmentPolicyKind.AS_AVAILABLE, max_dispatches=None)
ALL_OR_NOTHING = ShipmentPolicy(kind=ShipmentPolicyKind.ALL_OR_NOTHING, max_dispatches=None)


def order(
    order_id: int,
    *wants: tuple[int, int],
    priority: int = 0,
    ordered_at: datetime = ACCEPTED,
    delayed_until: datetime | None = None,
    dispatches_made: int = 0,
) -> DemandOrder:
    """An order that wants (SKU, quantity) in each of its lines, numbered 11, 12, … in order 1."""
    lines = [DemandLine(order_id * 10 + n, sku, quantity) for n, (sku, quantity) in enumerate(wants, 1)]
    return DemandOrder(
        order_id=order_id,
        version=1,
        priority=priority,
        ordered_at=ordered_at,
        accepted_at=ACCEPTED,
        hold=HOLD,
        delayed_until=delayed_until,
        dispatches_made=dispatches_made,
        lines=lines,
    )


def run(
    *demand: DemandOrder, supply: dict[int, int], policy: ShipmentPolicy = DEFAULT, now: datetime = EXPIRY
) -> Plan:
    return plan(demand=demand, supply=supply, policy=policy, now=now)


def given(result: Plan) -> dict[int, int]:
    return {decision.line_id: decision.given for decision in result.decisions}


def reasons(result: Plan) -> dict[int, str]:
    return {decision.line_id: decision.reason for decision in result.decisions}


def outcomes(result: Plan) -> dict[int, str]:
    return {decided.order_id: decided.outcome for decided in result.orders}


@pytest.mark.rule("B3")
def test_part_of_an_order_goes_at_the_very_moment_its_hold_expires_and_not_before() -> None:
    half_there = order(1, (BOLT, 2), (NUT, 2))
    assert given(run(half_there, supply={BOLT: 2}, now=BEFORE_EXPIRY)) == {11: 0, 12: 0}
    assert given(run(half_there, supply={BOLT: 2}, now=EXPIRY)) == {11: 2, 12: 0}


@pytest.mark.rule("B3")
def test_each_order_is_judged_by_its_own_hold() -> None:
    patient = order(1, (BOLT, 1), (WASHER, 1))._replace(hold=timedelta(days=7))
    hurried = order(2, (BOLT, 1), (WASHER, 1))._replace(hold=timedelta(0))
    assert given(run(patient, hurried, supply={BOLT: 1}, now=ACCEPTED)) == {11: 0, 12: 0, 21: 1, 22: 0}


@pytest.mark.rule("B4")
def test_an_order_that_is_all_there_goes_in_one_dispatch_without_waiting_for_its_hold() -> None:
    result = run(order(1, (BOLT, 2), (NUT, 3)), supply={BOLT: 2, NUT: 5}, now=ACCEPTED)
    assert given(result) == {11: 2, 12: 3}
    assert reasons(result) == {11: "ALLOCATED", 12: "ALLOCATED"}
    assert outcomes(result) == {1: "COMMITTED"}
    assert result.totals == Totals(examined=1, committed=1, back_ordered=0, returned=0)
    assert result.totals.dispatches == 1


@pytest.mark.rule("B4")
def test_lines_of_one_sku_are_added_up_before_an_order_counts_as_all_there() -> None:
    twice = order(1, (BOLT, 2), (NUT, 1), (BOLT, 2))
    assert outcomes(run(twice, supply={BOLT: 4, NUT: 1}, now=ACCEPTED)) == {1: "COMMITTED"}
    assert outcomes(run(twice, supply={BOLT: 3, NUT: 1}, now=ACCEPTED)) == {1: "RETURNED"}


@pytest.mark.rule("B5")
def test_an_incomplete_order_goes_back_to_the_queue_while_its_hold_runs() -> None:
    result = run(order(1, (BOLT, 2), (NUT, 2)), supply={BOLT: 5}, now=BEFORE_EXPIRY)
    assert given(result) == {11: 0, 12: 0}
    assert reasons(result) == {11: "RETURNED_HOLD_NOT_EXPIRED", 12: "NOTHING_AVAILABLE"}
    assert outcomes(result) == {1: "RETURNED"}


@pytest.mark.rule("B5")
def test_nothing_is_reserved_for_an_order_that_went_back_to_the_queue() -> None:
    result = run(order(1, (BOLT, 2), (NUT, 2)), order(2, (BOLT, 2)), supply={BOLT: 2}, now=BEFORE_EXPIRY)
    assert given(result) == {11: 0, 12: 0, 21: 2}


@pytest.mark.rule("B6")
def test_after_the_hold_the_lines_that_can_be_filled_whole_go_and_the_order_is_a_back_order() -> None:
    result = run(order(1, (BOLT, 2), (NUT, 2), (WASHER, 2)), supply={BOLT: 2, NUT: 1})
    assert given(result) == {11: 2, 12: 0, 13: 0}
    assert reasons(result) == {11: "ALLOCATED", 12: "RETURNED_LINE_PARTIAL", 13: "NOTHING_AVAILABLE"}
    assert outcomes(result) == {1: "BACK_ORDERED"}
    assert result.totals == Totals(examined=1, committed=0, back_ordered=1, returned=0)


@pytest.mark.rule("B6")
def test_lines_of_one_sku_compete_for_it_in_line_order() -> None:
    result = run(order(1, (BOLT, 4), (BOLT, 2), (BOLT, 1), (NUT, 1)), supply={BOLT: 3})
    assert given(result) == {11: 0, 12: 2, 13: 1, 14: 0}
    assert [decision.stock_seen for decision in result.decisions] == [3, 3, 1, 0]


@pytest.mark.rule("B6")
def test_an_order_of_which_nothing_is_there_stays_queued_when_its_hold_expires() -> None:
    assert outcomes(run(order(1, (BOLT, 2), (NUT, 2)), supply={BOLT: 1})) == {1: "RETURNED"}


@pytest.mark.rule("B6")
def test_the_rest_of_a_back_order_goes_when_it_becomes_available() -> None:
    rest = order(1, (NUT, 2), (WASHER, 1), dispatches_made=1)
    assert outcomes(run(rest, supply={NUT: 2, WASHER: 1})) == {1: "COMMITTED"}


@pytest.mark.rule("B7")
@pytest.mark.parametrize("now", [BEFORE_EXPIRY, EXPIRY])
def test_an_order_of_one_sku_stays_queued_until_all_of_it_fits(now: datetime) -> None:
    short = run(order(1, (BOLT, 3)), supply={BOLT: 2}, now=now)
    assert given(short) == {11: 0}
    assert reasons(short) == {11: "RETURNED_SINGLE_SKU_PARTIAL"}
    assert given(run(order(1, (BOLT, 3)), supply={BOLT: 3}, now=now)) == {11: 3}


@pytest.mark.rule("B7")
def test_an_order_of_one_sku_in_several_lines_is_not_split_between_them() -> None:
    result = run(order(1, (BOLT, 1), (BOLT, 2)), supply={BOLT: 2}, policy=AS_AVAILABLE)
    assert given(result) == {11: 0, 12: 0}
    assert set(reasons(result).values()) == {"RETURNED_SINGLE_SKU_PARTIAL"}


@pytest.mark.rule("B8")
def test_by_default_the_second_dispatch_waits_for_everything_left() -> None:
    rest = order(1, (BOLT, 1), (NUT, 1), dispatches_made=1)
    result = run(rest, supply={BOLT: 1})
    assert given(result) == {11: 0, 12: 0}
    assert reasons(result) == {11: "WAITING_FOR_REMAINDER", 12: "NOTHING_AVAILABLE"}


@pytest.mark.rule("B8")
@pytest.mark.parametrize(
    ("policy", "dispatches_made", "goes"),
    [
        (ALL_OR_NOTHING, 0, 0),
        (ShipmentPolicy(max_dispatches=1), 0, 0),
        (ShipmentPolicy(max_dispatches=3), 1, 1),
        (ShipmentPolicy(max_dispatches=3), 2, 0),
        (AS_AVAILABLE, 0, 1),
        (AS_AVAILABLE, 99, 1),
    ],
)
def test_a_policy_decides_how_many_dispatches_an_order_may_take(
    policy: ShipmentPolicy, dispatches_made: int, goes: int
) -> None:
    incomplete = order(1, (BOLT, 1), (NUT, 1), dispatches_made=dispatches_made)
    assert given(run(incomplete, supply={BOLT: 1}, policy=policy)) == {11: goes, 12: 0}


@pytest.mark.rule("B8")
def test_an_order_beyond_its_dispatches_gets_everything_left_in_one_more() -> None:
    over = order(1, (BOLT, 1), (NUT, 1), dispatches_made=5)
    assert given(run(over, supply={BOLT: 1, NUT: 1})) == {11: 1, 12: 1}


@pytest.mark.rule("B8")
def test_where_lines_may_be_split_an_order_of_one_sku_takes_what_is_there_after_its_hold() -> None:
    single = order(1, (BOLT, 5))
    assert given(run(single, supply={BOLT: 3}, policy=SPLIT_LINES)) == {11: 3}
    held = run(single, supply={BOLT: 3}, policy=SPLIT_LINES, now=BEFORE_EXPIRY)
    assert reasons(held) == {11: "RETURNED_HOLD_NOT_EXPIRED"}
    last = run(single._replace(dispatches_made=1), supply={BOLT: 3}, policy=SPLIT_LINES)
    assert reasons(last) == {11: "WAITING_FOR_REMAINDER"}


@pytest.mark.rule("B8")
@pytest.mark.parametrize(
    ("kind", "max_dispatches", "why"),
    [
        (ShipmentPolicyKind.UP_TO, None, "^max_dispatches belongs to UP_TO, and UP_TO needs it$"),
        (ShipmentPolicyKind.AS_AVAILABLE, 2, "^max_dispatches belongs to UP_TO, and UP_TO needs it$"),
        (ShipmentPolicyKind.UP_TO, 0, "^max_dispatches must be at least 1$"),
    ],
)
def test_a_policy_that_contradicts_itself_cannot_be_made(
    kind: ShipmentPolicyKind, max_dispatches: int | None, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        ShipmentPolicy(kind=kind, max_dispatches=max_dispatches)


@pytest.mark.rule("D4")
def test_stock_goes_to_the_higher_priority_then_to_the_older_order_then_to_the_lower_id() -> None:
    newer = ACCEPTED + timedelta(seconds=1)
    queue = [
        order(4, (BOLT, 1), ordered_at=newer),
        order(3, (BOLT, 1)),
        order(2, (BOLT, 1)),
        order(1, (BOLT, 1), ordered_at=newer),
        order(9, (BOLT, 1), ordered_at=newer, priority=1),
    ]
    result = run(*queue, supply={BOLT: 3})
    assert [(decision.order_id, decision.given) for decision in result.decisions] == [
        (9, 1),
        (2, 1),
        (3, 1),
        (1, 0),
        (4, 0),
    ]


@pytest.mark.rule("D5")
def test_a_delayed_order_is_passed_over_until_its_date_and_the_next_one_takes_the_stock() -> None:
    delayed = order(1, (BOLT, 1), delayed_until=EXPIRY)
    early = run(delayed, order(2, (BOLT, 1)), supply={BOLT: 1}, now=BEFORE_EXPIRY)
    assert reasons(early) == {11: "DELAYED", 21: "ALLOCATED"}
    assert given(run(delayed, order(2, (BOLT, 1)), supply={BOLT: 1}, now=EXPIRY)) == {11: 1, 21: 0}


@pytest.mark.rule("F1")
def test_every_line_is_explained_by_its_rank_the_stock_it_saw_what_it_got_and_why() -> None:
    first = order(7, (BOLT, 2), (NUT, 1), priority=1)
    second = order(8, (BOLT, 2), (NUT, 1))._replace(version=4)
    result = run(first, second, supply={BOLT: 3, NUT: 1})
    assert result.decisions == [
        (1, 1, 7, 1, 71, BOLT, 2, 3, 2, AllocationReason.ALLOCATED),
        (2, 1, 7, 1, 72, NUT, 1, 1, 1, AllocationReason.ALLOCATED),
        (3, 2, 8, 4, 81, BOLT, 2, 1, 0, AllocationReason.RETURNED_LINE_PARTIAL),
        (4, 2, 8, 4, 82, NUT, 1, 0, 0, AllocationReason.SERVED_BEFORE_BY_OTHERS),
    ]
    assert result.orders == [(1, 7, 1, OrderOutcome.COMMITTED), (2, 8, 4, OrderOutcome.RETURNED)]


@pytest.mark.rule("F1")
def test_who_was_served_before_a_line_can_be_read_from_the_record() -> None:
    result = run(order(1, (BOLT, 2)), order(2, (NUT, 1)), order(3, (BOLT, 1)), supply={BOLT: 2, NUT: 1})
    late = result.decisions[-1]
    assert late.reason == "SERVED_BEFORE_BY_OTHERS"
    before = [d for d in result.decisions if d.sku_id == late.sku_id and d.rank < late.rank and d.given]
    assert [(decision.order_id, decision.given) for decision in before] == [(1, 2)]


def test_an_empty_queue_makes_an_empty_plan() -> None:
    totals = Totals(examined=0, committed=0, back_ordered=0, returned=0)
    assert run(supply={BOLT: 9}) == Plan([], [], totals, DEFAULT)
