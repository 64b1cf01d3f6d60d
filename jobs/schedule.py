"""The tick: turns due schedules into work, and hands out the work that nobody does (B2).

It looks at what is committed and at nothing else, so it is also the sweep for runs that were requested
while Redis was away, for runs whose worker died, and for the next run of a pool that was busy. Bulk
operations (A6), synchronizations (C5) and endpoints of webhooks are handed out in the same way. And what was
noted for the counts of the dashboard is added up (C2).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from domain.operations.backlog_counts import add_up_backlog_counts
from domain.operations.bulk_processing import waiting_bulk_operations
from domain.operations.schedules import start_due_runs, waiting_runs
from domain.operations.synchronizations import start_due_synchronizations, waiting_synchronizations
from domain.operations.webhook_delivering import waiting_endpoints
from domain.store.database import CONNECTION_ERRORS, Database
from jobs.queue import ArqJobs

log = structlog.get_logger()


class Tick:
    """What every worker does once a second, one of them at a time for all.

    `ticked_at` is when this one last did, and `waiting` how much of each kind nobody was working on then.
    """

    def __init__(self, *, database: Database, jobs: ArqJobs, lease: timedelta) -> None:
        self._database = database
        self._jobs = jobs
        self._lease = lease
        self.ticked_at: datetime | None = None
        self.waiting: dict[str, int] = {}

    async def tick(self) -> None:
        """Create the runs and synchronizations that are due, hand out everything that can start, and add up
        what the dashboard counts."""
        now = datetime.now(UTC)
        try:
            await start_due_runs(database=self._database, now=now)
            await start_due_synchronizations(database=self._database, now=now)
            await self.hand_out()
            await add_up_backlog_counts(database=self._database)
            self.ticked_at = now
        except CONNECTION_ERRORS as error:
            log.warning("tick.database_lost", error=str(error) or type(error).__name__)

    async def hand_out(self) -> None:
        """Enqueue whatever no worker is working on: of every pool the next run, of every store the next
        synchronization, every bulk operation, and every endpoint with webhooks to be sent.

        The attempt counts leases since 1970. So a run is enqueued once per lease however often this is
        called, and a run whose worker was killed gets a new job id with its next attempt: its lease
        is over, and so is the period in which the killed job's id was made.
        """
        now = datetime.now(UTC)
        attempt = int(now.timestamp() / self._lease.total_seconds())
        runs = await waiting_runs(database=self._database)
        bulks = await waiting_bulk_operations(database=self._database)
        synchronizations = await waiting_synchronizations(database=self._database, now=now)
        endpoints = await waiting_endpoints(database=self._database, now=now)
        self.waiting = {
            "run": len(runs),
            "bulk": len(bulks),
            "synchronization": len(synchronizations),
            "webhooks": len(endpoints),
        }
        for run in runs:
            await self._jobs.process_run(client_id=run.client_id, run_id=run.run_id, attempt=attempt)
        for bulk in bulks:
            await self._jobs.process_bulk_operation(
                client_id=bulk.client_id, bulk_operation_id=bulk.bulk_operation_id, attempt=attempt
            )
        for work in synchronizations:
            await self._jobs.synchronize(
                client_id=work.client_id, synchronization_id=work.synchronization_id, attempt=attempt
            )
        for endpoint in endpoints:
            await self._jobs.deliver_webhooks(
                client_id=endpoint.client_id, endpoint_id=endpoint.endpoint_id, attempt=attempt
            )
