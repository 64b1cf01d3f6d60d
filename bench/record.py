"""What is kept of a measured row: docs/performance.json, from which page and charts are written."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

import msgspec
import psutil

from bench.measuring import Result
from bench.samples import Metric, Sample, figure, percentile
from bench.scale import Scale


class Contender(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One contender's figures: of every round, and medians of several rounds.

    CPU is in milliseconds and per unit of work, `memory_mib` what the server's processes hold, latencies in
    milliseconds.
    """

    name: str
    rounds: list[float]
    figure: float
    per_second: float
    server_cpu_ms: float
    postgres_cpu_ms: float
    memory_mib: float
    median_ms: float | None
    p99_ms: float | None


class GoalRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A goal, what was measured for it, and whether it is reached; `by_cpu` as in a verdict."""

    against: str
    goal: str
    measured: float
    by_cpu: float | None
    reached: bool


class RowRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A row as it was measured last."""

    name: str
    title: str
    unit: str
    metric: str
    note: str
    measured_at: datetime
    machine: str
    data: str
    orders: int
    contenders: list[Contender]
    goals: list[GoalRecord]


class Records(msgspec.Struct, kw_only=True):
    """The file: rows by name."""

    rows: dict[str, RowRecord] = {}


def record_of(result: Result, *, scale: Scale, measured_at: datetime, generated: bool) -> RowRecord:
    """What is kept of the result."""
    row = result.row
    return RowRecord(
        name=row.name,
        title=row.title,
        unit=row.unit,
        metric=row.metric.value,
        note=row.note,
        measured_at=measured_at.replace(microsecond=0),
        machine=machine(),
        data="generated" if generated else "Online Retail",
        orders=scale.orders,
        contenders=[_contender(name, samples, row.metric) for name, samples in result.samples.items()],
        goals=[
            GoalRecord(
                against=verdict.goal.against,
                goal=verdict.goal.text,
                measured=verdict.value,
                by_cpu=verdict.by_cpu,
                reached=verdict.reached,
            )
            for verdict in result.verdicts
        ],
    )


def _contender(name: str, samples: Sequence[Sample], metric: Metric) -> Contender:
    rounds = [figure(sample, metric) for sample in samples]
    timed = [sample.latencies for sample in samples if sample.latencies]
    return Contender(
        name=name,
        rounds=rounds,
        figure=median(rounds),
        per_second=median(sample.rate for sample in samples),
        server_cpu_ms=median(sample.server_cpu_ms for sample in samples),
        postgres_cpu_ms=median(sample.postgres_cpu_ms for sample in samples),
        memory_mib=median(sample.memory for sample in samples) / 2**20,
        median_ms=1000 * median(percentile(taken, 50) for taken in timed) if timed else None,
        p99_ms=1000 * median(percentile(taken, 99) for taken in timed) if timed else None,
    )


def machine() -> str:
    """What the figures were taken on."""
    memory = psutil.virtual_memory().total / 2**30
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {python}"


def read_records(file: Path) -> Records:
    """The rows measured so far; none when there is no such file."""
    return msgspec.json.decode(file.read_bytes(), type=Records) if file.exists() else Records()


def write_records(file: Path, records: Records) -> None:
    """Write the file so that a change of a row is a change of its lines."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(records), indent=1) + b"\n")
