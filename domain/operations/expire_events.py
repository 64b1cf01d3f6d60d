"""Forget events that no subscriber can be expected to resume from any more (F5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.store import event_log
from domain.store.database import Database

_AT_A_TIME = 10_000


async def expire_events(*, database: Database, now: datetime, keep: timedelta) -> int:
    """Delete the events that happened more than `keep` before `now`; how many were deleted.

    Works in short transactions, because each keeps the relay waiting.
    """
    total = 0
    while True:
        async with database.transaction_across_clients() as transaction:
            deleted = await event_log.expire(transaction.sql, before=now - keep, limit=_AT_A_TIME)
        total += deleted
        if deleted < _AT_A_TIME:
            return total
