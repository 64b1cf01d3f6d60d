"""Writing the Backordering report of the day that has just ended (B12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.store import back_order_days
from domain.store.database import Database


async def close_yesterday(*, database: Database, now: datetime) -> int:
    """Keep the figures of yesterday (UTC) for every client for whom nobody has; for how many.

    Each client has a transaction of its own, and several workers at once do no harm. A day on which no
    worker ran until the next one was over has no report: what it was like is not known any more.
    """
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = end - timedelta(days=1)
    async with database.connection_across_clients() as sql:
        clients = await back_order_days.not_closed(sql, day=start.date(), over_at=end)
    for client_id in clients:
        async with database.transaction(client_id) as transaction:
            await back_order_days.close(
                transaction.sql,
                client_id=client_id,
                day=start.date(),
                start=start,
                end=end,
                taken_at=now,
            )
    return len(clients)
