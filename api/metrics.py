"""What is measured, for Prometheus: operations, subscriptions, the event feed and the database's pool.

Every API process counts for itself; give each an address of its own where several share one port.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from api.realtime.feed import FeedState
from api.realtime.groups import Groups
from domain.store.database import Database

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The measurements of one API process."""

    def __init__(self, *, database: Database, groups: Groups) -> None:
        self.registry = CollectorRegistry()
        self._operations = Counter(
            "backfill_graphql_operations",
            "GraphQL operations by transport (http, sse, websocket), type and outcome "
            "(ok, errors: some were in the answer, refused: nothing was executed).",
            ("transport", "type", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "backfill_graphql_operation_seconds",
            "How long queries and mutations took.",
            ("type",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        # To look one up by its labels takes longer than to count.
        self._counters: dict[tuple[str, str, str], Counter] = {}
        self._histograms: dict[str, Histogram] = {}
        self.registry.register(_State(database, groups))
        ProcessCollector(registry=self.registry)

    def count(self, *, transport: str, type_: str, outcome: str) -> None:
        """An operation has ended, or was refused; a subscription has begun."""
        labels = (transport, type_, outcome)
        counter = self._counters.get(labels)
        if counter is None:
            counter = self._counters[labels] = self._operations.labels(*labels)
        counter.inc()

    def took(self, *, type_: str, seconds: float) -> None:
        """A query or mutation was answered."""
        histogram = self._histograms.get(type_)
        if histogram is None:
            histogram = self._histograms[type_] = self._seconds.labels(type_)
        histogram.observe(seconds)

    async def page(self, _request: Request) -> Response:
        """Everything measured, in Prometheus' text format."""
        return Response(generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _State(Collector):
    """What is read off at the moment somebody asks."""

    def __init__(self, database: Database, groups: Groups) -> None:
        self._database = database
        self._groups = groups

    def collect(self) -> Iterator[Metric]:
        """One family per figure."""
        feed = self._groups.feed
        yield GaugeMetricFamily(
            "backfill_subscriptions_open", "Subscriptions open now.", len(self._groups.members())
        )
        yield GaugeMetricFamily(
            "backfill_subscription_groups", "Different selections that they are told.", len(self._groups)
        )
        state = GaugeMetricFamily("backfill_feed_state", "Where events come from: 1.", labels=["state"])
        for one in FeedState:
            state.add_metric([one], float(feed.state is one))
        yield state
        yield GaugeMetricFamily("backfill_feed_position", "The last event handed out.", feed.position)
        yield GaugeMetricFamily("backfill_feed_lag_seconds", "Age of the last event.", feed.lag_seconds)
        yield CounterMetricFamily(
            "backfill_feed_handed_out", "Events handed out to those who share them.", feed.handed_out
        )
        yield CounterMetricFamily(
            "backfill_feed_ended_slow", "Subscribers ended for not keeping up.", feed.ended_slow
        )
        pool = self._database.pool()
        connections = GaugeMetricFamily(
            "backfill_database_connections", "Connections of the pool.", labels=["state"]
        )
        connections.add_metric(["idle"], pool.idle)
        connections.add_metric(["busy"], pool.open - pool.idle)
        yield connections
        yield GaugeMetricFamily("backfill_tasks", "Tasks of the event loop.", len(asyncio.all_tasks()))
        yield GaugeMetricFamily("backfill_database_connections_most", "The pool's limit.", pool.most)
