"""`backfill load …`: orders and reference data from files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, TextIO, TypeAlias

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli.clients import commands_of_client
from cli.importing.data_sets import (
    NORTHWIND_ORDERS,
    DataSet,
    northwind_data,
    online_retail_data,
    send_data_set,
)
from cli.importing.entries import Report, UnreadableFileError
from cli.importing.orders import orders_from_csv, orders_from_json_lines
from cli.importing.reference import DISTRIBUTION_CENTERS, SKUS, STOCK, STORES, Kind, Row, send_reference
from cli.importing.sending_orders import send_orders
from cli.output import JsonOption, print_json
from cli.program import CommandError, Program, console, run
from domain.operations.command import Command

load = typer.Typer(no_args_is_help=True, help="Load orders and reference data from files.")

_SHOWN_FAILURES = 20

ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
ClientOption = Annotated[
    str | None, typer.Option("--client", help="Code of the client; needed when there are several.")
]
Sent: TypeAlias = Callable[[Report], None]
Send: TypeAlias = Callable[[Callable[[], Command]], Awaitable[Report]]


@load.command()
def orders(file: ExistingFile, client: ClientOption = None, as_json: JsonOption = False) -> None:
    """Load orders from CSV (one row per order line) or JSON Lines (one order per line).

    CSV columns: number, distribution_center, sku, quantity; optional store, ordered_at, priority, email,
    shipping_agency, order_type, service, country, marketplace_status, marketplace_invoice_number,
    sales_order_code, invoice_code. Names as the API has them (skuCode, storeCode) are understood, too.
    The rows of an order may stand anywhere. JSON Lines: the API's SalesOrderInput. An order whose number
    exists is left as it is.

    Examples: backfill load orders orders.csv · backfill load orders orders.jsonl --client ACME --json
    """
    read = orders_from_csv if file.suffix.lower() == ".csv" else orders_from_json_lines

    async def send(command: Callable[[], Command]) -> Report:
        with _progress_through(file) as (lines, sent):
            return await send_orders(command, read(lines), sent=sent)

    _load(send, file=file, client=client, as_json=as_json)


@load.command()
def skus(file: ExistingFile, client: ClientOption = None, as_json: JsonOption = False) -> None:
    """Create or change SKUs. CSV columns: code, name; optional barcode, replacement (a SKU's code).

    Example: backfill load skus skus.csv
    """
    _load(partial(_send_rows, SKUS, file), file=file, client=client, as_json=as_json)


@load.command()
def stock(file: ExistingFile, client: ClientOption = None, as_json: JsonOption = False) -> None:
    """Set what was counted on hand. CSV columns: sku, distribution_center, on_hand.

    Example: backfill load stock count-2026-01-31.csv
    """
    _load(partial(_send_rows, STOCK, file), file=file, client=client, as_json=as_json)


@load.command()
def distribution_centers(
    file: ExistingFile, client: ClientOption = None, as_json: JsonOption = False
) -> None:
    """Create or change distribution centers. CSV columns: code, name; optional kind (STANDARD, DROPSHIP).

    Example: backfill load distribution-centers centers.csv
    """
    _load(partial(_send_rows, DISTRIBUTION_CENTERS, file), file=file, client=client, as_json=as_json)


@load.command()
def stores(file: ExistingFile, client: ClientOption = None, as_json: JsonOption = False) -> None:
    """Create or change stores. CSV columns: code, name.

    Example: backfill load stores stores.csv
    """
    _load(partial(_send_rows, STORES, file), file=file, client=client, as_json=as_json)


@load.command()
def northwind(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    client: ClientOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load the Northwind sample database from the folder of its CSV files.

    Example: backfill load northwind data/northwind
    """
    _load(
        partial(_send_data_set, partial(northwind_data, folder)),
        file=folder / NORTHWIND_ORDERS,
        client=client,
        as_json=as_json,
    )


@load.command()
def online_retail(
    file: ExistingFile,
    units: Annotated[int, typer.Option("--stock", min=0, help="Units on hand of every SKU.")] = 100,
    client: ClientOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load the baskets of the UCI "Online Retail" data: one order per line, its stock codes by commas.

    Example: backfill load online-retail data/online-retail/baskets.csv --stock 50
    """
    _load(
        partial(_send_data_set, lambda: online_retail_data(file, on_hand=units)),
        file=file,
        client=client,
        as_json=as_json,
    )


def _load(send: Send, *, file: Path, client: str | None, as_json: bool) -> None:
    async def work(program: Program) -> Report:
        async with program.database() as database:
            try:
                return await send(await commands_of_client(program, database, client))
            except UnreadableFileError as error:
                raise CommandError(str(error)) from error
            except UnicodeDecodeError as error:
                raise CommandError(
                    f"The file is no text in UTF-8: {error.reason}. Save it as UTF-8."
                ) from error

    report = run(work, process="load", as_json=as_json)
    if as_json:
        print_json(report)
    else:
        _print(report, file)
    if report.failures:
        raise typer.Exit(1)


async def _send_rows(kind: Kind[Row], file: Path, command: Callable[[], Command]) -> Report:
    with _progress_through(file) as (lines, sent):
        return await send_reference(command, kind, kind.read(lines), sent=sent)


async def _send_data_set(read: Callable[[], DataSet], command: Callable[[], Command]) -> Report:
    data = read()
    with _progress() as progress:
        bar = progress.add_task("orders", total=len(data.orders))

        def sent(report: Report) -> None:
            progress.update(bar, completed=report.created + report.duplicates + len(report.failures))

        return await send_data_set(command, data, sent=sent)


@contextmanager
def _progress_through(file: Path) -> Iterator[tuple[TextIO, Sent]]:
    """The open file, with a bar that moves as it is read, and who to tell what was sent."""
    with (
        _progress() as progress,
        progress.open(file, "r", encoding="utf-8-sig", newline="", description=file.name) as lines,
    ):
        bar = progress.task_ids[0]

        def sent(report: Report) -> None:
            progress.update(
                bar, description=f"{file.name}  {report.created:,} in, {len(report.failures):,} failed"
            )

        yield lines, sent


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _print(report: Report, file: Path) -> None:
    for failure in report.failures[:_SHOWN_FAILURES]:
        field = "" if failure.field is None else f", {failure.field}"
        # Not wrapped: whoever looks for what is wrong looks for the line it stands in.
        console.print(
            f"{file.name}, line {failure.line}{field}: {failure.code}: {failure.message}",
            markup=False,
            soft_wrap=True,
        )
    if len(report.failures) > _SHOWN_FAILURES:
        console.print(f"… and {len(report.failures) - _SHOWN_FAILURES} more; --json lists them all")
    existed = f", {report.duplicates:,} existed already" if report.duplicates else ""
    typer.echo(f"{report.created:,} loaded{existed}, {len(report.failures):,} failed")
