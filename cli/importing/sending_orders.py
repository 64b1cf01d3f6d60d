"""Sending the orders of a file to the domain, and keeping account of what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cli.importing.batches import batches
from cli.importing.entries import Entry, Failure, Report
from cli.importing.orders import place_of
from domain.operations.command import Command
from domain.operations.load_sales_orders import SalesOrder, load_sales_orders
from domain.rules.refusals import ErrorCode

_ORDERS_PER_CALL = 1_000


async def send_orders(
    command: Callable[[], Command],
    entries: Iterable[Entry[SalesOrder] | Failure],
    *,
    sent: Callable[[Report], None],
) -> Report:
    """Load the orders, a thousand per call.

    `command` makes the command of each call, `sent` is told the report so far after it.
    """
    report = Report()
    for batch in batches(entries, _ORDERS_PER_CALL):
        report.failures += [entry for entry in batch if isinstance(entry, Failure)]
        good = [entry for entry in batch if isinstance(entry, Entry)]
        if good:
            await _send(command(), good, report)
        sent(report)
    report.failures.sort(key=lambda failure: failure.line)
    return report


async def _send(command: Command, entries: Sequence[Entry[SalesOrder]], report: Report) -> None:
    loaded = await load_sales_orders(command, sales_orders=[entry.value for entry in entries])
    report.created += len(loaded.order_ids)
    report.duplicates += loaded.duplicates
    for error in loaded.errors:
        # A number that exists was loaded before, as by an earlier try of this file: nothing failed.
        if error.code is not ErrorCode.DUPLICATE:
            entry = entries[int(error.path[1])]
            line, field = place_of(entry, error.path[2:])
            report.failures.append(
                Failure(line, error.code, f"Order {entry.value.number}: {error.message}", field)
            )
