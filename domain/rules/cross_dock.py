"""Cross-dock: stock that was received for one order is kept for it, before the rank key decides (D6).

A receipt of a linked purchase-order line makes units its order's own, up to what is open of the linked
line. They are neither allocated nor hidden from `available`: a person may still pick or ship them for
somebody else. But wherever stock is shared out by rank, an order sees its own units beside what is left
for everybody, and nobody else sees them, even while the order can't use them yet, because it waits for
its hold, the rest of a line or another line (B5-B8). Its own units end with the open quantity they came for.

Why nothing is given twice: what is kept is first taken from what is left, better ranks first, never more
than is there; it returns there only for the turn of the order it is kept for, and what the order
does not take is taken back before the next one looks.

Units are recorded for lines and kept for their order: whichever of its lines of the SKU takes them has used
them up. So what is recorded after a part of a run (`used_by_others`) is what the run's walk went on with.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class OwnUnits(NamedTuple):
    """Units of a SKU that were received for an order."""

    order_id: int
    sku_id: int
    units: int


def keep(*, own: Iterable[OwnUnits], left: dict[int, int]) -> dict[int, dict[int, int]]:
    """Take from `left` (units by SKU id) what is kept, as far as it is there; by order id and SKU id.

    `own` comes in rank order: when stock has been lost or taken, better ranks keep theirs.
    """
    kept: dict[int, dict[int, int]] = {}
    for order_id, sku_id, wanted in own:
        units = min(wanted, left.get(sku_id, 0))
        if units:
            left[sku_id] -= units
            of_order = kept.setdefault(order_id, {})
            of_order[sku_id] = of_order.get(sku_id, 0) + units
    return kept


def offer(*, kept: Mapping[int, int], left: dict[int, int]) -> None:
    """Put what is kept for an order (units by SKU id) back to what is left, for the order's turn."""
    for sku_id, units in kept.items():
        left[sku_id] += units


def take_back(*, kept: Mapping[int, int], given: Mapping[int, int], left: dict[int, int]) -> None:
    """After its turn, keep again what the order was not given (`given` is units by SKU id)."""
    for sku_id, units in kept.items():
        left[sku_id] -= max(units - given.get(sku_id, 0), 0)


class OwnLine(NamedTuple):
    """Units of a SKU that were received for a line of an order."""

    line_id: int
    sku_id: int
    units: int


def used_by_others(
    *, own: Sequence[OwnLine], given: Mapping[int, int], skus: Mapping[int, int]
) -> dict[int, int]:
    """What is left of an order's own units at lines whose units others of its lines took; by line id.

    `own` is what was received for the order's lines, `given` what its lines got at its turn (by line id) and
    `skus` the SKU of each of these. What a line gets uses up its own units first; beyond them, those of the
    order's last lines.
    """
    beyond: dict[int, int] = {}
    units_of = {line.line_id: line.units for line in own}
    for line_id, units in given.items():
        sku_id = skus[line_id]
        beyond[sku_id] = beyond.get(sku_id, 0) + max(units - units_of.get(line_id, 0), 0)
    left: dict[int, int] = {}
    for line in reversed(own):
        still = max(line.units - given.get(line.line_id, 0), 0)
        taken = min(still, beyond.get(line.sku_id, 0))
        if taken:
            beyond[line.sku_id] -= taken
            left[line.line_id] = still - taken
    return left
