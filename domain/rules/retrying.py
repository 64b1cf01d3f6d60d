"""When to try again what somebody else's server did not take: each wait is twice the one before it.

E-mails (D7) and outbound webhooks are retried so, and marketplaces asked again (circuit.py).
"""

from datetime import datetime, timedelta

MOST_EMAIL_ATTEMPTS = 77
"""About three days: a mail server that is away over a weekend misses nothing."""

KEEP_TRYING_WEBHOOKS = timedelta(days=3)
"""How long the delivery of a webhook is tried."""


def wait(*, first: timedelta, longest: timedelta, waits_before: int) -> timedelta:
    """The wait after `waits_before` others in a row."""
    # Beyond so many doublings the wait is the longest one anyhow, and a timedelta would overflow.
    return min(first * (1 << min(waits_before, 30)), longest)


def next_email_attempt(*, attempts: int, now: datetime) -> datetime | None:
    """When to try an e-mail again after `attempts`, the last one `now`; None when it is enough."""
    if attempts >= MOST_EMAIL_ATTEMPTS:
        return None
    return now + wait(first=timedelta(seconds=30), longest=timedelta(hours=1), waits_before=attempts - 1)


def next_webhook_attempt(*, attempts: int, give_up_at: datetime, now: datetime) -> datetime | None:
    """When to try a webhook again after `attempts`, the last one `now`; None when it is to be given up.

    From five seconds up to six hours apart, and the last time when it is given up.
    """
    if now >= give_up_at:
        return None
    again = now + wait(first=timedelta(seconds=5), longest=timedelta(hours=6), waits_before=attempts - 1)
    return min(again, give_up_at)
