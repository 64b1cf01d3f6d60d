"""The Grafana dashboard shows what is measured, and nothing that isn't."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from prometheus_client import CollectorRegistry, ProcessCollector
from redis.asyncio import Redis

from api.app import create_app
from domain.settings import Settings
from domain.store.database import Database
from jobs.metrics import WorkerMetrics
from jobs.queue import ArqJobs, arq_redis
from jobs.relay import Relay
from jobs.schedule import Tick

pytestmark = pytest.mark.anyio

DASHBOARD = Path("deploy/grafana/backfill.json")
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
}


async def test_every_figure_of_the_dashboard_is_measured_and_every_one_of_ours_is_on_it(
    settings: Settings, database: Database, redis: Redis
) -> None:
    api = create_app(settings, database=database, redis=redis).state.metrics.registry
    worker = CollectorRegistry()
    ProcessCollector(registry=worker)
    tick = Tick(database=database, jobs=ArqJobs(arq_redis(redis)), lease=timedelta(seconds=20))
    await tick.tick()
    with WorkerMetrics(worker).watching(
        database=database, tick=tick, relay=Relay(database=database, redis=redis)
    ):
        measured = {name for registry in (api, worker) for name in _families(registry)}
        measured_names = {
            family + suffix for family, kind in measured for suffix in SUFFIXES.get(kind, ("",))
        }

    shown = set(re.findall(r"\b(?:backfill|process)_[a-z_]+", " ".join(_expressions())))

    assert shown <= measured_names
    families_shown = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in shown}
    assert {family for family, _ in measured if family.startswith("backfill")} <= families_shown


def test_no_two_panels_share_an_id_or_a_place() -> None:
    panels = orjson.loads(DASHBOARD.read_bytes())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)


def _families(registry: CollectorRegistry) -> Iterator[tuple[str, str]]:
    for family in registry.collect():
        yield family.name, family.type


def _expressions() -> Iterator[str]:
    for panel in orjson.loads(DASHBOARD.read_bytes())["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]
