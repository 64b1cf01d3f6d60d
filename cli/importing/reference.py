"""Files of SKUs, stock, distribution centers and stores: CSV, one row each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TextIO, TypeVar

import msgspec

from cli.importing.batches import batches
from cli.importing.entries import Entry, Failure, Report, csv_rows, unreadable
from domain.operations.command import Command
from domain.operations.set_up import (
    NewDistributionCenter,
    NewSku,
    NewStore,
    SetUp,
    StockCount,
    set_stock,
    upsert_distribution_centers,
    upsert_skus,
    upsert_stores,
)
from domain.rules.refusals import Refusal

Row = TypeVar("Row", bound=msgspec.Struct)

_ROWS_PER_CALL = 5_000


@dataclass(frozen=True, slots=True)
class Kind(Generic[Row]):
    """One kind of reference data: its columns, what a row becomes, and the operation that takes rows."""

    row: type[Row]
    required: Sequence[str]
    send: Callable[[Command, Sequence[Row]], Awaitable[SetUp]]
    optional: Sequence[str] = ()
    field_of_column: Mapping[str, str] = field(default_factory=dict)

    def read(self, file: TextIO) -> Iterator[Entry[Row] | Failure]:
        """The rows of `file`. Raises UnreadableFileError when its header is wrong."""
        columns = {name: column for column, name in self.field_of_column.items()}
        for entry in csv_rows(file, required=self.required, optional=self.optional, column_of_field=columns):
            fields = {self.field_of_column.get(name, name): cell for name, cell in entry.value.items()}
            try:
                yield Entry(entry.line, msgspec.convert(fields, self.row, strict=False))
            except msgspec.ValidationError as error:
                yield unreadable(entry.line, error, named=lambda name: columns.get(name, name))


DISTRIBUTION_CENTERS = Kind(
    NewDistributionCenter,
    required=("code", "name"),
    optional=("kind",),
    send=lambda command, rows: upsert_distribution_centers(command, distribution_centers=rows),
)
STORES = Kind(
    NewStore,
    required=("code", "name"),
    send=lambda command, rows: upsert_stores(command, stores=rows),
)
SKUS = Kind(
    NewSku,
    required=("code", "name"),
    optional=("barcode", "replacement"),
    field_of_column={"replacement": "replacement_code"},
    send=lambda command, rows: upsert_skus(command, skus=rows),
)
STOCK = Kind(
    StockCount,
    required=("sku", "distribution_center", "on_hand"),
    field_of_column={"sku": "sku_code", "distribution_center": "distribution_center_code"},
    send=lambda command, rows: set_stock(command, counts=rows),
)


async def send_reference(
    command: Callable[[], Command],
    kind: Kind[Row],
    entries: Iterator[Entry[Row] | Failure],
    *,
    sent: Callable[[Report], None],
) -> Report:
    """Set the rows, 5,000 per call; a call with a wrong row changes nothing, and the others go on.

    `command` makes the command of each call, `sent` is told the report so far after it.
    """
    report = Report()
    for batch in batches(entries, _ROWS_PER_CALL):
        report.failures += [entry for entry in batch if isinstance(entry, Failure)]
        good = [entry for entry in batch if isinstance(entry, Entry)]
        if good:
            try:
                report.created += (await kind.send(command(), [entry.value for entry in good])).count
            except Refusal as refusal:
                report.failures.append(_failure(refusal, good))
        sent(report)
    return report


def _failure(refusal: Refusal, rows: Sequence[Entry[Row]]) -> Failure:
    # The path of a row's refusal is ("input", index, field).
    at = int(refusal.path[1]) if len(refusal.path) > 1 else 0
    together = f" None of the {len(rows)} rows sent with it was set." if len(rows) > 1 else ""
    return Failure(rows[at].line, refusal.code, f"{refusal.message}{together}")
