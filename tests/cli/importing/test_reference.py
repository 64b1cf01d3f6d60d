"""Files of reference data: what is wrong in a row is told by its line, in the words of the header."""

from __future__ import annotations

from io import StringIO

from cli.importing.entries import Entry, Failure
from cli.importing.reference import STOCK
from domain.operations.set_up import StockCount
from domain.rules.refusals import ErrorCode

NO_CENTER = "Object missing required field `distribution_center`."


def test_rows_become_what_they_count_and_what_is_wrong_is_called_as_its_column() -> None:
    file = StringIO(
        "sku,distribution_center,on_hand\n10-01,BER,7\n10-02,,1\n10-03,BER,many\n10-02,,1\n"
        "10-01,BER,8\n10-01,HAM,9\n"
    )
    assert list(STOCK.read(file)) == [
        Entry(2, StockCount(sku_code="10-01", distribution_center_code="BER", on_hand=7)),
        Failure(3, ErrorCode.INVALID_INPUT, NO_CENTER, "distribution_center"),
        Failure(4, ErrorCode.INVALID_INPUT, "Expected `int`, got `str` - at `$.on_hand`.", "on_hand"),
        Failure(5, ErrorCode.INVALID_INPUT, NO_CENTER, "distribution_center"),
        Failure(
            6,
            ErrorCode.INVALID_INPUT,
            "10-01, BER stands in line 2 already, which was taken; keep the row that is right.",
            "sku",
        ),
        Entry(7, StockCount(sku_code="10-01", distribution_center_code="HAM", on_hand=9)),
    ]
