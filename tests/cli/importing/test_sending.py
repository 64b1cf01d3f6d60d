"""Rows that are wrong are told by line, column and remedy, and keep no other row of their file back."""

from __future__ import annotations

from io import StringIO

import pytest

from cli.importing import reference
from cli.importing.entries import Failure, Report
from cli.importing.orders import orders_from_csv, orders_from_json_lines
from cli.importing.reference import DISTRIBUTION_CENTERS, SKUS, STOCK, STORES, Kind, Row, send_reference
from cli.importing.sending_orders import send_orders
from domain.rules.refusals import ErrorCode
from tests.builders import Shop
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.anyio

GO_ON = "create it first."


async def sent(shop: Shop, kind: Kind[Row], text: str) -> Report:
    told: list[int] = []
    report = await send_reference(
        shop.command, kind, kind.read(StringIO(text)), sent=lambda report: told.append(report.created)
    )
    assert told[-1] == report.created
    return report


async def test_skus_that_are_wrong_keep_no_other_back(shop: Shop) -> None:
    await shop.sku("TEA", barcode="111")

    report = await sent(
        shop,
        SKUS,
        "code,name,barcode,replacement\nA,A,,B\nB,B,,C\nC,C,111,\nD,D,,D\nE,E,,F\nF,F,222,\n,G,,\nH,H,,none\n",
    )

    assert (report.created, report.duplicates) == (2, 0)
    assert report.failures == [
        Failure(2, ErrorCode.NOT_FOUND, f"There is no SKU with the code 'B'; {GO_ON}", "replacement"),
        Failure(3, ErrorCode.NOT_FOUND, f"There is no SKU with the code 'C'; {GO_ON}", "replacement"),
        Failure(
            4, ErrorCode.DUPLICATE, "The barcode 111 belongs to SKU TEA; give each SKU its own.", "barcode"
        ),
        Failure(5, ErrorCode.INVALID_INPUT, "A SKU can't replace itself.", "replacement"),
        Failure(8, ErrorCode.INVALID_INPUT, "Object missing required field `code`.", "code"),
        Failure(9, ErrorCode.NOT_FOUND, f"There is no SKU with the code 'none'; {GO_ON}", "replacement"),
    ]
    assert await shop.tuples("SELECT code FROM skus ORDER BY code") == [("E",), ("F",), ("TEA",)]


async def test_a_replacement_may_stand_anywhere_in_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "_ROWS_PER_CALL", 2)

    report = await sent(shop, SKUS, "code,name,replacement\nA,A,E\nB,B,\nC,C,A\nD,D,none\nE,E,\n")

    assert report.created == 4
    assert [(failure.line, failure.field) for failure in report.failures] == [(5, "replacement")]
    replaced = (
        "SELECT sku.code, other.code FROM skus AS sku JOIN skus AS other ON other.id = sku.replacement_id"
    )
    assert await shop.tuples(f"{replaced} ORDER BY 1") == [("A", "E"), ("C", "A")]


@pytest.mark.rule("F8")
async def test_stock_that_is_counted_wrong_keeps_no_other_count_back(shop: Shop) -> None:
    await shop.stock(TEA=5, CUP=5)
    await shop.dispatch(await shop.order("SO-1", CUP=2), CUP=2)

    report = await sent(
        shop,
        STOCK,
        "sku,distribution_center,on_hand\nTEA,MAIN,7\nCUP,MAIN,1\nPOT,MAIN,1\nTEA,HAM,1\nTEA,MAIN,9\n",
    )

    assert report.created == 1
    assert [(failure.line, failure.code, failure.field) for failure in report.failures] == [
        (3, ErrorCode.INSUFFICIENT_STOCK, "on_hand"),
        (4, ErrorCode.NOT_FOUND, "sku"),
        (5, ErrorCode.NOT_FOUND, "distribution_center"),
        (6, ErrorCode.INVALID_INPUT, "sku"),
    ]
    levels = "SELECT code, on_hand FROM stock_levels JOIN skus ON skus.id = sku_id ORDER BY code"
    assert await shop.tuples(levels) == [("CUP", 5), ("TEA", 7)]
    await assert_consistent(shop.database)


@pytest.mark.parametrize("kind", [DISTRIBUTION_CENTERS, STORES], ids=["distribution centers", "stores"])
async def test_codes_that_are_wrong_keep_no_other_back(shop: Shop, kind: Kind[Row]) -> None:
    long = "N" * 256
    report = await sent(shop, kind, f"code,name\nA,A\nB,{long}\nC,C\nA,Again\n")

    assert report.created == 2
    assert [(failure.line, failure.field) for failure in report.failures] == [(3, "name"), (5, "code")]


async def test_a_file_in_which_all_is_wrong_sets_nothing(shop: Shop) -> None:
    report = await sent(shop, STOCK, "sku,distribution_center,on_hand\nA,MAIN,1\nB,MAIN,2\n")

    assert (report.created, len(report.failures)) == (0, 2)
    assert await shop.value("SELECT count(*) FROM stock_levels") == 0


@pytest.mark.rule("B1")
async def test_what_is_wrong_in_a_line_of_an_order_is_told_where_it_stands(shop: Shop) -> None:
    await shop.stock(TEA=5)
    rows = "number,distribution_center,store,sku,quantity\n"
    rows += "A,MAIN,,TEA,1\nA,MAIN,,none,1\nB,MAIN,none,TEA,1\nC,MAIN,,TEA,1\n"
    order = (
        '{"number": "%s", "distributionCenterCode": "MAIN", "lines": [{"skuCode": "%s", "quantity": 1}]}\n'
    )

    from_csv = await send_orders(shop.command, orders_from_csv(StringIO(rows)), sent=lambda _: None)
    from_json = await send_orders(
        shop.command,
        orders_from_json_lines(StringIO(order % ("D", "none") + order % ("E", "TEA"))),
        sent=lambda _: None,
    )

    assert from_csv.created == from_json.created == 1
    assert [(failure.line, failure.code, failure.field) for failure in from_csv.failures] == [
        (3, ErrorCode.NOT_FOUND, "sku"),
        (4, ErrorCode.NOT_FOUND, "store"),
    ]
    assert [(failure.line, failure.field) for failure in from_json.failures] == [(1, "lines[0].skuCode")]
