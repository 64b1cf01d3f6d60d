"""The reference model: pins, and sharing out anew what is set aside and not packed yet (F3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.stateful.nouns import Dispatch, Line, Order, require
from tests.stateful.processing import Processing
from tests.stateful.selling import EDITABLE

TURNS = ("WIN", "GAIN", "IMPROVE", "REDISTRIBUTE", "FILL", "LOSE", "SKIP")
KEEPING = ("WIN", "GAIN", "SKIP")


class Segment(NamedTuple):
    """Orders that are treated alike: those that have what `takes` names, if it names anything."""

    strategy: str
    sort: str
    takes: tuple[tuple[str, Any], ...]


@dataclass
class Shares:
    """What lines have on dispatches and of their own, and had before; what nobody has; who won too little."""

    has: dict[Line, int]
    own: dict[Line, int]
    had: Mapping[Line, int]
    owned: Mapping[Line, int]
    left: Counter[str]
    unmet: list[Order] = field(default_factory=list)

    @property
    def changes(self) -> dict[Line, tuple[int, int]]:
        """What the lines that gain or lose have then."""
        return {
            line: (self.has[line], self.own[line])
            for line in self.has
            if (self.has[line], self.own[line]) != (self.had[line], self.owned[line])
        }


class Reallocating(Processing):
    """Reallocations."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.variants: dict[str, tuple[str, tuple[Segment, ...]]] = {}
        """By name: what happens when somebody can't win, and the segments."""

    def pin(self, line: Line, reason: str) -> None:
        require(line.order.status not in ("CANCELLED", "COMPLETED"), "ORDER_STATUS_NOT_ALLOWED")
        require(line.pin != reason, "NOTHING_TO_DO")
        line.pin = reason
        line.order.version += 1

    def unpin(self, line: Line) -> None:
        require(line.pin, "NOTHING_TO_DO")
        line.pin = None
        line.order.version += 1

    def set_variant(self, name: str, unmet_win: str, segments: tuple[Segment, ...]) -> None:
        open_ended = [place for place, segment in enumerate(segments) if not segment.takes]
        require(open_ended in ([], [len(segments) - 1]), "INVALID_INPUT")
        require(self.variants.get(name) != (unmet_win, segments), "NOTHING_TO_DO")
        self.variants[name] = unmet_win, segments

    def reallocate(self, center: str, segments: Sequence[Segment], now: datetime) -> Shares:
        """What every line would have, whatever strategy its order's segment has."""
        left = self.supply(center, {})
        owned = {line: self._take(left, line.sku, line.own) for line in self.waiting(center)}
        orders = {order: self.held(order) for order in self.orders if order.center == center}
        places = {order: self._place(order, lines, segments, now) for order, lines in orders.items() if lines}
        turns = {order: place for order, place in places.items() if place is not None}
        sharing = {line: owned.get(line, 0) for order in turns for line in orders[order]}
        had = {line: self.unpacked(line) for line in sharing}
        shares = Shares(dict(had), dict(sharing), had, sharing, left)
        of: dict[str, list[Order]] = {strategy: [] for strategy in TURNS}
        for order in sorted(turns, key=lambda order: (self._sort(order, segments[turns[order]]), order.rank)):
            of[segments[turns[order]].strategy].append(order)
        for strategy in TURNS:
            of[strategy].sort(key=lambda order: turns[order])
            for order in of[strategy]:
                if strategy not in KEEPING:
                    self._give_up(orders[order], shares)
        losers = [
            order for order in of["WIN"] if not self._gain(order, orders[order], shares, now, whole=True)
        ]
        shares.unmet = [order for order in losers if not self._waits(order, now)]
        for order in losers + of["GAIN"]:
            self._gain(order, orders[order], shares, now)
        for order in of["IMPROVE"]:
            self._take_back(order, orders[order], shares, now)
        for order in of["IMPROVE"]:
            self._gain(order, orders[order], shares, now)
        for order in of["REDISTRIBUTE"]:
            self._take_back(order, orders[order], shares, now)
            self._gain(order, orders[order], shares, now)
        for order in of["FILL"]:
            self._take_back(order, orders[order], shares, now)
        return shares

    def share_out(self, shares: Shares) -> None:
        """Move units between dispatches as the shares say."""
        moved = {line.order for line in shares.changes}
        before = {dispatch: dict(dispatch.units) for order in moved for dispatch in self._open(order)}
        for line in shares.changes:
            change = shares.has[line] - shares.had[line]
            for dispatch in self._open(line.order):
                taken = min(dispatch.units.get(line, 0), max(-change, 0))
                self._put(dispatch, line, -taken)
                self.move(line, allocated=-taken)
                change += taken
            if change:
                if not self._open(line.order):
                    self.dispatches.append(Dispatch(order=line.order, kind="PROCESSOR", units={}))
                self._put(self._open(line.order)[0], line, change)
                self.move(line, allocated=change)
            if shares.own[line] < shares.owned[line] - max(shares.has[line] - shares.had[line], 0):
                line.own = shares.own[line]
        for dispatch, units in before.items():
            if not dispatch.units:
                dispatch.units, dispatch.status, dispatch.requeued = units, "CANCELLED", True
        for order in moved:
            self.settle(order)

    def held(self, order: Order) -> list[Line]:
        """The lines of the order that a reallocation looks at."""
        if order.locked or order.status not in EDITABLE:
            return []
        lines = [line for line in self.lines_of(order) if line.route == "PROCESSOR"]
        return [line for line in lines if line.open or self.unpacked(line)]

    def unpacked(self, line: Line) -> int:
        return sum(dispatch.units.get(line, 0) for dispatch in self._open(line.order))

    def _open(self, order: Order) -> list[Dispatch]:
        """The order's dispatches of runs that are not packed, the newest first."""
        of_order = [dispatch for dispatch in reversed(self.dispatches) if dispatch.order is order]
        return [each for each in of_order if (each.kind, each.status) == ("PROCESSOR", "CREATED")]

    def _put(self, dispatch: Dispatch, line: Line, units: int) -> None:
        held = dispatch.units.pop(line, 0) + units
        if held:
            dispatch.units[line] = held

    def _place(
        self, order: Order, lines: Sequence[Line], segments: Sequence[Segment], now: datetime
    ) -> int | None:
        """The place of the first segment that takes the order."""
        passes: dict[str, Callable[[Any], bool]] = {
            "priority_from": lambda least: order.priority >= least,
            "min_age_hours": lambda hours: now - order.ordered_at >= timedelta(hours=hours),
            "store_codes": lambda stores: order.store in stores,
            "countries": lambda countries: order.country in countries,
            "sku_codes": lambda skus: any(line.sku in skus for line in lines),
        }
        for place, segment in enumerate(segments):
            if all(passes[name](value) for name, value in segment.takes):
                return place
        return None

    def _sort(self, order: Order, segment: Segment) -> float:
        units = sum(line.open + self.unpacked(line) for line in self.held(order))
        age = order.ordered_at.timestamp()
        keys = {"OLDEST_FIRST": age, "NEWEST_FIRST": -age, "SMALLEST_FIRST": units, "LARGEST_FIRST": -units}
        return keys.get(segment.sort, 0)

    def _waits(self, order: Order, now: datetime) -> bool:
        delayed = order.delayed_until is not None and now < order.delayed_until
        return delayed or (self.settings.require_order_confirmation and not order.confirmed)

    def _may_ship_part(self, order: Order, lines: Sequence[Line], now: datetime) -> bool:
        """B5, B7 and B8."""
        policy = self.policy(order.center)
        made = [dispatch for dispatch in self.dispatches if dispatch.order is order]
        made = [each for each in made if each.kind == "PROCESSOR" and each.status != "CANCELLED"]
        besides = len(made) - bool(self._open(order))
        return (
            now >= order.accepted_at + self.hold(order)
            and (policy.split_lines or len({line.sku for line in lines}) > 1)
            and policy.allows_part(made=besides)
        )

    def _give_up(self, lines: Sequence[Line], shares: Shares) -> None:
        for line in lines:
            if not line.pin:
                shares.left[line.sku] += shares.has[line] + shares.own[line]
                shares.has[line] = shares.own[line] = 0

    def _take_back(self, order: Order, lines: Sequence[Line], shares: Shares, now: datetime) -> None:
        split_lines = self.policy(order.center).split_lines
        free = [line for line in lines if not line.pin]
        for line in free:
            whole = shares.left[line.sku] >= shares.had[line]
            if whole or split_lines:
                shares.has[line] = self._take(shares.left, line.sku, shares.had[line])
        lost = any(shares.has[line] < shares.had[line] for line in free)
        if lost and not self._may_ship_part(order, lines, now):
            for line in free:
                shares.left[line.sku] += shares.has[line]
                shares.has[line] = 0
        for line in free:
            shares.own[line] = self._take(shares.left, line.sku, shares.owned[line])

    def _gain(
        self, order: Order, lines: Sequence[Line], shares: Shares, now: datetime, *, whole: bool = False
    ) -> bool:
        """Take what is missing, as far as it may; whether nothing is missing then."""
        left, gains = Counter(shares.left), dict[Line, int]()
        for line in lines:
            missing = line.open + shares.had[line] - shares.has[line]
            there = left[line.sku] + shares.own[line]
            units = min(missing, there)
            if units < missing and not self.policy(order.center).split_lines:
                units = 0
            gains[line] = units
            left[line.sku] -= max(units - shares.own[line], 0)
        complete = all(
            shares.has[line] + units == line.open + shares.had[line] for line, units in gains.items()
        )
        if self._waits(order, now) or (
            not complete and (whole or not self._may_ship_part(order, lines, now))
        ):
            return False
        shares.left = left
        for line, units in gains.items():
            shares.own[line] -= min(units, shares.own[line])
            shares.has[line] += units
        return complete
