"""Looks at the stock levels all the time, beside everything, so that no oversell is too short to be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

import asyncpg

from tests.faults.driver.known import Known

_PAUSE_SECONDS = 0.05
_THOROUGH_SECONDS = 2.0

_OVERSOLD = """
SELECT count(*) FROM stock_levels WHERE on_hand < 0 OR allocated < 0 OR allocated > on_hand
"""
# One statement is one snapshot: whatever it sees is committed, and committed together.
NOT_ALLOCATED_TO_LINES = """
SELECT count(*) FROM stock_levels AS level
LEFT JOIN (
    SELECT o.client_id, o.distribution_center_id, line.sku_id, sum(line.allocated) AS allocated
    FROM order_lines AS line JOIN orders AS o ON o.client_id = line.client_id AND o.id = line.order_id
    GROUP BY 1, 2, 3
) AS held USING (client_id, distribution_center_id, sku_id)
WHERE level.allocated <> coalesce(held.allocated, 0)
"""
LEDGER_DIFFERS = """
SELECT count(*) FROM stock_levels AS level
LEFT JOIN (
    SELECT client_id, distribution_center_id, sku_id, sum(on_hand_change) AS on_hand,
           sum(allocated_change) AS allocated
    FROM stock_movements GROUP BY 1, 2, 3
) AS booked USING (client_id, distribution_center_id, sku_id)
WHERE (level.on_hand, level.allocated) <> (coalesce(booked.on_hand, 0), coalesce(booked.allocated, 0))
"""
_LOOKS = {
    "stock is oversold": _OVERSOLD,
    "what is allocated is not allocated to order lines": NOT_ALLOCATED_TO_LINES,
    "the ledger is not the levels": LEDGER_DIFFERS,
}


class Onlooker:
    """Looks from the outside, straight at whichever database answers; `looks` counts how often it saw."""

    def __init__(self, urls: Sequence[str], *, known: Known) -> None:
        self._urls = urls
        self._known = known
        self.looks = 0

    async def look(self) -> None:
        """Look until cancelled; while the database is away there is nothing to see."""
        while True:
            for url in self._urls:
                try:
                    async with asyncio.timeout(3):
                        sql = await asyncpg.connect(url)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    continue
                try:
                    await self._look_through(sql)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                    pass
                finally:
                    sql.terminate()
            await asyncio.sleep(0.2)

    async def _look_through(self, sql: asyncpg.Connection[asyncpg.Record]) -> None:
        thorough_at = monotonic()
        while True:
            thorough = monotonic() >= thorough_at
            for problem, statement in list(_LOOKS.items())[: None if thorough else 1]:
                if found := await sql.fetchval(statement, timeout=30):
                    self._known.problem(f"{problem}: {found} levels, at look {self.looks}")
            if thorough:
                thorough_at = monotonic() + _THOROUGH_SECONDS
            self.looks += 1
            await asyncio.sleep(_PAUSE_SECONDS)
