"""What is measured, for Prometheus: operations, subscriptions, the event feed and the database's pool.

Every API process counts for itself; give each an address of its own where several share one port.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
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
        self._operations = _Operations()
        self.registry.register(self._operations)
        self.registry.register(_State(database, groups))
        ProcessCollector(registry=self.registry)

    def count(self, *, transport: str, type_: str, outcome: str) -> None:
        """An operation has ended, or was refused; a subscription has begun."""
        self._operations.counted[transport, type_, outcome] += 1

    def took(self, *, type_: str, seconds: float) -> None:
        """A query or mutation was answered."""
        self._operations.times[type_].add(seconds)

    async def page(self, _request: Request) -> Response:
        """Everything measured, in Prometheus' text format."""
        return Response(generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Times:
    """How many took how long: one figure for each bucket, and one for those that took longer."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_SECONDS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self._counts[bisect_left(_SECONDS, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """As Prometheus has them: how many took as long at most."""
        return list(zip([*map(str, _SECONDS), "+Inf"], accumulate(self._counts), strict=True))


class _Operations(Collector):
    """Operations, counted without the locks of Prometheus' own counters: everything here is one thread's."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[str, str, str]] = Counter()
        self.times: defaultdict[str, _Times] = defaultdict(_Times)

    def collect(self) -> Iterator[Metric]:
        """How many, and how long they took."""
        operations = CounterMetricFamily(
            "backfill_graphql_operations",
            "GraphQL operations by transport (http, sse, websocket), type and outcome "
            "(ok, errors: some were in the answer, refused: nothing was executed).",
            labels=["transport", "type", "outcome"],
        )
        for labels, number in self.counted.items():
            operations.add_metric(labels, number)
        yield operations
        seconds = HistogramMetricFamily(
            "backfill_graphql_operation_seconds", "How long queries and mutations took.", labels=["type"]
        )
        for type_, times in self.times.items():
            seconds.add_metric([type_], times.buckets(), times.sum)
        yield seconds


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
