"""What is true of promise dates whenever no transaction is open: lines and orders keep to the rule."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from domain.rules.promising import IncomingLine, ShortLine, promise
from domain.rules.rank import rank_key
from domain.rules.vocabulary import PromiseReason
from domain.store.database import Connection, Row

_UNSTORED = (None, PromiseReason.NO_INCOMING)


async def assert_promised(sql: Connection) -> None:
    """Peg everything anew, all pools and SKUs together, and compare (F4)."""
    demand = await sql.fetch("SELECT * FROM pool_demand")
    ordered = await sql.fetch("SELECT * FROM purchase_order_lines WHERE open > 0")
    promised: dict[int, tuple[datetime | None, PromiseReason | None]] = {}
    for pool in {row["distribution_center_id"] for row in demand}:
        promised |= promise(
            short=[
                ShortLine(line["line_id"], line["sku_id"], line["back_ordered"])
                for line in sorted(demand, key=_rank)
                if line["distribution_center_id"] == pool and line["back_ordered"]
            ],
            incoming=[
                IncomingLine(
                    line["id"], line["sku_id"], line["open"], line["expected_at"], line["order_line_id"]
                )
                for line in ordered
                if line["distribution_center_id"] == pool
            ],
        )
    dates: defaultdict[int, list[datetime | None]] = defaultdict(list)
    for line in demand:
        expected = promised.get(line["line_id"], _UNSTORED)
        stored = (line["promised_at"], line["promise_gap"])
        assert stored == ((None, None) if expected == _UNSTORED else expected), line["line_id"]
        if line["back_ordered"]:
            dates[line["order_id"]].append(line["promised_at"])
    for line in ordered:
        if line["dropship_order_id"] is not None:
            dates[line["dropship_order_id"]].append(line["expected_at"])
    for order in await sql.fetch("SELECT id, promised_at FROM orders"):
        known = [at for at in dates[order["id"]] if at is not None]
        whole = len(known) == len(dates[order["id"]])
        assert order["promised_at"] == (max(known, default=None) if whole else None), order["id"]


def _rank(line: Row) -> tuple[object, int]:
    key = rank_key(priority=line["priority"], ordered_at=line["ordered_at"], order_id=line["order_id"])
    return key, line["line_id"]
