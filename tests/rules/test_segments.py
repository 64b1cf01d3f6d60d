"""Which orders a segment takes, and which of them come first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.rules.segments import (
    OrderTraits,
    Segment,
    SegmentFilter,
    passes,
    segment_of,
    sort_key,
    unreachable,
)
from domain.rules.vocabulary import ConfirmationStrategy, SegmentSort

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORDER = OrderTraits(
    order_id=7,
    priority=5,
    ordered_at=NOW - timedelta(hours=10),
    order_type="WEB",
    shipping_agency="JNE",
    service=None,
    country="NL",
    store_id=2,
    sku_ids=frozenset({1, 3}),
    units=4,
)

PASSED = {
    "nothing asked for": SegmentFilter(),
    "priority at both bounds": SegmentFilter(priority_from=5, priority_to=5),
    "age at both bounds": SegmentFilter(min_age=timedelta(hours=10), max_age=timedelta(hours=10)),
    "one of the types": SegmentFilter(order_types=frozenset({"SHOP", "WEB"})),
    "a line of one of the SKUs": SegmentFilter(sku_ids=frozenset({3, 9})),
    "everything at once": SegmentFilter(
        store_ids=frozenset({2}), countries=frozenset({"NL"}), order_ids=frozenset({7})
    ),
}
REFUSED = {
    "priority too low": SegmentFilter(priority_from=6),
    "priority too high": SegmentFilter(priority_to=4),
    "too young": SegmentFilter(min_age=timedelta(hours=11)),
    "too old": SegmentFilter(max_age=timedelta(hours=9)),
    "another carrier": SegmentFilter(shipping_agencies=frozenset({"DHL"})),
    "an attribute it has not": SegmentFilter(services=frozenset({"EXPRESS"})),
    "none of the SKUs": SegmentFilter(sku_ids=frozenset({2})),
    "one condition of two": SegmentFilter(store_ids=frozenset({2}), countries=frozenset({"DE"})),
}


def segment(position: int, wanted: SegmentFilter) -> Segment:
    return Segment(position, ConfirmationStrategy.GAIN, SegmentSort.RANK, wanted)


@pytest.mark.rule("F3")
@pytest.mark.parametrize("wanted", PASSED.values(), ids=PASSED)
def test_an_order_that_has_all_a_filter_asks_for_passes(wanted: SegmentFilter) -> None:
    assert passes(ORDER, wanted, now=NOW)


@pytest.mark.rule("F3")
@pytest.mark.parametrize("wanted", REFUSED.values(), ids=REFUSED)
def test_an_order_that_lacks_anything_does_not_pass(wanted: SegmentFilter) -> None:
    assert not passes(ORDER, wanted, now=NOW)


@pytest.mark.rule("F3")
def test_an_order_belongs_to_the_first_segment_that_takes_it() -> None:
    segments = [
        segment(1, SegmentFilter(priority_from=9)),
        segment(2, SegmentFilter()),
        segment(3, SegmentFilter()),
    ]

    assert segment_of(ORDER, segments=segments, now=NOW) == segments[1]
    assert segment_of(ORDER, segments=segments[:1], now=NOW) is None


@pytest.mark.rule("F3")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (SegmentSort.RANK, [3, 1, 2]),
        (SegmentSort.OLDEST_FIRST, [1, 2, 3]),
        (SegmentSort.NEWEST_FIRST, [3, 1, 2]),
        (SegmentSort.SMALLEST_FIRST, [2, 3, 1]),
        (SegmentSort.LARGEST_FIRST, [1, 3, 2]),
    ],
)
def test_a_segment_is_served_in_its_sort_and_equals_by_rank(sort: SegmentSort, expected: list[int]) -> None:
    old = NOW - timedelta(days=2)
    orders = [
        ORDER._replace(order_id=1, priority=0, ordered_at=old, units=9),
        ORDER._replace(order_id=2, priority=0, ordered_at=old, units=1),
        ORDER._replace(order_id=3, priority=1, ordered_at=NOW, units=5),
    ]

    assert [order.order_id for order in sorted(orders, key=lambda order: sort_key(order, sort))] == expected


@pytest.mark.rule("F3")
@pytest.mark.parametrize("sort", [SegmentSort.RANK, SegmentSort.SMALLEST_FIRST, SegmentSort.LARGEST_FIRST])
def test_orders_that_are_alike_are_served_by_rank(sort: SegmentSort) -> None:
    orders = [
        ORDER._replace(order_id=2, ordered_at=NOW),
        ORDER._replace(order_id=3),
        ORDER._replace(order_id=1),
        ORDER._replace(order_id=4, priority=9, ordered_at=NOW),
    ]

    assert [order.order_id for order in sorted(orders, key=lambda order: sort_key(order, sort))] == [
        4,
        1,
        3,
        2,
    ]


@pytest.mark.rule("F3")
def test_a_segment_behind_one_that_takes_every_order_is_unreachable() -> None:
    everything, some = SegmentFilter(), SegmentFilter(priority_from=1)

    assert unreachable([segment(1, some), segment(2, everything)]) is None
    assert unreachable([segment(1, everything), segment(2, some)]) == 2
