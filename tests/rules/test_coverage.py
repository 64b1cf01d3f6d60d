"""Coverage: examples of each rule, and brute force that hands out stock one unit at a time."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.coverage import OpenLine, Standing, back_order_status, cover, cover_new
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
        line(50, BOLT, 1, order_id=2, ordered_at=newer),
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


@pytest.mark.rule("D3")
@given(open_lines(), STOCK, REPLACEMENTS)
def test_lines_behind_as_many_units_as_there_are_get_nothing_and_need_not_be_looked_at(
    demand: list[OpenLine], available: dict[int, int], replacements: dict[int, int]
) -> None:
    reached = []
    for sku_id in {wanting.sku_id for wanting in demand}:
        units = available.get(sku_id, 0) + available.get(replacements.get(sku_id, 0), 0)
        for wanting in ranked(demand):
            if wanting.sku_id == sku_id and units > 0:
                reached.append(wanting)
                units -= wanting.open

    everybody = cover(demand=demand, available=available, replacements=replacements)
    nobody_else = {wanting.line_id: wanting.open for wanting in demand}
    assert nobody_else | cover(demand=reached, available=available, replacements=replacements) == everybody


@pytest.mark.rule("D3")
@given(open_lines(), STOCK, st.data())
def test_lines_that_are_covered_as_all_before_them_can_be_left_out_with_their_units(
    demand: list[OpenLine], available: dict[int, int], data: st.DataObject
) -> None:
    everybody = cover(demand=demand, available=available)
    left, units, kept = dict(available), dict(available), []
    for wanting in ranked(demand):
        units[wanting.sku_id] = units.get(wanting.sku_id, 0) - wanting.open
        if units[wanting.sku_id] >= 0 and data.draw(st.booleans(), "left out"):
            left[wanting.sku_id] -= wanting.open
            assert everybody[wanting.line_id] == 0
        else:
            kept.append(wanting)

    others = cover(demand=kept, available=left)

    assert others == {wanting.line_id: everybody[wanting.line_id] for wanting in kept}


@pytest.mark.rule("D3")
@given(open_lines(), open_lines(), STOCK)
def test_new_lines_are_told_what_they_lack_as_if_everybody_were_covered_anew(
    waiting: list[OpenLine], arriving: list[OpenLine], available: dict[int, int]
) -> None:
    new = [
        coming._replace(line_id=coming.line_id + 100, order_id=coming.order_id + 100) for coming in arriving
    ]
    before = cover(demand=waiting, available=available)
    after = cover(demand=[*waiting, *new], available=available)

    told = cover_new(new=new, standing=standing(waiting, before, available))

    assert told == {line_id: after[line_id] for line_id in told}
    decided = {coming.sku_id for coming in new if coming.line_id in told}
    assert {coming.line_id for coming in new if coming.sku_id in decided} == told.keys()
    unmoved = [wanting.line_id for wanting in waiting if wanting.sku_id in decided]
    assert [before[line_id] for line_id in unmoved] == [after[line_id] for line_id in unmoved]


@pytest.mark.rule("D3")
def test_a_new_line_is_covered_by_what_is_left_and_one_behind_a_back_ordered_line_by_nothing() -> None:
    early, late = (0, MORNING), (0, MORNING + timedelta(hours=1))
    new = [
        line(1, BOLT, 2, order_id=9, ordered_at=late[1]),
        line(2, NUT, 2, order_id=9, ordered_at=late[1]),
        line(3, WASHER, 2, order_id=9, ordered_at=late[1]),
    ]

    told = cover_new(
        new=new,
        standing={
            BOLT: Standing(left=3, last=late),
            NUT: Standing(left=1, last=early),
            WASHER: Standing(left=0, first_short=late, last=late),
        },
    )

    assert told == {1: 0, 2: 1, 3: 2}


@pytest.mark.rule("D3")
def test_what_a_new_line_lacks_is_not_told_when_it_comes_before_others_or_nothing_is_known_of_them() -> None:
    later = (0, MORNING + timedelta(hours=1))
    new = [line(1, BOLT, 2), line(2, NUT, 2), line(3, WASHER, 2)]

    told = cover_new(
        new=new,
        standing={BOLT: Standing(left=1, last=later), NUT: Standing(left=0, first_short=later, last=later)},
    )

    assert told == {}


@pytest.mark.rule("D3")
def test_what_is_left_may_be_just_enough_and_the_last_line_may_be_of_the_same_moment() -> None:
    later = (0, MORNING + timedelta(hours=1))

    told = cover_new(
        new=[line(1, WASHER, 2), line(2, BOLT, 2), line(3, NUT, 2)],
        standing={BOLT: Standing(left=2, last=later), NUT: Standing(left=1, last=(0, MORNING))},
    )

    assert told == {2: 0, 3: 1}


@pytest.mark.rule("D3")
def test_new_lines_of_one_sku_are_looked_at_together() -> None:
    between = (0, MORNING + timedelta(minutes=30))
    new = [line(1, BOLT, 1), line(2, BOLT, 1, ordered_at=MORNING + timedelta(hours=1))]

    # The first of them comes before a line that has stock, and both want more than is left.
    assert cover_new(new=new, standing={BOLT: Standing(left=1, last=between)}) == {}
    assert cover_new(new=new, standing={BOLT: Standing(left=2, last=between)}) == {1: 0, 2: 0}


def ranked(demand: list[OpenLine]) -> list[OpenLine]:
    return sorted(demand, key=lambda w: (-w.priority, w.ordered_at, w.order_id, w.line_id))


def standing(
    demand: list[OpenLine], back_ordered: dict[int, int], available: dict[int, int]
) -> dict[int, Standing]:
    """How each SKU's lines stand, walking all of them."""
    stands = {}
    for sku_id in (BOLT, NUT, WASHER, 4):
        lines = [wanting for wanting in ranked(demand) if wanting.sku_id == sku_id]
        places = [(-wanting.priority, wanting.ordered_at) for wanting in lines]
        short = [back_ordered[wanting.line_id] > 0 for wanting in lines]
        covered = sum(wanting.open - back_ordered[wanting.line_id] for wanting in lines)
        stands[sku_id] = Standing(
            left=available.get(sku_id, 0) - covered,
            first_short=places[short.index(True)] if any(short) else None,
            last=places[-1] if places else None,
        )
    return stands
