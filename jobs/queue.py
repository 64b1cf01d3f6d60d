"""How work is handed to the workers: arq's queues on Redis.

A job is a name and ids, as JSON, and what continues the trace of the request that asked for it. What is
in Redis is only a hint that there is work: every job finds out from PostgreSQL whether its work is still to
be done, and the sweep (`schedule.py`) hands out again whatever is not, so a job may come twice, late, or
never.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import structlog
from arq import ArqRedis
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from domain.tracing import traceparent
from jobs.redis_pools import ArqClient, connection_pool

log = structlog.get_logger()

# Of a connection that was reset just before something is written to it uvloop says RuntimeError.
REDIS_ERRORS = (RedisError, OSError, RuntimeError)
"""What anything here raises while Redis is away."""

SHORT_QUEUE = "backfill:jobs:short"
"""Work of milliseconds that must not wait behind long work: the tick."""

LONG_QUEUE = "backfill:jobs:long"
"""Runs and bulk operations: work that may take minutes."""

MAIL_QUEUE = "backfill:jobs:mail"
"""E-mail: work that waits for somebody else's server, and nothing for it."""

SYNC_QUEUE = "backfill:jobs:sync"
"""Synchronizations: work that mostly waits for marketplaces, and that nothing else may wait for."""

WEBHOOK_QUEUE = "backfill:jobs:webhooks"
"""Outbound webhooks: work that mostly waits for receivers, each of which may be slow."""

PROCESS_RUN = "process_run"
PROCESS_BULK_OPERATION = "process_bulk_operation"
SYNCHRONIZE = "synchronize"
DELIVER_WEBHOOKS = "deliver_webhooks"

_REDIS_SECONDS = 2.0
"""How long a Redis that neither answers nor refuses may hold up a request whose work is committed."""

_AWAY_SECONDS = 1.0
"""How long a Redis that could not be told something is told nothing more; the sweep comes as often."""


def _encode(job: dict[str, Any]) -> bytes:
    return _ENCODER.encode(job)


def _decode(job: bytes) -> dict[str, Any]:
    return _DECODER.decode(job)


# arq also encodes the exceptions of failed jobs, though nobody reads them.
_ENCODER = msgspec.json.Encoder(enc_hook=repr)
_DECODER = msgspec.json.Decoder(dict[str, Any])


def arq_redis(redis: Redis) -> ArqRedis:
    """A client that enqueues, on the connections of `redis`."""
    return ArqClient(
        pool_or_conn=redis.connection_pool,
        job_serializer=_encode,
        job_deserializer=_decode,
        default_queue_name=LONG_QUEUE,
    )


def patient_pool(url: str) -> ConnectionPool:
    """Connections that survive a Redis that restarts, as a worker needs them."""
    return connection_pool(
        url,
        retry=Retry(ExponentialBackoff(cap=1, base=0.1), 5),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, OSError],
        retry_on_timeout=True,
        socket_connect_timeout=_REDIS_SECONDS,
        socket_timeout=5,
        health_check_interval=15,
    )


class ArqJobs:
    """The domain's `Jobs` port, on arq."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis
        self._away_until = 0.0

    async def process_run(self, *, client_id: int, run_id: int, attempt: int | None = None) -> None:
        """Hand a committed run to a worker; when Redis is away, the sweep does it later.

        A job id is taken for as long as arq remembers the job, and after a SIGKILL that is many minutes:
        who hands the same run out again gives another `attempt`.
        """
        await self._enqueue(
            PROCESS_RUN, f"run:{client_id}:{run_id}", attempt, client_id=client_id, run_id=run_id
        )

    async def process_bulk_operation(
        self, *, client_id: int, bulk_operation_id: int, attempt: int | None = None
    ) -> None:
        """Hand a committed bulk operation to a worker, as a run is."""
        job_id = f"bulk:{client_id}:{bulk_operation_id}"
        await self._enqueue(
            PROCESS_BULK_OPERATION,
            job_id,
            attempt,
            client_id=client_id,
            bulk_operation_id=bulk_operation_id,
        )

    async def synchronize(
        self, *, client_id: int, synchronization_id: int, attempt: int | None = None
    ) -> None:
        """Hand a committed synchronization to a worker, as a run is, on a queue of its own."""
        job_id = f"sync:{client_id}:{synchronization_id}"
        await self._enqueue(
            SYNCHRONIZE,
            job_id,
            attempt,
            queue=SYNC_QUEUE,
            client_id=client_id,
            synchronization_id=synchronization_id,
        )

    async def deliver_webhooks(self, *, client_id: int, endpoint_id: int, attempt: int | None = None) -> None:
        """Hand an endpoint, to which something may have to be sent, to a worker, on a queue of its own."""
        job_id = f"webhooks:{client_id}:{endpoint_id}"
        await self._enqueue(
            DELIVER_WEBHOOKS,
            job_id,
            attempt,
            queue=WEBHOOK_QUEUE,
            client_id=client_id,
            endpoint_id=endpoint_id,
        )

    async def _enqueue(
        self, function: str, job_id: str, attempt: int | None, *, queue: str = LONG_QUEUE, **ids: Any
    ) -> None:
        clock = asyncio.get_running_loop().time
        if clock() < self._away_until:
            # Who hands a thousand jobs over would wait a thousand times.
            return
        if attempt is not None:
            job_id = f"{job_id}:{attempt}"
        if trace := traceparent():
            ids["trace"] = trace
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                await self._redis.enqueue_job(function, **ids, _job_id=job_id, _queue_name=queue)
        except REDIS_ERRORS as error:
            self._away_until = clock() + _AWAY_SECONDS
            log.warning("queue.redis_lost", job=job_id, error=str(error) or type(error).__name__)
