"""The relay that a worker runs beside the API: what is committed is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from domain.store.database import Database
from jobs.relay import Relay


@asynccontextmanager
async def relaying(database: Database, redis: Redis) -> AsyncIterator[Relay]:
    """A relay for as long as the block runs."""
    relay = Relay(database=database, redis=redis, poll_seconds=0.05)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
