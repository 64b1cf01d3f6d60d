"""docs/operating.md and the alerts tell of all settings and measurements there are, and of no others."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from redis.asyncio import Redis

from api.app import create_app
from domain.settings import Settings
from domain.store.database import Database
from jobs.metrics import WorkerMetrics
from jobs.queue import ArqJobs, arq_redis
from jobs.relay import Relay
from jobs.schedule import Tick
from tests.docs.operating import PAGE, metrics_table, settings_table, with_table

pytestmark = pytest.mark.anyio

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "backfill.rules.yml"
WRITE = bool(os.environ.get("BACKFILL_TEST_WRITE"))
_REMEDY = "docs/operating.md is stale: make operating"


@pytest.fixture
async def measured(settings: Settings, database: Database, redis: Redis) -> list[Metric]:
    """What an API process and a worker measure."""
    api = create_app(settings, database=database, redis=redis).state.metrics.registry
    worker = CollectorRegistry()
    tick = Tick(database=database, jobs=ArqJobs(arq_redis(redis)), lease=timedelta(seconds=20))
    await tick.tick()
    with WorkerMetrics(worker).watching(
        database=database, tick=tick, relay=Relay(database=database, redis=redis)
    ):
        families = [family for registry in (api, worker) for family in registry.collect()]
    return [family for family in families if family.name.startswith("backfill_")]


def expect(page: str) -> None:
    """The page must be this; when tables are to be written, it is written."""
    if WRITE:
        PAGE.write_text(page)
    assert PAGE.read_text() == page, _REMEDY


def test_every_setting_is_told_as_it_is() -> None:
    expect(with_table(PAGE.read_text(), "settings", settings_table()))


def test_nothing_is_told_of_settings_that_there_are_not() -> None:
    told = set(re.findall(r"BACKFILL_[A-Z_]+", PAGE.read_text()))
    known = {f"BACKFILL_{name.upper()}" for name in Settings.model_fields}
    assert told - known - {"BACKFILL_KEEP_"} == set()


async def test_every_measurement_is_told_as_it_is(measured: list[Metric]) -> None:
    expect(with_table(PAGE.read_text(), "metrics", metrics_table(measured)))


async def test_every_alert_asks_for_what_is_measured_and_has_a_runbook(measured: list[Metric]) -> None:
    names = {
        family.name + suffix
        for family in measured
        for suffix in {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(
            family.type, ("",)
        )
    }
    headings = {
        re.sub(r"[^a-z-]", "", line.removeprefix("### ").lower().replace(" ", "-"))
        for line in PAGE.read_text().splitlines()
        if line.startswith("### ")
    }
    rules = list(alerts())
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 5
    for rule in rules:
        asked = set(re.findall(r"\bbackfill_[a-z_]+", rule["expr"]))
        assert asked, rule
        assert asked <= names, rule["alert"]
        assert rule["annotations"]["runbook"] in headings, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert re.fullmatch(r"\d+[smh]", rule["for"])


def alerts() -> Iterator[dict[str, Any]]:
    """The rules of the file."""
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from group["rules"]
