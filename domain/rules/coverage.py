"""Coverage: which open units available stock would cover, if every line were served by rank (D1, D2, D4, D6).

It is a projection: it reserves nothing and moves nothing. Whatever a line is not covered for
is its back-ordered quantity. Unlike a run, coverage knows no hold, no shipment policy and no
whole lines: each unit is covered as soon as one is left for it.

Why it is right: lines are walked in a total order and each takes what is left, so what covers a line
depends on the lines before it and on what is kept for others (D6), and on nothing else; no unit covers
two lines, because it is subtracted when it is taken. A line touches only its SKU and that SKU's
replacement, so covering the lines of some SKUs alone gives the same answer as covering the whole pool, as
long as all lines that can touch the same stock are there: that is what makes a stock change cheap.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from domain.rules.rank import RankKey, rank_key
from domain.rules.vocabulary import BackOrderMark, BackOrderStatus

NO_REPLACEMENTS: Mapping[int, int] = MappingProxyType({})


class OpenLine(NamedTuple):
    """A line that still wants `open` units (above 0), with its order's rank columns.

    `cross_docked` of them were received for this very line: it is covered by them before the rank key
    decides over the rest (D6).
    """

    line_id: int
    order_id: int
    sku_id: int
    priority: int
    ordered_at: datetime
    open: int
    cross_docked: int = 0


def cover(
    *,
    demand: Iterable[OpenLine],
    available: Mapping[int, int],
    replacements: Mapping[int, int] = NO_REPLACEMENTS,
) -> dict[int, int]:
    """The back-ordered units of every line, by line id and in rank order; 0 for a covered one.

    `demand` may come in any order; lines of one order are served by id. `available` is units by SKU
    id. With `replacements` (SKU id to the SKU id that may be sent instead) a line takes its own SKU
    first and then its replacement, one hop and no further; both compete for that stock by rank.
    """
    left = dict(available)
    ranked = sorted(demand, key=_rank_of)
    kept: dict[int, int] = {}
    for line in ranked:
        if line.cross_docked:
            kept[line.line_id] = units = min(line.cross_docked, left.get(line.sku_id, 0))
            left[line.sku_id] = left.get(line.sku_id, 0) - units
    back_ordered: dict[int, int] = {}
    for line in ranked:
        uncovered = line.open - kept.get(line.line_id, 0)
        for sku_id in (line.sku_id, replacements.get(line.sku_id)):
            if sku_id is not None and uncovered:
                taken = min(uncovered, left.get(sku_id, 0))
                left[sku_id] = left.get(sku_id, 0) - taken
                uncovered -= taken
        back_ordered[line.line_id] = uncovered
    return back_ordered


def back_order_status(
    *, open_units: int, back_ordered: int, mark: BackOrderMark | None = None
) -> BackOrderStatus:
    """An order's status from the sums over its lines, in units (D1), or from its manual mark (D9).

    A mark says nothing of an order of which nothing is open: there is nothing to wait for.
    """
    if mark is BackOrderMark.NOT_BACK_ORDER or open_units == 0:
        return BackOrderStatus.NONE
    if mark is BackOrderMark.BACK_ORDER:
        return BackOrderStatus.FULL
    if back_ordered == 0:
        return BackOrderStatus.NONE
    return BackOrderStatus.FULL if back_ordered == open_units else BackOrderStatus.PARTIAL


def _rank_of(line: OpenLine) -> tuple[RankKey, int]:
    key = rank_key(priority=line.priority, ordered_at=line.ordered_at, order_id=line.order_id)
    return key, line.line_id
