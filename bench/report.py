"""The page about performance: a table of all goals, then each row with its figures and its chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.chart import chart
from bench.measuring import Result
from bench.record import Contender, RowRecord, read_records, record_of, write_records
from bench.scale import Scale

_HEAD = """# Performance

Written by `make bench` ([bench/](../bench)); the figures of every round are in
[performance.json](performance.json). Contenders of a row are measured in one run and take turns round by
round. Figures are medians of the rounds, and a ratio is the median of the rounds' ratios: machines differ and
are busy with other things, and ratios carry over where figures don't. CPU is per unit of work, and "by CPU"
how many times ours the other one used: it tells the same on a busy machine.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A result, and what it was measured with."""

    result: Result
    scale: Scale
    measured_at: datetime
    generated: bool


def write_report(folder: Path, report: Report, *, order: Sequence[str]) -> None:
    """Add the result to what is in `folder`: performance.json, performance.md, and the charts in images/.

    Rows stand in `order`; one that is not in it any more is dropped.
    """
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    file = folder / "performance.json"
    records = read_records(file)
    record = record_of(
        report.result, scale=report.scale, measured_at=report.measured_at, generated=report.generated
    )
    records.rows[record.name] = record
    in_order = [records.rows[name] for name in order if name in records.rows]
    records.rows = {row.name: row for row in in_order}
    write_records(file, records)
    (images / _image(record)).write_text(chart(record))
    (folder / "performance.md").write_text(page(in_order))


def page(rows: Sequence[RowRecord]) -> str:
    """The page, in Markdown."""
    return _HEAD + _goals(rows) + "".join(_section(row) for row in rows)


def number(value: float) -> str:
    """A figure with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def _goals(rows: Sequence[RowRecord]) -> str:
    lines = [
        (
            f"[{row.title}](#{row.name})",
            goal.against,
            goal.goal,
            number(goal.measured),
            _mark(goal.reached),
            "" if goal.by_cpu is None else number(goal.by_cpu),
        )
        for row in rows
        for goal in row.goals
    ]
    return _table(("work", "against", "goal", "measured", "reached", "by CPU"), lines)


def _section(row: RowRecord) -> str:
    head = f"\n## {row.name}\n\n{row.title}.{f' {row.note}' if row.note else ''}\n\n"
    columns = (
        "",
        f"{row.unit}, {row.metric}",
        "lowest – highest",
        "ms, median",
        "ms, p99",
        "server CPU ms",
        "PostgreSQL CPU ms",
        "memory MiB",
    )
    taken = f"\n{len(row.contenders[0].rounds)} rounds, {row.measured_at:%Y-%m-%d %H:%M} UTC, {row.machine}, "
    data = f"{row.orders:,} orders, {row.data} data.\n"
    return (
        head
        + _table(columns, [_figures(one) for one in row.contenders])
        + taken
        + data
        + f"\n![{row.title}](images/{_image(row)})\n"
    )


def _figures(one: Contender) -> tuple[str, ...]:
    return (
        one.name,
        number(one.figure),
        f"{number(min(one.rounds))} – {number(max(one.rounds))}",
        "" if one.median_ms is None else number(one.median_ms),
        "" if one.p99_ms is None else number(one.p99_ms),
        number(one.server_cpu_ms),
        number(one.postgres_cpu_ms),
        number(one.memory_mib),
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _image(row: RowRecord) -> str:
    return f"performance-{row.name}.svg"


def _mark(reached: bool) -> str:
    return "yes" if reached else "**no**"
