"""`python -m bench`: measures the rows that are asked for, and writes what was measured."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from bench.databases import NoServerError, Servers, servers
from bench.measuring import Result, Row, measure
from bench.metering import is_local
from bench.processes import BrokenProcessError
from bench.report import Report, write_report
from bench.rows.asking import DisagreementError
from bench.rows.table import ROWS
from bench.scale import SCALES, Scale, scaled
from bench.setting import Setting

_ROOT = Path(__file__).parent.parent

console = Console(stderr=True, highlight=False)


def main(
    row: Annotated[
        list[str] | None, typer.Option(help="Only this row; may be given several times. See --rows.")
    ] = None,
    rows: Annotated[bool, typer.Option("--rows", help="List the rows and end.")] = False,
    size: Annotated[
        str, typer.Option(help="full, or smoke: minutes, and figures that mean nothing.")
    ] = "full",
    rounds: Annotated[int | None, typer.Option(min=1, help="Rounds of each contender.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Length of a round of requests.")] = None,
    orders: Annotated[
        int | None, typer.Option(min=1200, help="Orders that are read, allocated and given Backlog SKUs.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="baskets.csv of Online Retail; else baskets are generated.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for docs/performance.md and its charts; the project's own.")
    ] = None,
) -> None:
    """Measure Backfill beside its peers and limits.

    Contenders take turns round by round, and ratios are medians over rounds. PostgreSQL and Redis are those
    of BACKFILL_DATABASE_URL and BACKFILL_REDIS_URL, else embedded ones. What was measured earlier of rows
    that are not measured now is kept.
    """
    if rows:
        for one in ROWS:
            typer.echo(f"{one.name:<20} {one.title}")
        return
    if size not in SCALES:
        raise typer.BadParameter(f"There is {' and '.join(SCALES)}.", param_hint="--size")
    unknown = set(row or ()) - {one.name for one in ROWS}
    if unknown:
        raise typer.BadParameter(f"No row is called {', '.join(sorted(unknown))}.", param_hint="--row")
    chosen = [one for one in ROWS if not row or one.name in row]
    scale = scaled(size, rounds=rounds, seconds=seconds, orders=orders)
    # A smoke run says whether everything works; it must not replace figures that mean something.
    folder = output or (_ROOT / "docs" if size == "full" else Path(tempfile.mkdtemp(prefix="bench-")))
    with tempfile.TemporaryDirectory(prefix="backfill-bench-") as place:
        try:
            with servers(Path(place)) as found:
                if not is_local(found.postgres_url):
                    console.print("PostgreSQL is on another machine: its CPU is not counted.")
                failed = uvloop.run(_measure_all(chosen, scale, found, data, folder))
        except asyncio.CancelledError:
            raise typer.Exit(128 + signal.SIGTERM) from None
        except NoServerError as error:
            console.print(f"[red]Error:[/red] {error}")
            raise typer.Exit(1) from None
    console.print(f"Written: {folder / 'performance.md'}")
    if failed:
        raise typer.Exit(1)


async def _measure_all(
    rows: list[Row], scale: Scale, found: Servers, data: Path | None, folder: Path
) -> list[str]:
    """Measure the rows one after another and write each; the names of those that could not be."""
    task = asyncio.current_task()
    if task is not None:
        # What was started is stopped, and what was made is dropped, as after Ctrl-C.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    setting = Setting(scale=scale, servers=found, data=data, told=_tell)
    failed: list[str] = []
    try:
        for row in rows:
            try:
                result = await measure(row, setting, told=_tell)
            except (BrokenProcessError, DisagreementError) as error:
                # The other rows can be measured all the same.
                console.print(f"[red]{row.name} could not be measured:[/red] {error}", markup=True)
                failed.append(row.name)
                continue
            _show(result)
            # After every row: a run of an hour that is stopped has told what it knows.
            report = Report(result=result, scale=scale, measured_at=datetime.now(UTC), generated=data is None)
            await asyncio.to_thread(write_report, folder, report, order=[one.name for one in ROWS])
    finally:
        await setting.close()
    return failed


def _tell(text: str) -> None:
    console.print(f"[dim]{datetime.now(UTC):%H:%M:%S}[/dim] {text}")


def _show(result: Result) -> None:
    for verdict in result.verdicts:
        mark = "[green]reached[/green]" if verdict.reached else "[red]not reached[/red]"
        console.print(
            f"  {result.row.name} against {verdict.goal.against}: {verdict.value:.2f} "
            f"(goal {verdict.goal.text}), {mark}"
        )


if __name__ == "__main__":
    typer.run(main)
