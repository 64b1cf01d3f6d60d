"""All rows, in the order of the table."""

from __future__ import annotations

from bench.measuring import Row
from bench.rows import orders

ROWS: tuple[Row, ...] = (*orders.ROWS,)
