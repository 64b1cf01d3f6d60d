"""Which orders may come in when back orders are capped (F7).

A cap limits how many units of a SKU are back-ordered by all orders of a pool, or by those of one store. What
an order adds to the back orders is what it wants beyond what is free: available, and not yet needed to cover
other open demand. It answers for these units itself, for its own store's cap too, even if by rank (D4) it
is another order that then waits for them.

Why the pool's cap holds: coverage covers unit by unit, so of a SKU exactly the demand beyond what is
available is back-ordered, whoever has the better rank. While something is free nothing is back-ordered, and
beyond it every unit that comes in adds one. Each admitted order was counted so, in turn, and stayed below.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Scope(NamedTuple):
    """What a cap limits: a SKU in the pool, for all orders (no store) or one store's."""

    sku_id: int
    store_id: int | None


class Wish(NamedTuple):
    """What an order, of a store or none, wants to add: units of SKUs, line by line."""

    store_id: int | None
    lines: Sequence[tuple[int, int]]


class Excess(NamedTuple):
    """The line (its place) of a wish that goes beyond a cap: units it would add, and room there is."""

    line: int
    sku_id: int
    added: int
    room: int


class State(NamedTuple):
    """A pool before the wishes come in, in units.

    `free` is by SKU; lines of SKUs that are not in it are not looked at. A SKU may be replaced by another
    one's free units when its own are gone (D2). `back_ordered` is by scope, as coverage has it.
    """

    free: Mapping[int, int]
    replacements: Mapping[int, int]
    caps: Mapping[Scope, int]
    back_ordered: Mapping[Scope, int]


def free_units(
    *, available: Mapping[int, int], covered: Mapping[int, int], replacements: Mapping[int, int]
) -> dict[int, int]:
    """What covers no open line yet, by SKU: of `available` units, of which `covered` ones are needed.

    What lines of a SKU are covered by beyond what there is of it, their replacement covers (D2).
    """
    free = {sku_id: units - covered.get(sku_id, 0) for sku_id, units in available.items()}
    for _ in free:
        for sku_id, other in replacements.items():
            if free.get(sku_id, 0) < 0 and other in free:
                free[other] += free[sku_id]
                free[sku_id] = 0
    return {sku_id: max(units, 0) for sku_id, units in free.items()}


def admit(wishes: Sequence[Wish], state: State) -> list[Excess | None]:
    """For each wish, in turn: None when it may come in, whole; else what of it is too much."""
    free = Counter(state.free)
    used = Counter(state.back_ordered)
    answers = []
    for wish in wishes:
        taken, added = Counter[int](), Counter[Scope]()
        excess = _try(wish, state, free, used, taken, added)
        answers.append(excess)
        if excess is None:
            free.subtract(taken)
            used.update(added)
    return answers


def _try(
    wish: Wish,
    state: State,
    free: Counter[int],
    used: Counter[Scope],
    taken: Counter[int],
    added: Counter[Scope],
) -> Excess | None:
    for place, (sku_id, units) in enumerate(wish.lines):
        if sku_id not in free:
            continue
        short = units
        for source in (sku_id, state.replacements.get(sku_id)):
            if source is not None:
                cover = min(short, max(free[source] - taken[source], 0))
                taken[source] += cover
                short -= cover
        scopes = {Scope(sku_id, None), Scope(sku_id, wish.store_id)} & state.caps.keys()
        room = min((state.caps[scope] - used[scope] - added[scope] for scope in scopes), default=short)
        if short > max(room, 0):
            return Excess(place, sku_id, short, max(room, 0))
        added.update(dict.fromkeys(scopes, short))
    return None
