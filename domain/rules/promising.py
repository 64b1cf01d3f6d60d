"""Promise dates: when stock that is on its way will have covered a line's last back-ordered unit (F4).

Back-ordered units are pegged to incoming purchase-order lines: first each purchase-order line that is
linked to an order line to that line (D6), then, in rank order, every line to what is left, the earliest
expected date first and undated lines last. The promise is the latest date among a line's pegs.

Why it is right: it is the order in which the receipts will serve the lines if they come as expected: a
receipt serves the line it is linked to, then the rank key. Each unit is pegged once, because it is
subtracted when it is pegged. A line takes the earliest of what better ranks have left, so its last unit
can't be covered earlier without taking from them or from a linked line. Only units of the
line's own SKU are pegged, so the lines of one SKU can be pegged without the rest of the pool.
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


NOTHING_COMES = Promise(None, PromiseReason.NO_INCOMING)


def promise(*, short: Sequence[ShortLine], incoming: Iterable[IncomingLine]) -> dict[int, Promise]:
    """The promise of every line in `short`, which comes in rank order, by line id.

    `incoming` may come in any order: equal dates are told apart by id.
    """
    wanted = {line.line_id: line.back_ordered for line in short}
    latest: dict[int, datetime] = {}
    shared: defaultdict[int, deque[tuple[datetime, int]]] = defaultdict(deque)
    for coming in sorted(incoming, key=lambda line: (line.expected_at or _NEVER, line.id)):
        at, units = coming.expected_at or _NEVER, coming.open
        line_id = coming.order_line_id
        if line_id is not None and (pegged := min(units, wanted.get(line_id, 0))):
            wanted[line_id] -= pegged
            latest[line_id] = at
            units -= pegged
        if units:
            shared[coming.sku_id].append((at, units))
    promises = {}
    for line_id, sku_id, _ in short:
        queue = shared[sku_id]
        missing = wanted[line_id]
        while missing and queue:
            at, units = queue.popleft()
            latest[line_id] = max(latest.get(line_id, at), at)
            if units > missing:
                queue.appendleft((at, units - missing))
            missing -= min(units, missing)
        promises[line_id] = _promise(latest.get(line_id), missing)
    return promises


def _promise(latest: datetime | None, missing: int) -> Promise:
    if latest is None:
        return NOTHING_COMES
    if missing:
        return Promise(None, PromiseReason.INCOMING_TOO_LITTLE)
    if latest == _NEVER:
        return Promise(None, PromiseReason.INCOMING_UNDATED)
    return Promise(latest, None)
