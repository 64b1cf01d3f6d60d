"""Promise dates: when stock that is on its way will cover a line's last back-ordered unit (F4).

Incoming purchase-order lines are walked by expected date, undated ones last. Each is pegged as its receipt
will be shared out: first to the order line it is linked to (D6), then to the back-ordered lines in rank
order. A line's promise is the date of the purchase-order line that its last unit is pegged to.

Why it is right: it is coverage (rules/coverage), told in advance. After a receipt, coverage gives linked
lines what came for them and shares the rest by rank; units are alike, so whoever got one before keeps one,
and what the receipt adds is what is pegged here. So if everything comes as expected and nothing else
happens, a line is covered on the date it is promised and not before. Only units of a line's own SKU are
pegged, so the lines of one SKU can be pegged without the rest of the pool.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from domain.rules.vocabulary import PromiseReason

_NEVER = datetime.max.replace(tzinfo=UTC)


class ShortLine(NamedTuple):
    """An order line and its back-ordered units (above 0)."""

    line_id: int
    sku_id: int
    back_ordered: int


class IncomingLine(NamedTuple):
    """A purchase-order line: the units still to come, when, and the order line it is linked to, if any."""

    id: int
    sku_id: int
    open: int
    expected_at: datetime | None
    order_line_id: int | None = None


class Promise(NamedTuple):
    """A date, or why there is none: exactly one of the two is None."""

    at: datetime | None
    reason: PromiseReason | None


def promise(*, short: Sequence[ShortLine], incoming: Iterable[IncomingLine]) -> dict[int, Promise]:
    """The promise of every line in `short`, which comes in rank order, by line id.

    `incoming` may come in any order: equal dates are told apart by id.
    """
    missing = {line.line_id: line.back_ordered for line in short}
    waiting: defaultdict[int, deque[int]] = defaultdict(deque)
    for line in short:
        waiting[line.sku_id].append(line.line_id)
    last: dict[int, datetime] = {}
    for coming in sorted(incoming, key=lambda line: (line.expected_at or _NEVER, line.id)):
        at, units = coming.expected_at or _NEVER, coming.open
        linked = coming.order_line_id
        if linked is not None and missing.get(linked):
            last[linked] = at
            units -= _peg(missing, linked, units)
        queue = waiting[coming.sku_id]
        while units and queue:
            if missing[queue[0]]:
                last[queue[0]] = at
                units -= _peg(missing, queue[0], units)
            if not missing[queue[0]]:
                queue.popleft()
    return {line.line_id: _promise(last.get(line.line_id), missing[line.line_id]) for line in short}


def _peg(missing: dict[int, int], line_id: int, units: int) -> int:
    pegged = min(units, missing[line_id])
    missing[line_id] -= pegged
    return pegged


def _promise(last: datetime | None, missing: int) -> Promise:
    if last is None:
        return Promise(None, PromiseReason.NO_INCOMING)
    if missing:
        return Promise(None, PromiseReason.INCOMING_TOO_LITTLE)
    if last == _NEVER:
        return Promise(None, PromiseReason.INCOMING_UNDATED)
    return Promise(last, None)
