"""The Backordering report through GraphQL and as files (B12)."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.api.conftest import Tenant
from tests.api.transport.serving import Server
from tests.builders import MAIN, Shop

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B12")]

REPORT = """
query ($filter: BackOrderReportFilter) {
  backOrderReport(filter: $filter) { totalCount nodes {
    day distributionCenter { code } sku { code } backOrderedQty orders lines oldestSince oldestAgeHours
    demanded filledAtOnce shareFilledAtOnce incoming incomingAt
  } }
}
"""
# A code that a careless spreadsheet takes for a formula.
CUPS: dict[str, Any] = {"=CUP": 2}
DUE = datetime(2027, 1, 5, 12, tzinfo=UTC)


async def test_a_day_is_reported_per_distribution_center_and_sku(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    now = datetime.now(UTC)
    await tenant.shop.stock(TEA=1)
    await tenant.shop.order("SO-1", TEA=1, now=now)
    await tenant.shop.order("SO-2", TEA=3, now=now)
    await tenant.shop.purchase_order("PO-1", TEA=9, expected_at=DUE)

    reported = await tenant.admin.data(REPORT)

    assert reported == {
        "totalCount": 1,
        "nodes": [
            {
                "day": now.date().isoformat(),
                "distributionCenter": {"code": MAIN},
                "sku": {"code": "TEA"},
                "backOrderedQty": 3,
                "orders": 1,
                "lines": 1,
                "oldestSince": now.isoformat().replace("+00:00", "Z"),
                "oldestAgeHours": 0,
                "demanded": 4,
                "filledAtOnce": 1,
                "shareFilledAtOnce": 0.25,
                "incoming": 9,
                "incomingAt": "2027-01-05T12:00:00Z",
            }
        ],
    }
    assert await other_tenant.admin.data(REPORT) == {"totalCount": 0, "nodes": []}
    past = {"from": "2026-01-01", "until": "2026-01-31"}
    assert (await tenant.admin.data(REPORT, filter=past))["totalCount"] == 0


async def test_it_is_summed_up_by_day_and_its_worst_rows_come_first(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    now = datetime.now(UTC)
    await tenant.shop.stock(TEA=1)
    await tenant.shop.order("SO-1", TEA=4, now=now)
    await tenant.shop.order("SO-2", CUP=7, POT=2, now=now)

    found = await tenant.admin.data(
        """{
          backOrderTotals { day backOrderedQty lines oldestAgeHours demanded filledAtOnce shareFilledAtOnce }
          mostBackOrdered(first: 2) { sku { code } backOrderedQty }
        }"""
    )

    assert found == {
        "backOrderTotals": [
            {
                "day": now.date().isoformat(),
                "backOrderedQty": 12,
                "lines": 3,
                "oldestAgeHours": 0,
                "demanded": 13,
                "filledAtOnce": 1,
                "shareFilledAtOnce": 1 / 13,
            }
        ],
        "mostBackOrdered": [
            {"sku": {"code": "CUP"}, "backOrderedQty": 7},
            {"sku": {"code": "TEA"}, "backOrderedQty": 3},
        ],
    }
    assert await other_tenant.admin.data("{ backOrderTotals { day } }") == []
    too_many = await tenant.admin.execute("{ mostBackOrdered(first: 101) { day } }")
    assert too_many["errors"][0]["message"] == "Ask for 1 to 100 rows."


async def test_as_csv_it_has_a_header_and_a_row_for_each(server: Server, shop: Shop) -> None:
    now = datetime.now(UTC)
    await shop.sku("=CUP")
    await shop.order("SO-1", **CUPS, now=now)
    await shop.purchase_order("PO-1", **CUPS, expected_at=DUE)

    answer = await server.http.get("/reports/backordering.csv", headers=server.headers)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    header, row = csv.reader(io.StringIO(answer.text))
    assert header[:5] == ["Day (UTC)", "Distribution center", "SKU", "Name", "Back-ordered"]
    assert dict(zip(header, row, strict=True)) | {"Taken at": ""} == {
        "Day (UTC)": now.date().isoformat(),
        "Distribution center": MAIN,
        "SKU": "=CUP",
        "Name": "=Cup",
        "Back-ordered": "2",
        "Orders": "1",
        "Lines": "1",
        "Oldest since": now.isoformat().replace("+00:00", "Z"),
        "Age of the oldest (hours)": "0",
        "Demanded": "2",
        "Filled at once": "0",
        "Share filled at once": "0.0",
        "Incoming": "2",
        "Incoming from": "2027-01-05T12:00:00Z",
        "Taken at": "",
    }


async def test_as_xlsx_it_is_a_workbook_of_dates_numbers_and_texts(server: Server, shop: Shop) -> None:
    now = datetime.now(UTC)
    await shop.sku("=CUP")
    await shop.order("SO-1", **CUPS, now=now)
    await shop.purchase_order("PO-1", **CUPS, expected_at=DUE)

    answer = await server.http.get("/reports/backordering.xlsx", headers=server.headers)

    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    header, row = list(sheet.iter_rows(values_only=True))
    assert header[0] == "Day (UTC)"
    assert row[:7] == (datetime.combine(now.date(), datetime.min.time()), MAIN, "=CUP", "=Cup", 2, 1, 1)
    assert row[8:14] == (0, 2, 0, 0, 2, DUE.replace(tzinfo=None))
    assert sheet["C2"].data_type == "s"


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
async def test_a_long_report_comes_whole(server: Server, shop: Shop, format_: str) -> None:
    await shop.sku("TEA")
    until, days = date(2026, 1, 31), 3000
    await shop.write(
        "INSERT INTO back_order_closings SELECT $1, $2::date - n, $3 FROM generate_series(1, $4) AS n",
        shop.client_id,
        until,
        datetime(2026, 2, 1, tzinfo=UTC),
        days,
    )
    await shop.write(
        """
        INSERT INTO back_order_days
        SELECT client_id, day, $1, $2, 1, 1, 1, taken_at, 0, 0, 0, NULL FROM back_order_closings
        """,
        await shop.id_of("distribution_centers", MAIN),
        await shop.id_of("skus", "TEA"),
    )

    answer = await server.http.get(
        f"/reports/backordering.{format_}",
        params={
            "from": (until - timedelta(days=days)).isoformat(),
            "until": until.isoformat(),
            "distributionCenter": MAIN,
            "sku": "TEA",
        },
        headers=server.headers,
    )

    if format_ == "csv":
        rows = [row[0] for row in csv.reader(io.StringIO(answer.text))][1:]
    else:
        book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
        rows = [str(row[0])[:10] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
        book.close()
    assert rows == [(until - timedelta(days=ago)).isoformat() for ago in range(days, 0, -1)]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("backordering.csv?from=yesterday", 400, "BAD_REQUEST"),
        ("backordering.csv?from=2026-02-02&until=2026-02-01", 400, "INVALID_INPUT"),
        ("backordering.xlsx?sku=NONE", 400, "NOT_FOUND"),
        ("backordering.pdf", 404, "NOT_FOUND"),
    ],
)
async def test_what_is_asked_for_wrongly_is_told(
    server: Server, shop: Shop, path: str, status: int, code: str
) -> None:
    answer = await server.http.get(f"/reports/{path}", headers=server.headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
async def test_a_report_leaves_no_file_behind_whether_it_can_be_made_or_not(
    server: Server, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    await shop.sku("TEA")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    made = await server.http.get(f"/reports/backordering.{format_}", headers=server.headers)
    # It is refused when the file has been begun.
    refused = await server.http.get(
        f"/reports/backordering.{format_}?from=2026-02-02&until=2026-02-01", headers=server.headers
    )

    assert (made.status_code, refused.status_code) == (200, 400)
    assert os.listdir(tmp_path) == []


async def test_without_a_token_there_is_no_report(server: Server) -> None:
    answer = await server.http.get("/reports/backordering.csv")
    assert answer.status_code == 401
