"""What runs and bulk operations have in common: each is in the hands of one worker at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from domain.store import locks
from domain.store.database import Database, Transaction

LEASE = timedelta(seconds=20)
"""How long work belongs to a worker that has stopped renewing its lease."""


class LeaseLostError(Exception):
    """The work has been taken over by another worker, or was called off; this one must stop."""


_GIVE_WAY_SECONDS = 0.02
"""As long as somebody may take to wake up who has waited, on a busy machine."""


@asynccontextmanager
async def giving_way(database: Database, client_id: int) -> AsyncIterator[Transaction]:
    """A transaction of the work, after which whoever waits for it gets what it had locked.

    The next one locks the same pool, and would come before somebody who has yet to wake up: on a busy machine
    a receipt waited for three or four of them in a row.
    """
    async with database.transaction(client_id) as transaction:
        yield transaction
        is_waited_for = await locks.is_waited_for(transaction.sql)
    if is_waited_for:
        await asyncio.sleep(_GIVE_WAY_SECONDS)
