"""What each strategy does to an order, told by examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.rules.reallocation import HeldLine, HeldOrder, Reallocated, plan
from domain.rules.segments import OrderTraits, Segment, SegmentFilter
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import ConfirmationStrategy as Does
from domain.rules.vocabulary import ReallocationReason as Why
from domain.rules.vocabulary import SegmentSort, ShipmentPolicyKind

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEA, CUP = 1, 2
UP_TO_2 = ShipmentPolicy()


def line(sku_id: int, wanted: int, has: int = 0, *, own: int = 0, pinned: bool = False) -> HeldLine:
    return HeldLine(0, sku_id, wanted, has, own, pinned)


def order(
    order_id: int,
    strategy: Does,
    *lines: HeldLine,
    hold_is_over: bool = True,
    dispatches_made: int = 0,
    waits_for: Why | None = None,
    position: int = 1,
) -> HeldOrder:
    """An order that is the older the lower its id; its lines are numbered from ten times its id."""
    return HeldOrder(
        traits=OrderTraits(
            order_id,
            0,
            NOW + timedelta(minutes=order_id),
            *(None, None, None, None, None),
            sku_ids=frozenset(each.sku_id for each in lines),
            units=sum(each.wanted for each in lines),
        ),
        version=1,
        segment=Segment(position, strategy, SegmentSort.RANK, SegmentFilter()),
        waits_for=waits_for,
        hold_is_over=hold_is_over,
        dispatches_made=dispatches_made,
        lines=[each._replace(line_id=order_id * 10 + place) for place, each in enumerate(lines)],
    )


def shared_out(
    *orders: HeldOrder, free: dict[int, int] | None = None, policy: ShipmentPolicy = UP_TO_2
) -> dict[int, tuple[int, Why]]:
    """What each line has on dispatches afterwards, and why no more; by line id."""
    decisions = plan(orders=orders, free=free or {}, policy=policy).decisions
    return {each.line_id: (each.dispatched_after, each.reason) for each in decisions}


@pytest.mark.rule("F3")
def test_a_winning_order_gets_all_it_wants_from_those_that_may_lose() -> None:
    assert shared_out(
        order(1, Does.FILL, line(TEA, 3, 3)),
        order(2, Does.REDISTRIBUTE, line(TEA, 2, 2)),
        order(3, Does.WIN, line(TEA, 4)),
    ) == {
        10: (0, Why.TAKEN_BY_OTHERS),
        20: (0, Why.TAKEN_BY_OTHERS),
        30: (4, Why.COMPLETE),
    }


@pytest.mark.rule("F3")
def test_an_order_that_can_not_win_everything_is_unmet_and_gains_what_it_may() -> None:
    wanting = order(1, Does.WIN, line(TEA, 4), line(CUP, 2))

    made = plan(orders=[wanting], free={TEA: 3, CUP: 2}, policy=UP_TO_2)

    assert made.unmet == 1
    assert [(each.dispatched_after, each.reason) for each in made.decisions] == [
        (0, Why.NOT_ENOUGH_LEFT),
        (2, Why.COMPLETE),
    ]


@pytest.mark.rule("F3")
def test_a_delayed_order_gains_nothing_and_does_not_count_as_unmet() -> None:
    delayed = order(1, Does.WIN, line(TEA, 4, 1), waits_for=Why.DELAYED)

    made = plan(orders=[delayed], free={TEA: 9}, policy=UP_TO_2)

    assert (made.unmet, made.decisions[0].dispatched_after, made.decisions[0].reason) == (0, 1, Why.DELAYED)


@pytest.mark.rule("F3")
def test_a_gaining_order_keeps_its_own_and_takes_from_improving_ones() -> None:
    assert shared_out(
        order(1, Does.GAIN, line(TEA, 2, 2)),
        order(2, Does.IMPROVE, line(TEA, 3, 3)),
        order(3, Does.GAIN, line(TEA, 3)),
    ) == {10: (2, Why.COMPLETE), 30: (3, Why.COMPLETE), 20: (0, Why.TAKEN_BY_OTHERS)}


@pytest.mark.rule("F3")
def test_an_improving_order_loses_nothing_to_another_one() -> None:
    assert shared_out(order(1, Does.IMPROVE, line(TEA, 4)), order(2, Does.IMPROVE, line(TEA, 3, 3))) == {
        10: (0, Why.NOT_ENOUGH_LEFT),
        20: (3, Why.COMPLETE),
    }


@pytest.mark.rule("F3")
def test_redistributed_orders_are_served_by_rank_whoever_had_it_before() -> None:
    assert shared_out(
        order(1, Does.REDISTRIBUTE, line(TEA, 3)), order(2, Does.REDISTRIBUTE, line(TEA, 3, 3))
    ) == {10: (3, Why.COMPLETE), 20: (0, Why.TAKEN_BY_OTHERS)}


@pytest.mark.rule("F3")
def test_a_filling_order_gains_nothing_even_when_there_is_enough() -> None:
    assert shared_out(order(1, Does.FILL, line(TEA, 3, 1), line(CUP, 1)), free={TEA: 9, CUP: 9}) == {
        10: (1, Why.NOT_TO_GAIN),
        11: (0, Why.NOT_TO_GAIN),
    }


@pytest.mark.rule("F3")
def test_a_losing_order_ends_with_nothing_but_what_is_pinned() -> None:
    (unpinned, pinned) = plan(
        orders=[order(1, Does.LOSE, line(TEA, 3, 2, own=1), line(CUP, 4, 2, own=1, pinned=True))],
        free={},
        policy=UP_TO_2,
    ).decisions

    assert (unpinned.dispatched_after, unpinned.own_after, unpinned.reason) == (0, 0, Why.GIVEN_UP)
    assert (pinned.dispatched_after, pinned.own_after, pinned.reason) == (2, 1, Why.PINNED)


@pytest.mark.rule("F3")
def test_a_skipped_order_is_left_alone() -> None:
    assert shared_out(
        order(1, Does.WIN, line(TEA, 2)), order(2, Does.SKIP, line(TEA, 3, 2)), free={TEA: 1}
    ) == {10: (0, Why.NOT_ENOUGH_LEFT), 20: (2, Why.LEFT_ALONE)}


@pytest.mark.rule("F3")
def test_a_pinned_line_may_gain() -> None:
    assert shared_out(order(1, Does.REDISTRIBUTE, line(TEA, 3, 1, pinned=True)), free={TEA: 2}) == {
        10: (3, Why.COMPLETE)
    }


@pytest.mark.rule("F3")
@pytest.mark.rule("B5")
def test_an_order_on_hold_that_loses_a_line_gives_back_the_others() -> None:
    on_hold = order(2, Does.FILL, line(TEA, 2, 2), line(CUP, 1, 1), hold_is_over=False)

    assert shared_out(order(1, Does.WIN, line(TEA, 2)), on_hold) == {
        10: (2, Why.COMPLETE),
        20: (0, Why.TAKEN_BY_OTHERS),
        21: (0, Why.GIVEN_BACK_WITH_ORDER),
    }


@pytest.mark.rule("F3")
@pytest.mark.rule("B6")
def test_an_order_whose_hold_is_over_keeps_the_lines_that_nobody_took() -> None:
    held = order(2, Does.FILL, line(TEA, 2, 2), line(CUP, 1, 1))

    assert shared_out(order(1, Does.WIN, line(TEA, 2)), held) == {
        10: (2, Why.COMPLETE),
        20: (0, Why.TAKEN_BY_OTHERS),
        21: (1, Why.COMPLETE),
    }


@pytest.mark.rule("F3")
@pytest.mark.rule("B8")
def test_a_last_dispatch_that_loses_a_line_is_given_back_but_for_its_pinned_lines() -> None:
    last = order(
        2,
        Does.FILL,
        line(TEA, 2, 2),
        line(CUP, 1, 1),
        line(CUP, 4, 4, pinned=True),
        dispatches_made=1,
    )

    assert shared_out(order(1, Does.WIN, line(TEA, 2)), last) == {
        10: (2, Why.COMPLETE),
        20: (0, Why.TAKEN_BY_OTHERS),
        21: (0, Why.GIVEN_BACK_WITH_ORDER),
        22: (4, Why.COMPLETE),
    }


@pytest.mark.rule("F3")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"hold_is_over": False}, Why.HOLD_NOT_EXPIRED),
        ({"dispatches_made": 1}, Why.WAITING_FOR_REMAINDER),
        ({}, Why.COMPLETE),
    ],
)
def test_a_part_is_gained_only_where_a_run_could_give_it(changes: dict[str, int], why: Why) -> None:
    wanting = order(1, Does.GAIN, line(TEA, 2), line(CUP, 3), **changes)  # type: ignore[arg-type]

    assert shared_out(wanting, free={TEA: 2, CUP: 2}) == {
        10: (2 if why is Why.COMPLETE else 0, why),
        11: (0, Why.NOT_ENOUGH_LEFT),
    }


@pytest.mark.rule("F3")
@pytest.mark.rule("B7")
def test_a_line_is_given_whole_or_not_unless_lines_are_split() -> None:
    orders = [order(1, Does.GAIN, line(TEA, 5, 1))]

    assert shared_out(*orders, free={TEA: 3}) == {10: (1, Why.NOT_ENOUGH_LEFT)}
    assert shared_out(*orders, free={TEA: 3}, policy=ShipmentPolicy(split_lines=True)) == {
        10: (4, Why.NOT_ENOUGH_LEFT)
    }


@pytest.mark.rule("F3")
@pytest.mark.rule("D6")
def test_units_received_for_a_line_are_used_by_it_first_and_can_be_taken_with_it() -> None:
    mine = order(1, Does.GAIN, line(TEA, 3, own=2))
    theirs = order(2, Does.FILL, line(TEA, 4, own=4))

    decisions = plan(orders=[mine, theirs], free={}, policy=UP_TO_2).decisions

    assert [(each.dispatched_after, each.own_after) for each in decisions] == [(3, 0), (0, 3)]


@pytest.mark.rule("F3")
def test_within_a_strategy_the_first_segment_comes_first() -> None:
    assert shared_out(
        order(1, Does.GAIN, line(TEA, 2), position=2),
        order(2, Does.GAIN, line(TEA, 2), position=1),
        free={TEA: 2},
    ) == {20: (2, Why.COMPLETE), 10: (0, Why.NOT_ENOUGH_LEFT)}


@pytest.mark.rule("F3")
def test_decisions_come_in_the_order_of_turns_with_what_each_line_saw() -> None:
    decisions = plan(
        orders=[order(2, Does.GAIN, line(TEA, 2)), order(1, Does.WIN, line(TEA, 3))],
        free={TEA: 4},
        policy=UP_TO_2,
    ).decisions

    assert [(each.place, each.line_id, each.stock_seen, each.change) for each in decisions] == [
        (1, 10, 4, 3),
        (2, 20, 1, 0),
    ]
    assert isinstance(decisions[0], Reallocated)


@pytest.mark.rule("F3")
def test_every_line_is_told_of_in_full_and_in_the_order_of_the_turns() -> None:
    made = plan(
        orders=[
            order(2, Does.FILL, line(TEA, 1, 1), position=5),
            order(1, Does.GAIN, line(TEA, 2, 2), line(CUP, 3), position=4),
        ],
        free={CUP: 1},
        policy=UP_TO_2,
    )

    assert made.orders == 2
    assert made.decisions == [
        Reallocated(1, 4, Does.GAIN, 1, 1, 10, TEA, False, 2, 0, 2, 0, 2, 0, Why.COMPLETE),
        Reallocated(2, 4, Does.GAIN, 1, 1, 11, CUP, False, 3, 1, 0, 0, 0, 0, Why.NOT_ENOUGH_LEFT),
        Reallocated(3, 5, Does.FILL, 2, 1, 20, TEA, False, 1, 1, 1, 0, 1, 0, Why.COMPLETE),
    ]


@pytest.mark.rule("F3")
def test_lines_of_one_sku_share_what_is_left_of_it() -> None:
    wanting = order(1, Does.GAIN, line(TEA, 1), line(TEA, 1), line(TEA, 1), line(CUP, 1))

    assert shared_out(wanting, free={TEA: 2, CUP: 1}) == {
        10: (1, Why.COMPLETE),
        11: (1, Why.COMPLETE),
        12: (0, Why.NOT_ENOUGH_LEFT),
        13: (1, Why.COMPLETE),
    }


@pytest.mark.rule("F3")
def test_what_an_order_gives_back_as_a_whole_is_there_for_the_next_one() -> None:
    all_or_nothing = ShipmentPolicy(kind=ShipmentPolicyKind.ALL_OR_NOTHING, max_dispatches=None)

    assert shared_out(
        order(1, Does.WIN, line(TEA, 2)),
        order(2, Does.IMPROVE, line(TEA, 2, 2), line(CUP, 3, 3)),
        order(3, Does.REDISTRIBUTE, line(CUP, 4)),
        free={CUP: 1},
        policy=all_or_nothing,
    ) == {
        10: (2, Why.COMPLETE),
        20: (0, Why.TAKEN_BY_OTHERS),
        21: (0, Why.GIVEN_BACK_WITH_ORDER),
        30: (4, Why.COMPLETE),
    }


@pytest.mark.rule("F3")
@pytest.mark.parametrize(("split_lines", "left_over"), [(False, 0), (True, 2)])
def test_of_a_line_that_others_took_from_the_rest_is_taken_back_where_lines_are_split(
    split_lines: bool, left_over: int
) -> None:
    assert shared_out(
        order(1, Does.WIN, line(TEA, 1)),
        order(2, Does.FILL, line(TEA, 3, 3), line(CUP, 1, 1)),
        policy=ShipmentPolicy(split_lines=split_lines),
    ) == {
        10: (1, Why.COMPLETE),
        20: (left_over, Why.TAKEN_BY_OTHERS),
        21: (1, Why.COMPLETE),
    }


@pytest.mark.rule("F3")
@pytest.mark.rule("D6")
def test_units_received_for_a_line_are_lost_to_who_wins_and_to_nobody_else() -> None:
    made = plan(
        orders=[
            order(1, Does.WIN, line(TEA, 1)),
            order(2, Does.FILL, line(TEA, 3, own=2)),
            order(3, Does.FILL, line(CUP, 3, own=2)),
        ],
        free={},
        policy=UP_TO_2,
    )

    assert [(each.line_id, each.own_after, each.reason) for each in made.decisions] == [
        (10, 0, Why.COMPLETE),
        (20, 1, Why.TAKEN_BY_OTHERS),
        (30, 2, Why.NOT_TO_GAIN),
    ]


@pytest.mark.rule("F3")
def test_an_order_that_can_not_win_everything_takes_nothing_from_one_that_can() -> None:
    made = plan(
        orders=[order(1, Does.WIN, line(TEA, 4), line(CUP, 1)), order(2, Does.WIN, line(TEA, 2))],
        free={TEA: 3, CUP: 1},
        policy=ShipmentPolicy(split_lines=True),
    )

    assert made.unmet == 1
    assert {each.line_id: each.dispatched_after for each in made.decisions} == {10: 1, 11: 1, 20: 2}


@pytest.mark.rule("F3")
def test_an_order_that_lacks_nothing_leaves_nothing_behind() -> None:
    assert shared_out(order(1, Does.GAIN, line(TEA, 2, 2)), order(2, Does.GAIN, line(TEA, 1))) == {
        10: (2, Why.COMPLETE),
        20: (0, Why.NOT_ENOUGH_LEFT),
    }
