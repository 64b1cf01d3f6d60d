"""Promise dates: examples, and the promise kept: receipts that come as expected, one by one, and coverage."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.coverage import OpenLine, cover
from domain.rules.promising import IncomingLine, Promise, ShortLine, promise
from domain.rules.vocabulary import PromiseReason

BOLT, NUT = 1, 2
TODAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FRIDAY = TODAY + timedelta(days=4)
MONDAY = TODAY + timedelta(days=7)

NOTHING = Promise(None, PromiseReason.NO_INCOMING)
TOO_LITTLE = Promise(None, PromiseReason.INCOMING_TOO_LITTLE)
UNDATED = Promise(None, PromiseReason.INCOMING_UNDATED)


@pytest.mark.rule("F4")
def test_a_line_is_promised_the_receipt_that_covers_its_last_unit() -> None:
    short = [ShortLine(1, BOLT, 5)]
    early, late = IncomingLine(1, BOLT, 3, FRIDAY), IncomingLine(2, BOLT, 9, MONDAY)
    assert promise(short=short, incoming=[late, early]) == {1: Promise(MONDAY, None)}
    assert promise(short=[ShortLine(1, BOLT, 3)], incoming=[late, early]) == {1: Promise(FRIDAY, None)}


@pytest.mark.rule("F4")
def test_better_ranked_lines_are_promised_what_comes_first() -> None:
    short = [ShortLine(7, BOLT, 2), ShortLine(3, BOLT, 2), ShortLine(5, BOLT, 2)]
    incoming = [IncomingLine(1, BOLT, 3, FRIDAY), IncomingLine(2, BOLT, 2, MONDAY)]
    assert promise(short=short, incoming=incoming) == {
        7: Promise(FRIDAY, None),
        3: Promise(MONDAY, None),
        5: TOO_LITTLE,
    }


@pytest.mark.rule("F4")
def test_without_a_date_there_is_a_reason() -> None:
    assert promise(short=[ShortLine(1, BOLT, 1)], incoming=[]) == {1: NOTHING}
    assert promise(short=[ShortLine(1, BOLT, 1)], incoming=[IncomingLine(1, NUT, 1, FRIDAY)]) == {1: NOTHING}
    assert promise(short=[ShortLine(1, BOLT, 2)], incoming=[IncomingLine(1, BOLT, 1, FRIDAY)]) == {
        1: TOO_LITTLE
    }
    undated = [IncomingLine(1, BOLT, 1, None), IncomingLine(2, BOLT, 1, MONDAY)]
    assert promise(short=[ShortLine(1, BOLT, 1), ShortLine(2, BOLT, 1)], incoming=undated) == {
        1: Promise(MONDAY, None),
        2: UNDATED,
    }


@pytest.mark.rule("D6")
@pytest.mark.rule("F4")
def test_a_linked_receipt_is_promised_to_its_line_and_the_rest_of_it_by_rank() -> None:
    short = [ShortLine(1, BOLT, 2), ShortLine(2, BOLT, 2), ShortLine(3, BOLT, 2)]
    linked = IncomingLine(1, BOLT, 4, FRIDAY, order_line_id=3)
    assert promise(short=short, incoming=[linked]) == {
        1: Promise(FRIDAY, None),
        2: NOTHING,
        3: Promise(FRIDAY, None),
    }


@pytest.mark.rule("D6")
@pytest.mark.rule("F4")
def test_what_comes_before_a_linked_receipt_goes_by_rank_and_the_linked_one_to_the_next() -> None:
    short = [ShortLine(1, BOLT, 1), ShortLine(2, BOLT, 1)]
    incoming = [IncomingLine(1, BOLT, 1, MONDAY, order_line_id=1), IncomingLine(2, BOLT, 1, FRIDAY)]
    assert promise(short=short, incoming=incoming) == {1: Promise(FRIDAY, None), 2: Promise(MONDAY, None)}


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[OpenLine], dict[int, int], list[IncomingLine]]:
    """Open lines, some of them waiting, what is available, and what is on its way, all on different days."""
    skus = st.integers(1, 2)
    wants = draw(st.lists(st.tuples(skus, st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=7))
    demand = [
        OpenLine(line_id, line_id, sku, priority, TODAY, units)
        for line_id, (sku, units, priority) in enumerate(wants, start=1)
    ]
    available = draw(st.dictionaries(skus, st.integers(0, 5)))
    receipts = draw(
        st.lists(st.tuples(st.sampled_from(demand), st.integers(1, 5), st.booleans()), max_size=6)
    )
    days = draw(st.permutations(range(len(receipts))))
    incoming = [
        IncomingLine(
            number, line.sku_id, units, TODAY + timedelta(days=day), line.line_id if linked else None
        )
        for number, ((line, units, linked), day) in enumerate(zip(receipts, days, strict=True), start=1)
    ]
    return demand, available, incoming


@pytest.mark.rule("D6")
@pytest.mark.rule("F4")
@given(pools())
def test_if_everything_comes_as_expected_a_line_is_covered_when_it_was_promised_and_not_before(
    pool: tuple[list[OpenLine], dict[int, int], list[IncomingLine]],
) -> None:
    demand, available, incoming = pool
    at_first = cover(demand=demand, available=available)
    sku_of = {line.line_id: line.sku_id for line in demand}
    promises = promise(
        short=[ShortLine(line_id, sku_of[line_id], short) for line_id, short in at_first.items() if short],
        incoming=incoming,
    )
    stock, own = Counter(available), Counter[int]()
    covered_on: dict[int, datetime] = {}
    for coming in sorted(incoming, key=lambda line: line.expected_at or TODAY):
        assert coming.expected_at is not None
        stock[coming.sku_id] += coming.open
        if coming.order_line_id is not None:
            own[coming.order_line_id] += coming.open
        kept = [line._replace(cross_docked=min(own[line.line_id], line.open)) for line in demand]
        for line_id, short in cover(demand=kept, available=stock).items():
            if not short and at_first[line_id]:
                covered_on.setdefault(line_id, coming.expected_at)
    assert {line_id: made.at for line_id, made in promises.items() if made.at} == covered_on


@given(pools())
def test_promises_do_not_depend_on_how_purchase_orders_were_sorted(
    pool: tuple[list[OpenLine], dict[int, int], list[IncomingLine]],
) -> None:
    demand, _, incoming = pool
    short = [ShortLine(line.line_id, line.sku_id, line.open) for line in demand]
    assert promise(short=short, incoming=incoming) == promise(short=short, incoming=incoming[::-1])


@given(pools(), st.integers(1, 2))
def test_the_lines_of_one_sku_can_be_promised_without_the_rest(
    pool: tuple[list[OpenLine], dict[int, int], list[IncomingLine]], sku_id: int
) -> None:
    demand, _, incoming = pool
    short = [ShortLine(line.line_id, line.sku_id, line.open) for line in demand]
    of_the_sku = [line for line in short if line.sku_id == sku_id]
    whole_pool = promise(short=short, incoming=incoming)
    alone = promise(short=of_the_sku, incoming=[line for line in incoming if line.sku_id == sku_id])
    assert alone == {line.line_id: whole_pool[line.line_id] for line in of_the_sku}
