"""The order in which demand is served."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.rules.rank import rank_key

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.rule("D4")
def test_priority_comes_before_age_and_age_before_id() -> None:
    urgent = rank_key(priority=5, ordered_at=MORNING + timedelta(days=1), order_id=9)
    older = rank_key(priority=0, ordered_at=MORNING - timedelta(microseconds=1), order_id=8)
    lower_id = rank_key(priority=0, ordered_at=MORNING, order_id=1)
    higher_id = rank_key(priority=0, ordered_at=MORNING, order_id=2)
    below_normal = rank_key(priority=-1, ordered_at=MORNING - timedelta(days=9), order_id=0)
    assert sorted([below_normal, higher_id, lower_id, older, urgent]) == [
        urgent,
        older,
        lower_id,
        higher_id,
        below_normal,
    ]
