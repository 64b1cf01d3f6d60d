"""Order files: CSV with one row per order line, or JSON Lines with one order per line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, TextIO

from cli.importing.entries import (
    Entry,
    Failure,
    camel_case,
    csv_rows,
    json_lines,
    place,
    sales_order,
    snake_case,
)
from domain.operations.load_sales_orders import SalesOrder
from domain.rules.refusals import ErrorCode

_REQUIRED = ("number", "distribution_center", "sku", "quantity")
_OPTIONAL = (
    "store",
    "ordered_at",
    "priority",
    "marketplace_status",
    "marketplace_invoice_number",
    "sales_order_code",
    "invoice_code",
    "shipping_agency",
    "order_type",
    "service",
    "country",
    "email",
)
_OF_THE_ORDER = ("distribution_center", *_OPTIONAL)
_FIELD_OF_COLUMN = {"distribution_center": "distribution_center_code", "store": "store_code"}
_COLUMN_OF_FIELD = {field: column for column, field in _FIELD_OF_COLUMN.items()} | {"sku_code": "sku"}


def orders_from_csv(file: TextIO) -> Iterator[Entry[SalesOrder] | Failure]:
    """Orders from the rows that have the same number, wherever they stand; the first one tells the fields.

    The file is read twice, so that no order is loaded before its last row is known: what came later could
    not be added to it, for an order that exists is left as it is.
    """
    file = file if file.seekable() else StringIO(file.read())
    last = {row.value.get("number"): row.line for row in _rows(file)}
    file.seek(0)
    begun: dict[str, list[Entry[dict[str, str]]]] = {}
    for row in _rows(file):
        number = row.value.get("number")
        if number is None:
            yield _order_of([row])
            continue
        rows = begun.setdefault(number, [])
        rows.append(row)
        if row.line == last[number]:
            yield _order_of(begun.pop(number))


def orders_from_json_lines(file: TextIO) -> Iterator[Entry[SalesOrder] | Failure]:
    """Orders as the API's SalesOrderInput names their fields, one JSON object per line."""
    for entry in json_lines(file):
        if isinstance(entry, Failure):
            yield entry
        elif not isinstance(entry.value, dict):
            yield Failure(entry.line, ErrorCode.INVALID_INPUT, "The line is not a JSON object.")
        else:
            # What is null is what is left out, as it is to the API.
            given = {name: value for name, value in entry.value.items() if value is not None}
            yield sales_order(entry.line, _snake_case(given), named=camel_case)


def _rows(file: TextIO) -> Iterator[Entry[dict[str, str]]]:
    return csv_rows(file, required=_REQUIRED, optional=_OPTIONAL, column_of_field=_COLUMN_OF_FIELD)


def _order_of(rows: list[Entry[dict[str, str]]]) -> Entry[SalesOrder] | Failure:
    first = rows[0]
    fields: dict[str, Any] = {
        _FIELD_OF_COLUMN.get(name, name): value
        for name, value in first.value.items()
        if name not in ("sku", "quantity")
    }
    for row in rows:
        for name in ("sku", "quantity"):
            if name not in row.value:
                return Failure(row.line, ErrorCode.INVALID_INPUT, f"The {name} is missing.", name)
        different = [
            name
            for name in _OF_THE_ORDER
            if row.value.get(name, first.value.get(name)) != first.value.get(name)
        ]
        if different:
            return Failure(
                row.line,
                ErrorCode.INVALID_INPUT,
                f"{', '.join(different)} differs from the first row of order {first.value['number']}.",
                different[0] if len(different) == 1 else None,
            )
    fields["lines"] = [{"sku_code": row.value["sku"], "quantity": row.value["quantity"]} for row in rows]
    return sales_order(first.line, fields, named=_column, rows=tuple(row.line for row in rows))


def _column(field: str) -> str:
    return _COLUMN_OF_FIELD.get(field, field)


def place_of(entry: Entry[SalesOrder], path: Sequence[str]) -> tuple[int, str | None]:
    """Where the file has what `path` names within the order, as the API names it: the line and the field."""
    index = None
    if len(path) > 1 and path[0] == "lines":
        index, path = int(path[1]), path[2:]
    if not path:
        return place(entry.line, entry.rows, index, None)
    called = _column(snake_case(path[0])) if entry.rows else path[0]
    return place(entry.line, entry.rows, index, called)


def _snake_case(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {snake_case(name): _snake_case(v) for name, v in value.items()}
    if isinstance(value, list):
        return [_snake_case(item) for item in value]
    return value
