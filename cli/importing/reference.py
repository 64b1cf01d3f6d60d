"""Files of SKUs, stock, distribution centers and stores: CSV, one row each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TextIO, TypeVar

import msgspec

from cli.importing.batches import batches
from cli.importing.entries import Entry, Failure, Report, csv_rows, snake_case, unreadable
from domain.operations.answers import UserError
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
from domain.rules.refusals import ErrorCode

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
    identity: Sequence[str] = ("code",)
    """The columns by which two rows are about the same."""
    names_other_rows: bool = False
    """Whether a row may name one that comes later, so that it is not there yet."""

    def read(self, file: TextIO) -> Iterator[Entry[Row] | Failure]:
        """The rows of `file`. Raises UnreadableFileError when its header is wrong."""
        columns = {name: column for column, name in self.field_of_column.items()}
        seen: dict[tuple[str | None, ...], int] = {}
        for entry in csv_rows(file, required=self.required, optional=self.optional, column_of_field=columns):
            key = tuple(map(entry.value.get, self.identity))
            if None not in key and seen.setdefault(key, entry.line) != entry.line:
                yield self._repeated(entry, seen[key])
                continue
            fields = {self.field_of_column.get(name, name): cell for name, cell in entry.value.items()}
            try:
                yield Entry(entry.line, msgspec.convert(fields, self.row, strict=False))
            except msgspec.ValidationError as error:
                yield unreadable(entry.line, error, named=self._column)

    def failure(self, entry: Entry[Row], error: UserError) -> Failure:
        """What the API says of the row, whose path is ("input", index, field), in the words of the file."""
        named = self._column(snake_case(error.path[2])) if len(error.path) > 2 else None
        return Failure(entry.line, error.code, error.message, named)

    def _repeated(self, entry: Entry[dict[str, str]], first: int) -> Failure:
        what = ", ".join(entry.value[name] for name in self.identity)
        return Failure(
            entry.line,
            ErrorCode.INVALID_INPUT,
            f"{what} stands in line {first} already, which was taken; keep the row that is right.",
            self.identity[0],
        )

    def _column(self, name: str) -> str:
        columns = {field: column for column, field in self.field_of_column.items()}
        return columns.get(name, name)


DISTRIBUTION_CENTERS = Kind(
    NewDistributionCenter,
    required=("code", "name"),
    optional=("kind",),
    send=lambda command, rows: upsert_distribution_centers(
        command, distribution_centers=rows, wrong_apart=True
    ),
)
STORES = Kind(
    NewStore,
    required=("code", "name"),
    send=lambda command, rows: upsert_stores(command, stores=rows, wrong_apart=True),
)
SKUS = Kind(
    NewSku,
    required=("code", "name"),
    optional=("barcode", "replacement"),
    field_of_column={"replacement": "replacement_code"},
    names_other_rows=True,
    send=lambda command, rows: upsert_skus(command, skus=rows, wrong_apart=True),
)
STOCK = Kind(
    StockCount,
    required=("sku", "distribution_center", "on_hand"),
    field_of_column={"sku": "sku_code", "distribution_center": "distribution_center_code"},
    identity=("sku", "distribution_center"),
    send=lambda command, rows: set_stock(command, counts=rows, wrong_apart=True),
)


async def send_reference(
    command: Callable[[], Command],
    kind: Kind[Row],
    entries: Iterator[Entry[Row] | Failure],
    *,
    sent: Callable[[Report], None],
) -> Report:
    """Set the rows, 5,000 per call; those that are wrong are reported, and the others set.

    `command` makes the command of each call, `sent` is told the report so far after it.
    """
    report = Report()
    early: list[Entry[Row]] = []
    for batch in batches(entries, _ROWS_PER_CALL):
        report.failures += [entry for entry in batch if isinstance(entry, Failure)]
        good = [entry for entry in batch if isinstance(entry, Entry)]
        for entry, failure in await _send(command, kind, good, report):
            if kind.names_other_rows and failure.code is ErrorCode.NOT_FOUND:
                early.append(entry)
            else:
                report.failures.append(failure)
        sent(report)
    for again in batches(early, _ROWS_PER_CALL):
        # What they name may have come in a later call.
        report.failures += [failure for _, failure in await _send(command, kind, again, report)]
        sent(report)
    report.failures.sort(key=lambda failure: failure.line)
    return report


async def _send(
    command: Callable[[], Command], kind: Kind[Row], entries: Sequence[Entry[Row]], report: Report
) -> list[tuple[Entry[Row], Failure]]:
    """Set the rows in a call; those that were not set, and why."""
    if not entries:
        return []
    answer = await kind.send(command(), [entry.value for entry in entries])
    report.created += answer.count
    return [(entry := entries[int(error.path[1])], kind.failure(entry, error)) for error in answer.errors]
