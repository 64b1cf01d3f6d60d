"""What a file holds, entry by entry, each with the line it starts on."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, TextIO, TypeVar

import msgspec

from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine
from domain.rules.instants import in_utc
from domain.rules.refusals import ErrorCode

Value = TypeVar("Value")

_NO_OTHER_NAMES: Mapping[str, str] = MappingProxyType({})

_BEYOND = ""
"""The column of what stands in a row after the last one; no column of the header is called so."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[Value]):
    """One thing to load, and the line of the file where it starts."""

    line: int
    value: Value
    rows: tuple[int, ...] = ()
    """Where its own lines stand, each of which has a row of the file."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was not loaded: where it stands in the file, and why and what to do."""

    line: int
    code: ErrorCode
    message: str
    field: str | None = None
    """What is wrong, as the file calls it; None: all of it, or more than one field."""


@dataclass(slots=True)
class Report:
    """What became of a file: how many were created or set, how many existed already, and what failed."""

    created: int = 0
    duplicates: int = 0
    failures: list[Failure] = field(default_factory=list)


class UnreadableFileError(Exception):
    """The file as a whole can't be read as what it should be."""


def csv_rows(
    file: TextIO,
    *,
    required: Iterable[str],
    optional: Iterable[str],
    column_of_field: Mapping[str, str] = _NO_OTHER_NAMES,
) -> Iterator[Entry[dict[str, str]]]:
    """The rows of a CSV file with a header, empty cells left out.

    A column may also have the name of the API's field: written as there (skuCode), and where the column is
    called otherwise (sku) as `column_of_field` says. Raises UnreadableFileError when a required column is
    missing, one has a name that is not known, or two are the same; and at a row that is none.
    """
    reader = csv.DictReader(file, strict=True, restkey=_BEYOND)
    try:
        fields = [snake_case(name.strip()) for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise UnreadableFileError(f"the header is not CSV: {error}") from error
    columns = [column_of_field.get(name, name) for name in fields]
    reader.fieldnames = columns
    known = [*required, *optional]
    problems = [f"column {name!r} is missing" for name in required if name not in columns]
    problems += [f"column {name!r} is not known" for name in columns if name not in known]
    problems += [f"column {name!r} is there twice" for name in known if columns.count(name) > 1]
    if problems:
        raise UnreadableFileError(f"{'; '.join(problems)}. The columns are: {', '.join(known)}.")
    line = reader.line_num + 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row.pop(_BEYOND, ())):
                raise UnreadableFileError(
                    f'line {line} has more cells than the header; a comma within one takes quotes: "a, b"'
                )
            cells = {
                name: cell.strip() for name, cell in row.items() if isinstance(cell, str) and cell.strip()
            }
            yield Entry(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFileError(f"line {line} is not CSV: {error}") from error


def snake_case(name: str) -> str:
    """A field's name as the API has it, written as Python does: skuCode is sku_code."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda big: "_" + big[0].lower(), name)


def camel_case(name: str) -> str:
    """A field's name as the API has it: sku_code is skuCode."""
    return re.sub("_([a-z])", lambda small: small[1].upper(), name)


def json_lines(file: TextIO) -> Iterator[Entry[Any] | Failure]:
    """The JSON values of a file with one per line; empty lines are passed over."""
    for number, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            yield Entry(number, msgspec.json.decode(text))
        except msgspec.DecodeError as error:
            yield Failure(number, ErrorCode.INVALID_INPUT, f"The line is not JSON: {error}")
        except RecursionError:
            yield Failure(
                number, ErrorCode.INVALID_INPUT, "The line is not JSON of ours: it is nested too deeply."
            )


def sales_order(
    line: int, fields: Mapping[str, Any], *, named: Callable[[str], str], rows: tuple[int, ...] = ()
) -> Entry[SalesOrder] | Failure:
    """An order from its fields as they are named in SalesOrder. A time without a zone is UTC.

    `named` says how the file names a field, for whoever has to find what is wrong in it.
    """
    unknown = [named(name) for name in sorted(_unknown(fields))]
    if unknown:
        return Failure(line, ErrorCode.INVALID_INPUT, f"Unknown field: {', '.join(unknown)}.")
    try:
        ordered_at = fields.get("ordered_at")
        times = {} if ordered_at is None else {"ordered_at": _utc(ordered_at)}
        order = msgspec.convert({**fields, **times}, SalesOrder, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        return unreadable(line, error, named=named, rows=rows)
    return Entry(line, order, rows)


def unreadable(
    line: int, error: Exception, *, named: Callable[[str], str], rows: tuple[int, ...] = ()
) -> Failure:
    """What is wrong with the fields of a thing, which the error quotes, called as `named` calls them."""
    problem = str(error)
    at, missing = _AT.search(problem), _OF_WHAT.search(problem)
    index = int(at[1]) if at and at[1] else None
    name = (at[2] if at else "") or (missing[1] if missing else "")
    line, called = place(line, rows, index, named(name) if name else None)
    told = re.sub("`([^`]+)`", lambda quoted: f"`{named(quoted[1])}`", problem)
    return Failure(line, ErrorCode.INVALID_INPUT, f"{told}.", called)


# How msgspec tells where something is, `$.lines[2].quantity`, and we and it what is wrong of that.
_AT = re.compile(r" - at `\$\.?(?:lines\[(\d+)\]\.?)?([^`]*)`")
_OF_WHAT = re.compile(r"(?:required field |^)`([^`]+)`")


def place(line: int, rows: tuple[int, ...], index: int | None, called: str | None) -> tuple[int, str | None]:
    """The line of the file, and what stands there, of something in the order line `index`, or in none."""
    if index is None:
        return line, called
    if index < len(rows):
        return rows[index], called
    return line, f"lines[{index}]" if called is None else f"lines[{index}].{called}"


def _unknown(fields: Mapping[str, Any]) -> set[str]:
    lines = fields.get("lines")
    of_lines = (
        {name for one in lines if isinstance(one, Mapping) for name in one}
        if isinstance(lines, list)
        else set()
    )
    return (set(fields) - set(SalesOrder.__struct_fields__)) | (
        of_lines - set(SalesOrderLine.__struct_fields__)
    )


def _utc(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value)  # type: ignore[arg-type] # what is no text is told as well
    except (TypeError, ValueError):
        raise ValueError(f"`ordered_at` is no time like 2026-01-31T08:00:00Z: {value!r}") from None
    return in_utc(time.replace(tzinfo=UTC) if time.tzinfo is None else time)
