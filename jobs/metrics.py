"""What a worker measures, for Prometheus: its jobs, the tick, the relay and the database's pool."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.store.database import Database
from jobs.leasing import Outcome
from jobs.relay import Relay
from jobs.schedule import Tick

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)

_CURRENT = timedelta(minutes=1)
"""How long what a tick has found is told."""


class WorkerMetrics:
    """The measurements of one worker, in the registry of its process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._jobs = Counter(
            "backfill_jobs",
            "Jobs of this worker by kind (run, bulk, synchronization, webhooks) and outcome; one that found "
            "its work taken by another worker, or done, is 'not ours'.",
            ("kind", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "backfill_job_seconds",
            "How long this worker was at a job that was its own.",
            ("kind",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._registry = registry

    async def measured(self, kind: str, job: Awaitable[Outcome]) -> Outcome:
        """Await a job, and count how it ended and how long it took."""
        began = time.perf_counter()
        outcome = await job
        self._jobs.labels(kind, outcome.value).inc()
        if outcome is not Outcome.NOT_OURS:
            self._seconds.labels(kind).observe(time.perf_counter() - began)
        return outcome

    @contextmanager
    def watching(self, *, database: Database, tick: Tick, relay: Relay) -> Iterator[None]:
        """Show what these are at, for the time of the block."""
        state = _State(database, tick, relay)
        self._registry.register(state)
        try:
            yield
        finally:
            self._registry.unregister(state)


class _State(Collector):
    """What is read off at the moment somebody asks."""

    def __init__(self, database: Database, tick: Tick, relay: Relay) -> None:
        self._database = database
        self._tick = tick
        self._relay = relay

    def collect(self) -> Iterator[Metric]:
        """One family per figure."""
        ticked_at = self._tick.ticked_at
        if ticked_at is not None:
            yield GaugeMetricFamily(
                "backfill_tick_timestamp_seconds",
                "When this worker last looked for what is due; the workers take turns.",
                ticked_at.timestamp(),
            )
        waiting = GaugeMetricFamily(
            "backfill_work_waiting",
            "Work that no worker had when this one last looked, within a minute, by kind.",
            labels=["kind"],
        )
        # Another worker may have looked ever since: what waited then waits no longer.
        if ticked_at is not None and datetime.now(UTC) - ticked_at < _CURRENT:
            for kind, count in self._tick.waiting.items():
                waiting.add_metric([kind], count)
        yield waiting
        yield GaugeMetricFamily(
            "backfill_relay_active", "Whether this worker relays events: 1.", float(self._relay.active)
        )
        yield CounterMetricFamily(
            "backfill_relay_moved", "Events that this worker has numbered.", self._relay.moved
        )
        yield GaugeMetricFamily(
            "backfill_relay_lag_seconds",
            "How old the oldest event of the last batch was when it was numbered.",
            self._relay.lag_seconds,
        )
        pool = self._database.pool()
        connections = GaugeMetricFamily(
            "backfill_worker_database_connections", "Connections of this worker's pool.", labels=["state"]
        )
        connections.add_metric(["idle"], pool.idle)
        connections.add_metric(["busy"], pool.open - pool.idle)
        yield connections
