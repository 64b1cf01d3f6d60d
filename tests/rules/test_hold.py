"""Hold time."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.rules.hold import hold_expires_at, hold_has_expired

ACCEPTED = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.rule("B3")
def test_the_clock_starts_when_the_order_is_accepted() -> None:
    expires = hold_expires_at(accepted_at=ACCEPTED, hold=timedelta(hours=24))
    assert expires == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


@pytest.mark.rule("B3")
def test_a_hold_has_expired_at_its_very_moment_and_not_an_instant_before() -> None:
    day = timedelta(hours=24)
    assert not hold_has_expired(accepted_at=ACCEPTED, hold=day, now=ACCEPTED + day - INSTANT)
    assert hold_has_expired(accepted_at=ACCEPTED, hold=day, now=ACCEPTED + day)


@pytest.mark.rule("B3")
def test_without_hold_hours_an_order_is_never_held() -> None:
    assert hold_has_expired(accepted_at=ACCEPTED, hold=timedelta(0), now=ACCEPTED)
