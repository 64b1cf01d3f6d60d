"""Reports take the same memory however long they are (B12)."""

from __future__ import annotations

import tempfile
import tracemalloc
from datetime import UTC, date, datetime, timedelta

import pytest

from api.reports.backordering import HEADER
from api.reports.formats import CsvWriter, XlsxWriter
from domain.store.database import Database
from domain.views.back_order_report import ReportFilter, whole_report
from tests.builders import MAIN, Shop

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B12")]

FIRST = date(2026, 1, 1)
SKUS = 1_000
DAYS = 8


async def reported(shop: Shop) -> None:
    """Figures of 1,000 SKUs on each of 8 days."""
    pool = await shop.id_of("distribution_centers", MAIN)
    await shop.write(
        "INSERT INTO skus (client_id, code, name) SELECT $1, i, i FROM generate_series(1, $2) AS i",
        shop.client_id,
        SKUS,
    )
    await shop.write(
        "INSERT INTO back_order_closings SELECT $1, $2::date + i, now() FROM generate_series(0, $3 - 1) AS i",
        shop.client_id,
        FIRST,
        DAYS,
    )
    await shop.write(
        """
        INSERT INTO back_order_days
        SELECT $1, closed.day, $2, sku.id, 5, 2, 3, now(), 10, 5, 7, now()
        FROM back_order_closings AS closed, skus AS sku
        """,
        shop.client_id,
        pool,
    )


async def written(shop: Shop, kind: type[CsvWriter | XlsxWriter], *, days: int) -> tuple[int, int]:
    """How many rows a report of so many days has, and the most bytes that writing it took at a time."""
    rows = 0
    tracemalloc.start()
    try:
        with tempfile.TemporaryFile() as file:
            writer = kind(file, title="Backordering", header=list(HEADER.values()))
            async for batch in whole_report(
                shop.database,
                client_id=shop.client_id,
                report_filter=ReportFilter(first_day=FIRST, last_day=FIRST + timedelta(days=days - 1)),
                now=datetime(2026, 9, 1, tzinfo=UTC),
                columns=list(HEADER),
            ):
                writer.write([tuple(row) for row in batch])
                rows += len(batch)
            writer.close()
            writer.clean_up()
        return rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [CsvWriter, XlsxWriter])
async def test_a_report_eight_times_as_long_takes_no_more_memory(
    database: Database, kind: type[CsvWriter | XlsxWriter]
) -> None:
    shop = await Shop.open(database)
    await reported(shop)
    # What is made once, such as the driver's codecs, is made before.
    await written(shop, kind, days=1)

    short, most_of_short = await written(shop, kind, days=1)
    long, most_of_long = await written(shop, kind, days=DAYS)

    assert (short, long) == (1_000, 8_000)
    # Seven thousand rows more would be several megabytes.
    assert most_of_long < most_of_short + 1_500_000, (most_of_short, most_of_long)
