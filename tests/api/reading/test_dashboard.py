"""What a page of the Backlog Orders dashboard and its counts are read from (C2)."""

from __future__ import annotations

import pytest

from tests.api.conftest import Tenant

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C2")]

WEEK = """{
  backlogOrders(filter: {from: "2026-02-01T00:00:00Z", until: "2026-02-08T00:00:00Z"}, first: 20) {
    counts { condition count } orders { totalCount nodes { number } }
  }
}"""


async def test_a_page_and_the_counts_are_read_without_a_scan_of_all_orders(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=1)
    await tenant.shop.write(
        """
        INSERT INTO orders (client_id, number, distribution_center_id, ordered_at, accepted_at)
        SELECT client_id, 'N' || n, distribution_center_id,
               ordered_at - n * interval '10 minutes', accepted_at
        FROM orders, generate_series(1, 40000) AS n
        """
    )
    await tenant.shop.write("ANALYZE orders")
    before = await _scans(tenant)

    shown = await tenant.admin.data(WEEK)

    assert (len(shown["orders"]["nodes"]), shown["orders"]["totalCount"]) == (20, 7 * 24 * 6)
    assert sum(row["count"] for row in shown["counts"]) == 7 * 24 * 6
    sequential, by_index = await _scans(tenant)
    assert sequential == before[0]
    assert by_index > before[1]


async def _scans(tenant: Tenant) -> tuple[int, int]:
    """How often the orders have been scanned as a whole, and through an index."""
    for _ in range(tenant.shop.database.pool().open):
        await tenant.shop.value("SELECT 1 FROM (SELECT pg_stat_force_next_flush()) AS flushed")
    row = await tenant.shop.row("SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'orders'")
    return row["seq_scan"], row["idx_scan"]
