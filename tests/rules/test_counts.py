"""When what a device recorded happened, and what a count says of it (F8, F10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.counts import LONGEST, SLACK, happened_at, is_counted, is_outdated
from domain.rules.refusals import Refusal

pytestmark = [pytest.mark.rule("F8"), pytest.mark.rule("F10")]

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SKEWS = st.timedeltas(timedelta(days=-20000), timedelta(days=20000))


@given(age=st.timedeltas(timedelta(), LONGEST), skew=SKEWS)
def test_how_long_ago_it_was_is_told_right_by_a_clock_that_is_wrong(age: timedelta, skew: timedelta) -> None:
    assert happened_at(scanned_at=NOW - age + skew, sent_at=NOW + skew, now=NOW) == NOW - age


@given(
    age=st.timedeltas(timedelta(), timedelta(days=3)),
    later=st.timedeltas(timedelta(), timedelta(days=3)),
    skew=SKEWS,
)
def test_sent_again_it_is_still_of_the_same_moment(age: timedelta, later: timedelta, skew: timedelta) -> None:
    scanned_at, sent_at = NOW - age + skew, NOW + skew
    first = happened_at(scanned_at=scanned_at, sent_at=sent_at, now=NOW)
    again = happened_at(scanned_at=scanned_at, sent_at=sent_at + later, now=NOW + later)
    assert again == first


@given(back=st.timedeltas(timedelta(), SLACK))
def test_a_clock_that_was_corrected_a_little_says_now_and_never_later(back: timedelta) -> None:
    assert happened_at(scanned_at=NOW + back, sent_at=NOW, now=NOW) == NOW


@pytest.mark.parametrize(
    ("age", "code"),
    [(-SLACK - SECOND, "INVALID_INPUT"), (LONGEST + SECOND, "COUNT_TOO_OLD")],
    ids=["in the future", "too long ago"],
)
def test_a_clock_that_was_set_is_not_believed(age: timedelta, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        happened_at(scanned_at=NOW - age, sent_at=NOW, now=NOW)
    assert (refused.value.code, refused.value.path) == (code, ("scannedAt",))
    assert "count it again" in refused.value.message


def test_of_two_counts_the_later_one_stands_and_of_two_of_one_moment_the_one_that_is_heard_of_later() -> None:
    assert is_outdated(counted_at=NOW, latest=NOW + SECOND)
    assert not is_outdated(counted_at=NOW, latest=NOW)
    assert not is_outdated(counted_at=NOW, latest=None)


def test_what_moved_before_a_count_is_in_it() -> None:
    assert is_counted(happened_at=NOW, latest=NOW + SECOND)
    assert not is_counted(happened_at=NOW, latest=NOW)
    assert not is_counted(happened_at=NOW, latest=None)
