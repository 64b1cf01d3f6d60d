"""Coverage: examples of each rule, and brute force that hands out stock one unit at a time."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.coverage import OpenLine, back_order_status, cover
from domain.rules.vocabulary import BackOrderMark, BackOrderStatus

BOLT, NUT, WASHER = 1, 2, 3
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

SKUS = st.integers(1, 4)
STOCK = st.dictionaries(SKUS, st.integers(0, 8))
REPLACEMENTS = st.dictionaries(SKUS, SKUS).map(
    lambda pairs: {sku: other for sku, other in pairs.items() if sku != other}
)


def line(
    line_id: int,
    sku_id: int,
    open_units: int,
    *,
    order_id: int = 1,
    priority: int = 0,
    ordered_at: datetime = MORNING,
) -> OpenLine:
    return OpenLine(line_id, order_id, sku_id, priority, ordered_at, open_units)


@st.composite
def open_lines(draw: st.DrawFn) -> list[OpenLine]:
    orders = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=4))
    ranked = st.sampled_from(list(enumerate(orders, start=1)))
    wants = draw(st.lists(st.tuples(ranked, SKUS, st.integers(1, 4)), max_size=8))
    return [
        line(
            line_id,
            sku_id,
            units,
            order_id=order_id,
            priority=priority,
            ordered_at=MORNING + timedelta(hours=hour),
        )
        for line_id, ((order_id, (priority, hour)), sku_id, units) in enumerate(wants, start=1)
    ]


def one_unit_at_a_time(
    demand: list[OpenLine], available: dict[int, int], replacements: dict[int, int]
) -> dict[int, int]:
    """Each unit on the shelf is an object; each wanted unit, best rank first, takes one or goes without."""
    shelf = [sku_id for sku_id, units in available.items() for _ in range(units)]
    missing = {wanting.line_id: 0 for wanting in demand}
    waiting = list(demand)
    while waiting:
        best = max(waiting, key=lambda w: (w.priority, MORNING - w.ordered_at, -w.order_id, -w.line_id))
        waiting.remove(best)
        for _ in range(best.open):
            if best.sku_id in shelf:
                shelf.remove(best.sku_id)
            elif replacements.get(best.sku_id) in shelf:
                shelf.remove(replacements[best.sku_id])
            else:
                missing[best.line_id] += 1
    return missing


@pytest.mark.rule("D1")
@pytest.mark.parametrize(
    ("open_units", "back_ordered", "status"),
    [
        (5, 5, BackOrderStatus.FULL),
        (5, 4, BackOrderStatus.PARTIAL),
        (5, 1, BackOrderStatus.PARTIAL),
        (5, 0, BackOrderStatus.NONE),
        (0, 0, BackOrderStatus.NONE),
    ],
)
def test_an_order_is_back_ordered_in_full_in_part_or_not_at_all(
    open_units: int, back_ordered: int, status: BackOrderStatus
) -> None:
    assert back_order_status(open_units=open_units, back_ordered=back_ordered) == status


@pytest.mark.rule("D9")
@pytest.mark.parametrize("back_ordered", [0, 2, 5])
def test_a_mark_decides_while_anything_is_open(back_ordered: int) -> None:
    def marked(mark: BackOrderMark, open_units: int) -> BackOrderStatus:
        return back_order_status(open_units=open_units, back_ordered=back_ordered, mark=mark)

    assert marked(BackOrderMark.BACK_ORDER, 5) == BackOrderStatus.FULL
    assert marked(BackOrderMark.NOT_BACK_ORDER, 5) == BackOrderStatus.NONE
    assert marked(BackOrderMark.BACK_ORDER, 0) == BackOrderStatus.NONE


@pytest.mark.rule("D1")
def test_a_line_is_back_ordered_by_what_available_stock_does_not_cover() -> None:
    demand = [line(1, BOLT, 5), line(2, NUT, 2), line(3, WASHER, 1)]
    assert cover(demand=demand, available={BOLT: 3, NUT: 2}) == {1: 2, 2: 0, 3: 1}


@pytest.mark.rule("D4")
def test_stock_covers_higher_priority_first_then_older_orders_then_lower_ids() -> None:
    newer = MORNING + timedelta(hours=1)
    demand = [
        line(50, BOLT, 1, order_id=5, ordered_at=newer),
        line(42, BOLT, 1, order_id=4),
        line(41, BOLT, 1, order_id=4),
        line(30, BOLT, 1, order_id=3),
        line(90, BOLT, 1, order_id=9, priority=1, ordered_at=newer),
    ]
    covered = cover(demand=demand, available={BOLT: 3})
    assert list(covered.items()) == [(90, 0), (30, 0), (41, 0), (42, 1), (50, 1)]


@pytest.mark.rule("D2")
def test_an_item_out_of_stock_is_not_back_ordered_when_its_replacement_has_stock() -> None:
    demand = [line(1, BOLT, 5)]
    assert cover(demand=demand, available={BOLT: 3, NUT: 9}, replacements={BOLT: NUT}) == {1: 0}
    assert cover(demand=demand, available={BOLT: 3, NUT: 9}) == {1: 2}


@pytest.mark.rule("D2")
def test_replacement_stock_is_consumed_once_and_goes_to_the_better_rank_whoever_wants_it() -> None:
    replacements = {BOLT: NUT, WASHER: NUT}
    demand = [line(1, BOLT, 2), line(2, NUT, 2, order_id=2), line(3, WASHER, 2, order_id=3)]
    assert cover(demand=demand, available={NUT: 3}, replacements=replacements) == {1: 0, 2: 1, 3: 2}


@pytest.mark.rule("D2")
def test_a_replacement_of_a_replacement_is_not_considered() -> None:
    demand = [line(1, BOLT, 1)]
    assert cover(demand=demand, available={WASHER: 1}, replacements={BOLT: NUT, NUT: WASHER}) == {1: 1}


@pytest.mark.rule("D1")
@pytest.mark.rule("D2")
@pytest.mark.rule("D4")
@given(open_lines(), STOCK, REPLACEMENTS)
def test_coverage_matches_handing_out_one_unit_at_a_time(
    demand: list[OpenLine], available: dict[int, int], replacements: dict[int, int]
) -> None:
    covered = cover(demand=demand, available=available, replacements=replacements)
    assert covered == one_unit_at_a_time(demand, available, replacements)


@given(open_lines(), STOCK, REPLACEMENTS)
def test_no_more_is_covered_than_is_available_and_no_line_beyond_what_it_wants(
    demand: list[OpenLine], available: dict[int, int], replacements: dict[int, int]
) -> None:
    covered = cover(demand=demand, available=available, replacements=replacements)
    assert all(0 <= covered[wanting.line_id] <= wanting.open for wanting in demand)
    units = sum(wanting.open - covered[wanting.line_id] for wanting in demand)
    assert units <= sum(available.values())


@given(open_lines(), STOCK, REPLACEMENTS)
def test_coverage_does_not_depend_on_how_the_lines_were_sorted(
    demand: list[OpenLine], available: dict[int, int], replacements: dict[int, int]
) -> None:
    forwards = cover(demand=demand, available=available, replacements=replacements)
    backwards = cover(demand=reversed(demand), available=available, replacements=replacements)
    assert list(forwards.items()) == list(backwards.items())


@pytest.mark.rule("D3")
@given(open_lines(), STOCK, SKUS)
def test_the_lines_of_one_sku_can_be_covered_without_the_rest_of_the_pool(
    demand: list[OpenLine], available: dict[int, int], sku_id: int
) -> None:
    of_the_sku = [wanting for wanting in demand if wanting.sku_id == sku_id]
    whole_pool = cover(demand=demand, available=available)
    alone = cover(demand=of_the_sku, available={sku_id: available.get(sku_id, 0)})
    assert alone == {wanting.line_id: whole_pool[wanting.line_id] for wanting in of_the_sku}


@pytest.mark.rule("D1")
@given(open_lines(), STOCK, STOCK)
def test_more_stock_never_leaves_a_line_worse_off(
    demand: list[OpenLine], available: dict[int, int], receipt: dict[int, int]
) -> None:
    before = cover(demand=demand, available=available)
    after = cover(demand=demand, available=Counter(available) + Counter(receipt))
    assert all(after[line_id] <= missing for line_id, missing in before.items())
