"""Rows of the Backordering report: days that are over, as a worker would have closed them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import asyncpg

from bench.data.filling import Business

SKUS_A_DAY = 500


async def fill_report(url: str, business: Business, *, rows: int) -> None:
    """Close so many days before today that the report has `rows` rows, of up to 500 SKUs each."""
    connection = await asyncpg.connect(url)
    try:
        skus = await connection.fetch("SELECT id FROM skus ORDER BY id LIMIT $1", SKUS_A_DAY)
        today = datetime.combine(business.now.date(), time(), tzinfo=UTC)
        days = [today - timedelta(days=number + 1) for number in range(rows // len(skus))]
        await connection.copy_records_to_table(
            "back_order_closings",
            columns=("client_id", "day", "taken_at"),
            records=[(business.client_id, day.date(), day + timedelta(days=1, seconds=5)) for day in days],
        )
        await connection.copy_records_to_table(
            "back_order_days",
            columns=(
                *("client_id", "day", "distribution_center_id", "sku_id", "back_ordered", "orders", "lines"),
                *("oldest_since", "demanded", "filled_at_once", "incoming"),
            ),
            records=[
                (
                    *(business.client_id, day.date(), business.distribution_centers[0], sku["id"]),
                    *(number % 40 + 1, number % 7 + 1, number % 7 + 2, day),
                    *(number % 90 + 50, number % 45, number % 30),
                )
                for day in days
                for number, sku in enumerate(skus)
            ],
        )
        await connection.execute("VACUUM ANALYZE back_order_days, back_order_closings")
    finally:
        await connection.close()
