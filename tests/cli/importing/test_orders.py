"""Order files are read line by line, and what is wrong in them is told by line."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from cli.importing.entries import Entry, Failure, UnreadableFileError
from cli.importing.orders import orders_from_csv, orders_from_json_lines
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine
from domain.rules.refusals import ErrorCode

HEADER = "number,distribution_center,sku,quantity,store,ordered_at,priority\n"


def read_csv(rows: str, header: str = HEADER) -> list[Entry[SalesOrder] | Failure]:
    return list(orders_from_csv(StringIO(header + rows)))


def test_rows_with_the_same_number_are_one_order() -> None:
    orders = read_csv("A1,BER,10-01,2,WEB,2026-01-31T08:00:00+01:00,5\nA1,BER,10-02,1\nA2,BER,10-01,4\n")
    assert orders == [
        Entry(
            2,
            SalesOrder(
                number="A1",
                distribution_center_code="BER",
                store_code="WEB",
                ordered_at=datetime(2026, 1, 31, 7, tzinfo=UTC),
                priority=5,
                lines=(
                    SalesOrderLine(sku_code="10-01", quantity=2),
                    SalesOrderLine(sku_code="10-02", quantity=1),
                ),
            ),
            rows=(2, 3),
        ),
        Entry(
            4,
            SalesOrder(
                number="A2",
                distribution_center_code="BER",
                lines=(SalesOrderLine(sku_code="10-01", quantity=4),),
            ),
            rows=(4,),
        ),
    ]


def test_columns_may_be_named_as_the_api_names_its_fields() -> None:
    (order,) = read_csv(
        "A1,BER,WEB,2026-01-31T08:00:00Z,JNE,10-01,2\n",
        header="number,distributionCenterCode,storeCode,orderedAt,shippingAgency,skuCode,quantity\n",
    )
    assert order == Entry(
        2,
        SalesOrder(
            number="A1",
            distribution_center_code="BER",
            store_code="WEB",
            ordered_at=datetime(2026, 1, 31, 8, tzinfo=UTC),
            shipping_agency="JNE",
            lines=(SalesOrderLine(sku_code="10-01", quantity=2),),
        ),
        rows=(2,),
    )


def test_a_column_under_two_of_its_names_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="column 'sku' is there twice"):
        read_csv("A1,BER,10-01,10-02,2\n", header="number,distribution_center,sku,skuCode,quantity\n")


def test_a_time_without_a_zone_is_utc() -> None:
    (order,) = read_csv("A1,BER,10-01,2,,2026-01-31,\n")
    assert isinstance(order, Entry)
    assert order.value.ordered_at == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ("A1,BER,10-01,two\n", 2, "Expected `int`"),
        ("A1,BER,10-01,\n", 2, "The quantity is missing."),
        ("A1,BER,10-01,1\nA1,BER,,1\n", 3, "The sku is missing."),
        ("A1,,10-01,1\n", 2, "Object missing required field `distribution_center`."),
        (
            "A1,BER,10-01,1,,yesterday,\n",
            2,
            "`ordered_at` is no time like 2026-01-31T08:00:00Z: 'yesterday'.",
        ),
        ("A1,BER,10-01,1,,9999-12-31T23:59:59-01:00,\n", 2, "no time that can be kept"),
        ("A1,BER,10-01,1,WEB\nA1,BER,10-02,1,MKT\n", 3, "store differs from the first row of order A1."),
        (
            "A1,BER,10-01,1\nA1,HAM,10-02,1\n",
            3,
            "distribution_center differs from the first row of order A1.",
        ),
    ],
)
def test_a_wrong_row_is_told_by_its_line(rows: str, line: int, message: str) -> None:
    (failure,) = read_csv(rows)
    assert isinstance(failure, Failure)
    assert (failure.line, failure.code) == (line, ErrorCode.INVALID_INPUT)
    assert message in failure.message


def test_rows_of_an_order_that_are_apart_are_one_order_all_the_same() -> None:
    entries = read_csv("A1,BER,10-01,1\nA2,BER,10-01,1\nA1,BER,10-02,1\n,BER,10-01,1\n,BER,10-02,1\n")
    assert [
        (entry.line, entry.value.number, [line.sku_code for line in entry.value.lines])
        for entry in entries
        if isinstance(entry, Entry)
    ] == [(3, "A2", ["10-01"]), (2, "A1", ["10-01", "10-02"])]
    assert [entry.line for entry in entries if isinstance(entry, Failure)] == [5, 6]


def test_a_file_that_can_be_read_only_once_is_read_as_well(tmp_path: Path) -> None:
    pipe = tmp_path / "orders.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as writer:
        writing = writer.submit(pipe.write_text, HEADER + "A1,BER,10-01,1\n")
        with pipe.open() as file:
            (entry,) = orders_from_csv(file)
        writing.result()
    assert isinstance(entry, Entry)
    assert entry.value.number == "A1"


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("number,sku,quantity\n", "column 'distribution_center' is missing"),
        ("number,distribution_center,sku,quantity,colour\n", "column 'colour' is not known"),
        ("", "column 'number' is missing"),
        ('number,distribution_center,"sku,quantity\n', "the header is not CSV"),
    ],
)
def test_a_wrong_header_stops_before_anything_is_loaded(header: str, problem: str) -> None:
    with pytest.raises(UnreadableFileError, match=problem):
        read_csv("", header)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("A1,BER,10-01,1\nA2,BER,10-01,1,Tea, green,,5\n", "line 3 has more cells than the header"),
        ('A1,BER,10-01,1\nA2,BER,10-01,"1\n', "line 3 is not CSV"),
    ],
)
def test_a_row_that_is_none_stops_the_file_instead_of_being_taken_for_another(
    rows: str, problem: str
) -> None:
    with pytest.raises(UnreadableFileError, match=problem):
        read_csv(rows)


def test_a_spreadsheet_may_write_empty_cells_after_the_last_column() -> None:
    (order,) = read_csv("A1,BER,10-01,1,,,,,, \n")
    assert isinstance(order, Entry)


def test_json_lines_are_named_as_in_the_api() -> None:
    text = (
        '{"number": "A1", "distributionCenterCode": "BER", "orderedAt": "2026-01-31T08:00:00Z", '
        '"lines": [{"skuCode": "10-01", "quantity": 2}]}\n'
        "\n"
        '{"number": "A2", "colour": "red"}\n'
        "{broken\n"
        "[1]\n"
    )
    order, *failures = orders_from_json_lines(StringIO(text))
    assert order == Entry(
        1,
        SalesOrder(
            number="A1",
            distribution_center_code="BER",
            ordered_at=datetime(2026, 1, 31, 8, tzinfo=UTC),
            lines=(SalesOrderLine(sku_code="10-01", quantity=2),),
        ),
    )
    assert [failure.line for failure in failures] == [3, 4, 5]
    assert isinstance(failures[0], Failure)
    assert failures[0].message == "Unknown field: colour."


def test_what_is_null_in_json_lines_is_left_out() -> None:
    text = (
        '{"number": "A1", "distributionCenterCode": "BER", "priority": null, "orderedAt": null, '
        '"storeCode": null, "lines": [{"skuCode": "10-01", "quantity": 2}]}\n'
    )
    lines = (SalesOrderLine(sku_code="10-01", quantity=2),)
    assert list(orders_from_json_lines(StringIO(text))) == [
        Entry(1, SalesOrder(number="A1", distribution_center_code="BER", lines=lines))
    ]


@pytest.mark.parametrize(
    ("order", "message", "field"),
    [
        (
            '{"number": "A1", "lines": []}',
            "Object missing required field `distributionCenterCode`.",
            "distributionCenterCode",
        ),
        ('{"number": null}', "Object missing required field `number`.", "number"),
        (
            '{"number": "A1", "distributionCenterCode": "BER", "lines": [{"quantity": 1}]}',
            "Object missing required field `skuCode` - at `$.lines[0]`.",
            "lines[0].skuCode",
        ),
        (
            '{"number": "A1", "orderKind": 1, "lines": [{"unitPrice": 2}]}',
            "Unknown field: orderKind, unitPrice.",
            None,
        ),
        (
            '{"number": "A1", "distributionCenterCode": "BER", "lines": 5}',
            "Expected `array`, got `int` - at `$.lines`.",
            "lines",
        ),
        (
            '{"number": "A1", "orderedAt": "soon"}',
            "`orderedAt` is no time like 2026-01-31T08:00:00Z: 'soon'.",
            "orderedAt",
        ),
        (
            '{"number": "A1", "orderedAt": 5}',
            "`orderedAt` is no time like 2026-01-31T08:00:00Z: 5.",
            "orderedAt",
        ),
        ("[" * 100_000, "The line is not JSON of ours: it is nested too deeply.", None),
    ],
)
def test_what_is_wrong_in_json_lines_is_named_as_it_is_there(
    order: str, message: str, field: str | None
) -> None:
    assert list(orders_from_json_lines(StringIO(order))) == [
        Failure(1, ErrorCode.INVALID_INPUT, message, field)
    ]


@pytest.mark.parametrize(
    ("rows", "line", "field"),
    [
        ("A1,BER,10-01,2\nA1,BER,10-02,many\n", 3, "quantity"),
        ("A1,BER,10-01,2\nA1,BER,,1\n", 3, "sku"),
        ("A1,BER,10-01,2\nA1,HAM,10-02,1\n", 3, "distribution_center"),
        ("A1,BER,10-01,2\nA1,BER,10-02,1,POP,,9\n", 3, None),
        ("A1,BER,10-01,2,,soon\nA1,BER,10-02,1\n", 2, "ordered_at"),
        ("A1,,10-01,2\nA1,,10-02,1\n", 2, "distribution_center"),
        (",BER,10-01,2\n", 2, "number"),
    ],
)
def test_what_is_wrong_in_a_row_is_told_by_its_line_and_column(
    rows: str, line: int, field: str | None
) -> None:
    (failure,) = read_csv(rows)
    assert isinstance(failure, Failure)
    assert (failure.line, failure.field) == (line, field)
