"""The example of docs/allocation.md, table and drawing, is what the planner does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from domain.rules.allocation import DemandLine, DemandOrder, Planner
from domain.rules.shipment_policy import ShipmentPolicy

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SKUS = {"TEA": 1, "CUP": 2}
STOCK = {SKUS["TEA"]: 10, SKUS["CUP"]: 4}


class Row(NamedTuple):
    order: str
    hold: str
    wants: str
    outcome: str
    reasons: str


def _table() -> list[Row]:
    page = Path("docs/allocation.md").read_text(encoding="utf-8")
    return [
        Row(*(cell.strip() for cell in line.strip("|").split("|")))
        for line in page.splitlines()
        if line.startswith("| SO-")
    ]


def _order(number: int, row: Row) -> DemandOrder:
    wants = [want.split() for want in row.wants.split(", ")]
    return DemandOrder(
        order_id=number,
        version=1,
        priority=0,
        ordered_at=NOW,
        accepted_at=NOW - timedelta(hours=30 if row.hold == "over" else 1),
        hold=timedelta(hours=24),
        delayed_until=None,
        dispatches_made=0,
        lines=[
            DemandLine(number * 10 + place, SKUS[sku], int(units))
            for place, (sku, units) in enumerate(wants, 1)
        ],
    )


def test_the_planner_decides_as_the_page_says_and_leaves_what_the_drawing_shows() -> None:
    planner = Planner(supply=STOCK, policy=ShipmentPolicy(), now=NOW)
    left = dict(STOCK)
    shown: list[int] = []
    rows = _table()
    assert len(rows) == 6
    for number, row in enumerate(rows, 1):
        shown += left.values()
        decided, lines = planner.decide(_order(number, row))
        assert (row.order, decided.outcome.value) == (row.order, row.outcome)
        assert [line.reason.value for line in lines] == row.reasons.split(", ")
        for line in lines:
            left[line.sku_id] -= line.given

    drawing = Path("docs/images/allocation-walk.svg").read_text(encoding="utf-8")
    drawn = [int(units) for units in re.findall(r'<text x="480"[^>]*>(\d+)</text>', drawing)]
    assert drawn == shown
    assert f"In the end TEA {left[SKUS['TEA']]} and CUP {left[SKUS['CUP']]} are left." in drawing
