"""Instants that can be kept are kept as they are, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.rules.instants import in_utc

WEST, EAST = timezone(timedelta(hours=-1)), timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("instant", "kept"),
    [
        (datetime(2026, 3, 2, 8, tzinfo=EAST), datetime(2026, 3, 2, 2, 30, tzinfo=UTC)),
        (datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC), datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, 22, 59, 59, tzinfo=WEST), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_the_same_in_utc(instant: datetime, kept: datetime) -> None:
    assert in_utc(instant) == kept
    assert in_utc(instant).tzinfo is UTC


@pytest.mark.parametrize(
    "instant",
    [
        datetime(9999, 12, 31, 23, tzinfo=WEST),
        datetime(1, 1, 1, 5, tzinfo=EAST),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=EAST),
    ],
)
def test_an_instant_beyond_the_calendar_is_refused(instant: datetime) -> None:
    with pytest.raises(ValueError, match="no time that can be kept"):
        in_utc(instant)
