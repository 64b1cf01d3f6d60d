"""The worker: everything that happens in the background, in one event loop.

`run_worker` puts it together: five queues, the tick, retention and the relay. Any number of workers share
the work, and each has several runs under way, of different pools (B2).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import structlog
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from domain.settings import Settings
from domain.store.database import Database
from jobs.functions import RUNS_AT_ONCE, JobFunctions
from jobs.metrics import WorkerMetrics
from jobs.polling import poll_queue
from jobs.queue import arq_redis, patient_pool
from jobs.redis_pools import RedisClient
from jobs.relay import Relay

log = structlog.get_logger()


async def run_worker(
    settings: Settings,
    *,
    database: Database,
    redis: Redis,
    stop: asyncio.Event | None = None,
    hurried: asyncio.Event | None = None,
    registry: CollectorRegistry | None = None,
) -> None:
    """Work until `stop` is set or the task is cancelled, then end in good order.

    Runs under way finish their chunk and are handed over to other workers; what is not done after half of
    `shutdown_seconds`, or as soon as `hurried` is set, is cancelled. Handles no signals and closes neither
    `database` nor `redis`. With a Redis inside the process, `redis` is it; else the queues have connections
    of their own. What the worker measures is in `registry`.
    """
    # arq tells of every tick, twice; how a run goes is told by jobs.process.
    logging.getLogger("arq").setLevel(logging.WARNING)
    # httpx tells of every request with its whole address, which may hold what is nobody's business.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stopping = asyncio.Event()
    leases = await Database.open(
        settings.postgresql_url(),
        max_size=RUNS_AT_ONCE,
        application_name="backfill-leases",
        limits=settings.job_limits(),
        patient=True,
    )
    queue_redis = redis
    if settings.redis_url is not None:
        queue_redis = RedisClient(connection_pool=patient_pool(settings.redis_url.get_secret_value()))
    metrics = WorkerMetrics(registry or CollectorRegistry())
    functions = JobFunctions(
        settings,
        database=database,
        leases=leases,
        stopping=stopping,
        redis=arq_redis(queue_redis),
        metrics=metrics,
    )
    queues = [asyncio.create_task(poll_queue(make, stopping=stopping)) for make in functions.queues]
    relay = Relay(database=database, redis=redis)
    relaying = asyncio.create_task(relay.run())
    asked = asyncio.create_task((stop or asyncio.Event()).wait())
    in_a_hurry = asyncio.create_task((hurried or asyncio.Event()).wait())
    try:
        log.info("worker.started")
        with metrics.watching(database=database, tick=functions.due, relay=relay):
            await asyncio.wait([*queues, relaying, asked], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.set()
        done: list[asyncio.Future[Any]] = [asyncio.gather(*queues, return_exceptions=True), in_a_hurry]
        await asyncio.wait(done, timeout=settings.shutdown_seconds / 2, return_when=asyncio.FIRST_COMPLETED)
        tasks = (*queues, relaying, asked, in_a_hurry)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        if queue_redis is not redis:
            await queue_redis.connection_pool.disconnect()
        await leases.close()
        log.info("worker.stopped")
    for error in ended:
        # None of these ends by itself: an error is a bug, and the process should start anew.
        if isinstance(error, Exception):
            raise error
