"""When an e-mail that could not be sent is tried again (D7)."""

from datetime import datetime, timedelta

MOST_ATTEMPTS = 12

_FIRST = timedelta(seconds=30)
_LONGEST = timedelta(hours=1)


def next_attempt(*, attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` of them, the last one `now`; None when it is enough.

    Each wait is twice the one before it, up to an hour: about six hours in all.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    return now + min(_FIRST * (1 << (attempts - 1)), _LONGEST)
