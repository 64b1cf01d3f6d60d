"""What a worker does when a job comes: the job functions, and the queues that they are on."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import structlog
from arq import ArqRedis, Retry, cron, func
from opentelemetry.trace import SpanKind

from domain.operations.close_days import close_yesterday
from domain.operations.expire_events import expire_events
from domain.operations.retention import Kept, expire
from domain.operations.webhook_delivering import keep_up_endpoints
from domain.rules.vocabulary import ConnectorKind
from domain.settings import Settings
from domain.store.database import CONNECTION_ERRORS, Database
from domain.tracing import span
from jobs.bulk import BulkProcessor
from jobs.connectors.file_drop import FileDrop
from jobs.connectors.http import HttpMarketplaces
from jobs.leasing import Outcome
from jobs.mailing import CONNECTIONS, SmtpMailer
from jobs.metrics import WorkerMetrics
from jobs.notify import Notifier
from jobs.polling import QueueWorker
from jobs.process import RunProcessor
from jobs.queue import (
    DELIVER_WEBHOOKS,
    LONG_QUEUE,
    MAIL_QUEUE,
    PROCESS_BULK_OPERATION,
    PROCESS_RUN,
    SHORT_QUEUE,
    SYNC_QUEUE,
    SYNCHRONIZE,
    WEBHOOK_QUEUE,
    ArqJobs,
)
from jobs.schedule import Tick
from jobs.sync import Synchronizer
from jobs.webhooks import HttpWebhookReceivers, WebhookDeliverer

log = structlog.get_logger()

RUNS_AT_ONCE = 4
"""Most runs and bulk operations one worker has under way: they mostly wait for PostgreSQL."""

_RUN_SECONDS = 600
"""After this long a run goes back to the queue; it loses a chunk at most. Whatever a killed worker had taken
blocks its place in the queue for as long, so this is short."""

_MAIL_SECONDS = 290
"""Longer than `jobs.notify` goes on, its last e-mail included, however slow the mail server is."""

_STORES_AT_ONCE = 50
"""Most stores one worker synchronizes at a time: those of slow marketplaces only wait."""

_ENDPOINTS_AT_ONCE = 50
"""Most endpoints one worker sends webhooks to at a time: those of slow receivers only wait."""

_POLL_SECONDS = 0.2

_HEALTH_SECONDS = 5


class JobFunctions:
    """The job functions of one worker, the queues they are on, and what they work with."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        leases: Database,
        stopping: asyncio.Event,
        redis: ArqRedis,
        metrics: WorkerMetrics,
    ) -> None:
        lease = timedelta(seconds=settings.run_lease_seconds)
        self._settings = settings
        self._database = database
        self._stopping = stopping
        self._redis = redis
        self._metrics = metrics
        self._notifier = Notifier(database=database, mailer=SmtpMailer.of(settings), stopping=stopping)
        self.due = Tick(database=database, jobs=ArqJobs(redis), lease=lease)
        name = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
        self._runs = RunProcessor(
            database=database,
            leases=leases,
            worker=name,
            lease=lease,
            chunk_lines=settings.run_chunk_lines,
            stopping=stopping,
        )
        self._bulk = BulkProcessor(
            database=database,
            leases=leases,
            worker=name,
            lease=lease,
            chunk_orders=settings.bulk_chunk_orders,
            stopping=stopping,
        )
        self._synchronizer = Synchronizer(
            database=database,
            leases=leases,
            worker=name,
            lease=lease,
            connectors={
                ConnectorKind.HTTP: HttpMarketplaces(
                    seconds=settings.marketplace_seconds, trusted_hosts=settings.marketplace_hosts
                ),
                ConnectorKind.FILE_DROP: FileDrop(root=settings.file_drop_dir or settings.data_dir / "drops"),
            },
            stopping=stopping,
        )
        self._webhooks = WebhookDeliverer(
            database=database,
            leases=leases,
            worker=name,
            lease=lease,
            receivers=HttpWebhookReceivers(
                seconds=settings.webhook_seconds, trusted_hosts=settings.webhook_hosts
            ),
            stopping=stopping,
        )

    def short_queue(self) -> QueueWorker:
        """A worker on the short queue, which ticks every second."""
        tick = cron(self.tick, name="tick", second=set(range(60)), timeout=30)
        return self._queue(SHORT_QUEUE, cron_jobs=[tick])

    def long_queue(self) -> QueueWorker:
        """A worker on the long queue."""
        prune = cron(self.prune, name="prune", minute=17, timeout=_RUN_SECONDS)
        close = cron(self.close_days, name="close_days", second=5, timeout=_RUN_SECONDS)
        run = func(self.process_run, name=PROCESS_RUN, timeout=_RUN_SECONDS)
        bulk = func(self.process_bulk_operation, name=PROCESS_BULK_OPERATION, timeout=_RUN_SECONDS)
        return self._queue(LONG_QUEUE, functions=[run, bulk], cron_jobs=[prune, close], max_jobs=RUNS_AT_ONCE)

    def mail_queue(self) -> QueueWorker:
        """A worker on the mail queue, which looks for e-mails; each job has one connection at a time."""
        notify = cron(self.notify, name="notify", second=self._notifier.looks_at, timeout=_MAIL_SECONDS)
        return self._queue(MAIL_QUEUE, cron_jobs=[notify], max_jobs=CONNECTIONS)

    def sync_queue(self) -> QueueWorker:
        """A worker on the queue of synchronizations."""
        synchronize = func(self.synchronize, name=SYNCHRONIZE, timeout=_RUN_SECONDS)
        return self._queue(SYNC_QUEUE, functions=[synchronize], max_jobs=_STORES_AT_ONCE)

    def webhook_queue(self) -> QueueWorker:
        """A worker on the queue of outbound webhooks."""
        deliver = func(self.deliver_webhooks, name=DELIVER_WEBHOOKS, timeout=_RUN_SECONDS)
        return self._queue(WEBHOOK_QUEUE, functions=[deliver], max_jobs=_ENDPOINTS_AT_ONCE)

    @property
    def queues(self) -> Sequence[Callable[[], QueueWorker]]:
        """What makes a worker on each queue."""
        return (self.short_queue, self.long_queue, self.mail_queue, self.sync_queue, self.webhook_queue)

    async def tick(self, ctx: dict[Any, Any]) -> None:
        """See `jobs.schedule`."""
        await self.due.tick()

    async def notify(self, ctx: dict[Any, Any]) -> None:
        """See `jobs.notify`."""
        await self._notifier.notify()

    async def process_run(
        self, ctx: dict[Any, Any], *, client_id: int, run_id: int, trace: str | None = None
    ) -> None:
        """See `jobs.process`; the pool's next run is handed out as soon as this one has ended."""
        outcome = await self._leased(
            PROCESS_RUN, "run", self._runs.process, trace, client_id=client_id, run_id=run_id
        )
        if outcome in (Outcome.COMPLETED, Outcome.FAILED):
            with suppress(*CONNECTION_ERRORS):
                await self.due.hand_out()

    async def process_bulk_operation(
        self, ctx: dict[Any, Any], *, client_id: int, bulk_operation_id: int, trace: str | None = None
    ) -> None:
        """See `jobs.bulk`."""
        ids = {"client_id": client_id, "bulk_operation_id": bulk_operation_id}
        await self._leased(PROCESS_BULK_OPERATION, "bulk", self._bulk.process, trace, **ids)

    async def synchronize(
        self, ctx: dict[Any, Any], *, client_id: int, synchronization_id: int, trace: str | None = None
    ) -> None:
        """See `jobs.sync`."""
        ids = {"client_id": client_id, "synchronization_id": synchronization_id}
        await self._leased(SYNCHRONIZE, "synchronization", self._synchronizer.synchronize, trace, **ids)

    async def deliver_webhooks(
        self, ctx: dict[Any, Any], *, client_id: int, endpoint_id: int, trace: str | None = None
    ) -> None:
        """See `jobs.webhooks`."""
        ids = {"client_id": client_id, "endpoint_id": endpoint_id}
        await self._leased(DELIVER_WEBHOOKS, "webhooks", self._webhooks.deliver, trace, **ids)

    async def close_days(self, ctx: dict[Any, Any]) -> None:
        """Write the Backordering report of the day that has ended, within a minute after midnight (B12)."""
        with suppress(*CONNECTION_ERRORS):
            if clients := await close_yesterday(database=self._database, now=datetime.now(UTC)):
                log.info("back_order_report.day_closed", clients=clients)

    async def prune(self, ctx: dict[Any, Any]) -> None:
        """Forget what has been kept for long enough."""
        now = datetime.now(UTC)
        await keep_up_endpoints(database=self._database)
        expired = await expire_events(
            database=self._database, now=now, keep=timedelta(days=self._settings.keep_events_days)
        )
        await expire(database=self._database, now=now, keep=kept(self._settings))
        log.info("retention.done", expired_events=expired)

    async def _leased(
        self,
        job: str,
        kind: str,
        work: Callable[..., Awaitable[Outcome]],
        trace: str | None,
        **ids: int,
    ) -> Outcome:
        """Do leased work, traced and measured; arq is told to have another worker go on where that is due."""
        with span(job, parent=trace, kind=SpanKind.CONSUMER, **ids):
            outcome = await self._metrics.measured(kind, work(**ids))
        if outcome is Outcome.HANDED_OVER:
            raise Retry
        return outcome

    def _queue(self, name: str, **told: Any) -> QueueWorker:
        return QueueWorker(
            stopping=self._stopping,
            queue_name=name,
            redis_pool=self._redis,
            job_serializer=self._redis.job_serializer,
            job_deserializer=self._redis.job_deserializer,
            # A kept result would keep its job's id from being used again.
            keep_result=0,
            poll_delay=_POLL_SECONDS,
            # Jobs of killed workers stay at the head of the queue for a while; look beyond them.
            queue_read_limit=1000,
            health_check_interval=_HEALTH_SECONDS,
            timezone=UTC,
            **told,
        )


def kept(settings: Settings) -> Kept:
    """How long the settings keep what."""
    audit = settings.keep_audit_days
    return Kept(
        answers=timedelta(days=settings.keep_answers_days),
        audit_entries=None if audit is None else timedelta(days=audit),
        bulk_operations=timedelta(days=settings.keep_bulk_operations_days),
        decisions=timedelta(days=settings.keep_decisions_days),
        emails=timedelta(days=settings.keep_emails_days),
        plans=timedelta(days=settings.keep_plans_days),
        reallocations=timedelta(days=settings.keep_reallocations_days),
        reports=timedelta(days=settings.keep_reports_days),
        synchronizations=timedelta(days=settings.keep_synchronizations_days),
        webhooks=timedelta(days=settings.keep_webhooks_days),
    )
