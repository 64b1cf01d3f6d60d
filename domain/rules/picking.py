"""Picking by hand: what a warehouse pick takes at once, and whether stock fills a Backorder (E2, E5).

Unlike a run, nobody is served before anybody else: whoever stands at the shelf takes what is there, and
the lines of one request are served in their order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.rules.vocabulary import BackorderStatus, WarehousePickPolicy


class Wanted(NamedTuple):
    """Units (above 0) of a SKU that one line or item wants."""

    id: int
    sku_id: int
    units: int


class Shortage(NamedTuple):
    """The first of several wants that stock does not cover, with all that is wanted of its SKU."""

    place: int
    sku_id: int
    wanted: int
    available: int


def pick(
    *, wanted: Iterable[Wanted], available: Mapping[int, int], policy: WarehousePickPolicy
) -> dict[int, int]:
    """The units that each line takes at once, by its id; what it does not take goes on a Backorder (E2).

    Under WHOLE_LINE a line takes all it wants or nothing, and what it leaves is there for the next one.
    """
    left = dict(available)
    taken: dict[int, int] = {}
    for line in wanted:
        units = min(line.units, left.get(line.sku_id, 0))
        if policy is WarehousePickPolicy.WHOLE_LINE and units < line.units:
            units = 0
        taken[line.id] = units
        left[line.sku_id] = left.get(line.sku_id, 0) - units
    return taken


def shortage(*, wanted: Iterable[Wanted], available: Mapping[int, int]) -> Shortage | None:
    """Where stock does not cover all that is wanted together; None when it does (E5)."""
    everything = list(wanted)
    total = Counter[int]()
    for item in everything:
        total[item.sku_id] += item.units
    so_far = Counter[int]()
    for place, item in enumerate(everything):
        so_far[item.sku_id] += item.units
        there = available.get(item.sku_id, 0)
        if so_far[item.sku_id] > there:
            return Shortage(place, item.sku_id, total[item.sku_id], there)
    return None


def spread(*, units: int, over: Iterable[Wanted]) -> dict[int, int]:
    """Units of one SKU shared out over what wants them, each served in turn: those that get any, by id."""
    given: dict[int, int] = {}
    for item in over:
        if share := min(units, item.units):
            given[item.id] = share
            units -= share
    return given


def backorder_status(*, open_units: int, filled: int) -> BackorderStatus:
    """How far a Backorder is filled, from the units of its items; what is cancelled is in neither."""
    if open_units:
        return BackorderStatus.PARTIALLY_FILLED if filled else BackorderStatus.OPEN
    return BackorderStatus.COMPLETED if filled else BackorderStatus.CANCELLED
