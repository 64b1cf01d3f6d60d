"""Hold time: how long an order waits to be complete before part of it may go (B3)."""

from datetime import datetime, timedelta


def hold_expires_at(*, accepted_at: datetime, hold: timedelta) -> datetime:
    """The moment from which part of the order may be dispatched; the clock starts at acceptance."""
    return accepted_at + hold


def hold_has_expired(*, accepted_at: datetime, hold: timedelta, now: datetime) -> bool:
    """Whether the hold is over at `now`; at the very moment of expiry it is."""
    return now >= hold_expires_at(accepted_at=accepted_at, hold=hold)
