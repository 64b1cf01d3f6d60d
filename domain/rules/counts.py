"""When what a device recorded happened, and what a count of then says of now (F8, F10).

*When.* A device's clock may show anything, but it shows how long ago something was: what it showed at
sending, less what it showed at recording. So long before now it was. A clock that was set meanwhile mostly
tells nonsense: what lies in the future or more than a week back.

*What.* A count says what was there at its moment. What is there now is that, and what came and left since:

    level = units of the latest count + units that came after it - units that left after it

whatever order one hears of all this in. So a count that is heard of late adds what moved since; it says
nothing when a later one is known; and what is heard of after a count and happened before it was counted
already. Of two things at the same moment, the one heard of later is the later one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.rules.refusals import ErrorCode, Refusal

LONGEST = timedelta(days=7)
"""As long as answers are kept at least: a scanner gives up on what it has sent before that."""
SLACK = timedelta(minutes=1)
"""By so much a clock may be corrected backwards without anybody having meddled with it."""


def happened_at(*, scanned_at: datetime, sent_at: datetime, now: datetime) -> datetime:
    """When it was scanned by our clock, from what the device's clock showed then and at sending.

    Raises INVALID_INPUT and COUNT_TOO_OLD when the clock can't be believed, or it was too long ago.
    """
    age = sent_at - scanned_at
    if age < -SLACK:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "The device's clock was set back after this was scanned, so nobody can say when it was; "
            "count it again.",
            path=("scannedAt",),
        )
    if age > LONGEST:
        raise Refusal(
            ErrorCode.COUNT_TOO_OLD,
            f"It was counted {age.days} days ago, and {LONGEST.days} are the most; count it again.",
            path=("scannedAt",),
        )
    return now - max(age, timedelta())


def is_outdated(*, counted_at: datetime, latest: datetime | None) -> bool:
    """Whether the SKU was counted again after `counted_at`, so that this count says nothing any more."""
    return latest is not None and latest > counted_at


def is_counted(*, happened_at: datetime, latest: datetime | None) -> bool:
    """Whether what moved at `happened_at`, and is heard of only now, is in the latest count already."""
    return latest is not None and latest > happened_at
