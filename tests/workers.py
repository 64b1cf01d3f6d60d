"""Workers as an operator starts them: processes of their own, that can be killed; and one in hand."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from domain.settings import Settings
from domain.store.database import Database
from jobs.functions import JobFunctions
from jobs.metrics import WorkerMetrics
from jobs.queue import arq_redis


@asynccontextmanager
async def worker_processes(
    settings: Settings, count: int, *, lease_seconds: float = 20, chunk_lines: int = 10_000
) -> AsyncIterator[list[Process]]:
    """`count` workers on the databases of `settings`; whatever the block leaves or adds is killed."""
    workers = [
        await start_worker(settings, lease_seconds=lease_seconds, chunk_lines=chunk_lines)
        for _ in range(count)
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()


async def start_worker(
    settings: Settings, *, lease_seconds: float = 20, chunk_lines: int = 10_000
) -> Process:
    """One more worker; what it logs is in its data folder."""
    # A folder each: where there is no Redis server, each has a Redis inside, and finds its work itself.
    settings.data_dir.mkdir(exist_ok=True)
    folder = Path(mkdtemp(prefix="worker-", dir=settings.data_dir))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKFILL_")}
    environment |= {
        "BACKFILL_DATABASE_URL": settings.postgresql_url(),
        "BACKFILL_DATA_DIR": str(folder),
        "BACKFILL_RUN_LEASE_SECONDS": str(lease_seconds),
        "BACKFILL_RUN_CHUNK_LINES": str(chunk_lines),
        "BACKFILL_BULK_CHUNK_ORDERS": str(settings.bulk_chunk_orders),
    }
    if settings.redis_url is not None:
        environment["BACKFILL_REDIS_URL"] = settings.redis_url.get_secret_value()
    with (folder / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli.main", "worker"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=log,
        )


def worker_of(settings: Settings, *, database: Database, redis: Redis) -> JobFunctions:
    """The jobs of a worker, to be called one by one."""
    return JobFunctions(
        settings,
        database=database,
        leases=database,
        stopping=asyncio.Event(),
        redis=arq_redis(redis),
        metrics=WorkerMetrics(CollectorRegistry()),
    )
