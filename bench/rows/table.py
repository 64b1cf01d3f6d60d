"""All rows, in the order of the table."""

from __future__ import annotations

from bench.measuring import Row
from bench.rows import bulk, lists, orders, receipts, runs, scaling, subscriptions

ROWS: tuple[Row, ...] = (
    *orders.ROWS,
    *lists.ROWS,
    *subscriptions.ROWS,
    *receipts.ROWS,
    *runs.ROWS,
    *bulk.ROWS,
    *scaling.ROWS,
)
