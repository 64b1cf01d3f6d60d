"""What is written of measured rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.goals import Goal, judge
from bench.measuring import OURS, Contenders, Result, Row
from bench.record import read_records
from bench.report import Report, number, write_report
from bench.samples import Metric, Sample
from bench.scale import SMOKE
from bench.setting import Setting

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@asynccontextmanager
async def nobody(_setting: Setting) -> AsyncIterator[Contenders]:
    yield {}


def row(name: str) -> Row:
    return Row(
        name=name,
        title=f"Work & <{name}>",
        unit="requests",
        metric=Metric.RATE,
        goals=[Goal(against="peer", at_least=1.5)],
        open=nobody,
    )


def result(name: str, *, ours: int) -> Result:
    samples = {OURS: [sample(ours), sample(ours + 2)], "peer": [sample(100), sample(100)]}
    one = row(name)
    return Result(one, samples, judge(one.goals, samples, ours=OURS, metric=one.metric))


def sample(units: int) -> Sample:
    return Sample(units=units, seconds=1.0, server_cpu=0.2, postgres_cpu=0.1, memory=2**20, latencies=[0.001])


def write(folder: Path, name: str, *, ours: int, order: tuple[str, ...] = ("first", "second")) -> None:
    report = Report(result=result(name, ours=ours), scale=SMOKE, measured_at=AT, generated=True)
    write_report(folder, report, order=order)


def test_a_row_becomes_a_line_of_goals_a_section_and_a_chart(tmp_path: Path) -> None:
    write(tmp_path, "first", ours=200)
    page = (tmp_path / "performance.md").read_text()
    assert "| [Work & <first>](#first) | peer | ≥ 1.5 × | 2.01 | yes | 2.01 |" in page
    assert "| Backfill | 201 | 200 – 202 | 1 | 1 |" in page
    assert "2 rounds, 2026-03-02 08:00 UTC" in page
    chart = ET.fromstring((tmp_path / "images" / "performance-first.svg").read_text())  # noqa: S314 - our own
    assert chart.attrib["aria-label"] == "Work & <first>"


def test_rows_measured_earlier_are_kept_in_the_order_of_the_table(tmp_path: Path) -> None:
    write(tmp_path, "second", ours=200)
    write(tmp_path, "first", ours=120)
    write(tmp_path, "second", ours=300)
    records = read_records(tmp_path / "performance.json")
    assert list(records.rows) == ["first", "second"]
    assert [row.goals[0].reached for row in records.rows.values()] == [False, True]
    assert records.rows["second"].contenders[0].rounds == [300.0, 302.0]


def test_a_row_that_is_gone_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, "first", ours=200)
    write(tmp_path, "second", ours=200, order=("second",))
    assert list(read_records(tmp_path / "performance.json").rows) == ["second"]


def test_figures_have_three_digits_that_count() -> None:
    assert [number(value) for value in (0.01234, 1.234, 12.34, 123.4, 12_345.6)] == [
        "0.0123",
        "1.23",
        "12.3",
        "123",
        "12,346",
    ]
