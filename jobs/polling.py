"""arq's worker as a guest in a process that has a beginning and an end of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from arq.worker import Worker

from jobs.queue import REDIS_ERRORS

log = structlog.get_logger()

_OUTAGE_SECONDS = 1.0


class QueueWorker(Worker):
    """Polls one queue until `stopping` is set; the jobs it has started are then still under way.

    arq's own loop asks Redis for INFO, which the one inside the process doesn't have, and can only be
    ended by cancelling it, perhaps between taking a job and starting it.
    """

    def __init__(self, *, stopping: asyncio.Event, **told: Any) -> None:
        super().__init__(handle_signals=False, **told)
        self._stopping = stopping

    async def main(self) -> None:
        while not self._stopping.is_set():
            await self._poll_iteration()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.poll_delay_s):
                    await self._stopping.wait()

    async def run_job(self, job_id: str, score: int) -> None:
        """Run a job. That Redis can't be told of its end is no error of the job, whose work is committed."""
        try:
            await super().run_job(job_id, score)
        except REDIS_ERRORS as error:
            log.warning("queue.end_not_told", job=job_id, error=str(error) or type(error).__name__)

    async def jobs_ended(self) -> None:
        """Return when no job is under way."""
        if jobs := list(self.tasks.values()):
            await asyncio.wait(jobs)

    async def cancel_jobs(self) -> None:
        """Cancel the jobs under way and return when they have ended; arq puts them back into the queue."""
        for job in self.tasks.values():
            job.cancel()
        await self.jobs_ended()


async def poll_queue(make_worker: Callable[[], QueueWorker], *, stopping: asyncio.Event) -> None:
    """Work on a queue, through outages of Redis, until `stopping` is set and the last job has ended.

    Cancelled, it cancels its jobs.
    """
    while not stopping.is_set():
        worker = make_worker()
        try:
            try:
                await worker.main()
            except REDIS_ERRORS as error:
                log.warning("queue.redis_lost", queue=worker.queue_name, error=str(error))
                await asyncio.sleep(_OUTAGE_SECONDS)
            # After an outage, too: a worker that lost Redis while it took a job has lost count of its
            # free places. Its jobs, which need only PostgreSQL, end in peace and a new one takes over.
            await worker.jobs_ended()
        except asyncio.CancelledError:
            await worker.cancel_jobs()
            raise
