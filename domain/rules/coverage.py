"""Coverage: which open units available stock would cover, if every line were served by rank (D1, D2, D4, D6).

It is a projection: it reserves nothing and moves nothing. Whatever a line is not covered for
is its back-ordered quantity. Unlike a run, coverage knows no hold, no shipment policy and no
whole lines: each unit is covered as soon as one is left for it.

Why it is right: lines are walked in a total order and each takes what is left, so what covers a line
depends on the lines before it and on what is kept for others (D6), and on nothing else; no unit covers
two lines, because it is subtracted when it is taken. A line touches only its SKU and that SKU's
replacement, so covering the lines of some SKUs alone gives the same answer as covering the whole pool, as
long as all lines that can touch the same stock are there: that is what makes a stock change cheap.

Nor do lines behind the last unit matter. Take a SKU's lines in rank order, up to where they want as many
units as there are of the SKU and its replacement together. Either each of them was covered whole, and took
all these units, or one was not, and then nothing was left: no line behind gets anything, unless it was
received for that very line. So the lines that get something come first, those that get nothing follow,
and new lines can be told what they get from where the two meet (`cover_new`).

And lines that get all they want need not be walked again: as long as all lines of a SKU up to one want no
more than there is, each of them is covered whole. Where that SKU's stock serves no other SKU's lines and
nothing of it is kept for one, such lines can be left out together with the units they want, and everybody
else gets what they would have got.
"""

from collections.abc import Iterable, Mapping, Sequence
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


class Standing(NamedTuple):
    """How the open lines of a SKU stand that has no replacement and replaces none, before new lines come.

    `left` are the units of it that cover nobody. `first_short` and `last` are where the first back-ordered
    line and the last line stand, as (minus priority, order time); None: there is no such line.
    """

    left: int
    first_short: tuple[int, datetime] | None = None
    last: tuple[int, datetime] | None = None


def cover_new(*, new: Sequence[OpenLine], standing: Mapping[int, Standing]) -> dict[int, int]:
    """The back-ordered units of lines that come in, by line id, where they change no other line's coverage.

    The order ids of new lines are higher than all others', so behind one of the same priority and time
    they come later. Lines of a SKU are left out, all of them, when its standing is not known, or when one of
    them comes before a line that has or lacks stock: then everybody's coverage is to be computed.
    """
    first: dict[int, tuple[int, datetime]] = {}
    wanted: dict[int, int] = {}
    for line in new:
        place = (-line.priority, line.ordered_at)
        first[line.sku_id] = min(place, first.get(line.sku_id, place))
        wanted[line.sku_id] = wanted.get(line.sku_id, 0) + line.open
    available: dict[int, int] = {}
    for sku_id, place in first.items():
        stands = standing.get(sku_id)
        if stands is None:
            continue
        if stands.first_short is not None:
            if place >= stands.first_short:
                available[sku_id] = 0
        elif wanted[sku_id] <= stands.left or stands.last is None or place >= stands.last:
            available[sku_id] = max(stands.left, 0)
    return cover(demand=[line for line in new if line.sku_id in available], available=available)


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
