"""Writing a table into a file, row by row, so that a report of any length takes the same memory."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter  # type: ignore[import-untyped] # it ships no types and nobody else does

_ROWS_PER_SHEET = 1_000_000
"""Excel opens 1,048,576 rows of a sheet."""


class CsvWriter:
    """RFC 4180 in UTF-8; instants as RFC 3339 with a Z, nothing for null."""

    media_type = "text/csv; charset=utf-8"

    def __init__(self, file: IO[bytes], *, title: str, header: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text)
        self._csv.writerow(header)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Append rows."""
        self._csv.writerows([[_csv_value(value) for value in row] for row in rows])

    def close(self) -> None:
        """Write what is buffered; the file stays open."""
        self._text.flush()
        self._text.detach()

    def clean_up(self) -> None:
        """Nothing was put aside."""


class XlsxWriter:
    """An Excel workbook; instants are in UTC, because a cell knows no time zone.

    Rows are put aside in files of its own until it is put together: call `clean_up` in any case.
    """

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, file: IO[bytes], *, title: str, header: Sequence[str]) -> None:
        self._aside = tempfile.TemporaryDirectory(prefix="backfill-report-", ignore_cleanup_errors=True)
        # Text is text: a code that looks like a formula or a link is none.
        options = {
            "constant_memory": True,
            "tmpdir": self._aside.name,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "remove_timezone": True,
        }
        self._book = xlsxwriter.Workbook(file, options)
        self._title, self._header = title, header
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheets = 0
        self._sheet, self._row = self._next_sheet(), 1

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Append rows; a full sheet is followed by another one."""
        for row in rows:
            if self._row > _ROWS_PER_SHEET:
                self._sheet, self._row = self._next_sheet(), 1
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    self._sheet.write_datetime(self._row, column, value, self._instant)
                elif isinstance(value, date):
                    self._sheet.write_datetime(self._row, column, value, self._day)
                elif value is not None:
                    self._sheet.write(self._row, column, value)
            self._row += 1

    def close(self) -> None:
        """Put the workbook together; the file stays open."""
        self._book.close()

    def clean_up(self) -> None:
        """Take away what was put aside, also of a workbook that was not put together."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
        self._aside.cleanup()

    def _next_sheet(self) -> Any:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._header) - 1, 18)
        sheet.write_row(0, 0, self._header, self._bold)
        return sheet


def _csv_value(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
