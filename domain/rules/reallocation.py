"""Reallocation: taking what is set aside and not yet packed, and sharing it out anew by segment (F3).

Set aside for a line are its units on dispatches that are not packed yet, and its own units, which were
received for it (D6). `plan` first collects, SKU by SKU, what nobody has and what may be taken; then the
strategies have their turns, each in the order of its segments:

    WIN           keeps, and takes all its orders want, whole orders only; one that can't have all falls
                  back to GAIN and is counted as unmet
    GAIN          keeps, and takes what B4-B8 let an order take
    IMPROVE       all its orders take back what they had; then they gain as GAIN does
    REDISTRIBUTE  order by order: takes back what it had, as far as it is there, and gains
    FILL          takes back what it had, as far as it is there
    LOSE          gets nothing
    SKIP          keeps, and nothing else

Why it is right
---------------
*Conserved, never oversold.* Units move only between the lines and `left`, one for one, and nothing is
taken from `left` that is not in it: what lines have plus what is left is the same after every step.

*Never taken from:* what WIN, GAIN and SKIP orders and pinned lines have is never put into `left`, and
no step takes from a line what it has not put there. So they end with at least what they had.

*Nobody loses for nothing.* All that may be taken back is in `left` at the start. Only gains take more
from it than was put in, so while no line gains, every order but those of LOSE finds all it had. An order
loses to those whose turn is before its own, and an IMPROVE order to WIN and GAIN alone: every IMPROVE
order has taken back what it had before the first of them gains.

*Orders end as a run could leave them, or as they were.* An order takes a part only if its hold is over,
it is of several SKUs (or lines may be split) and its dispatch is not the last one (B5-B8). When it can't
have back all it had and may not ship a part, it gives back the rest as well, down to its pinned lines.
All its lines fit if and only if taking back and gaining, line by line, leaves none of them short.

*Deterministic.* Turns are a total order (strategy, segment, sort, rank key) and quantities are integers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from domain.rules.segments import OrderTraits, Segment, SortKey, sort_key
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import ConfirmationStrategy, ReallocationReason

_TURNS = {strategy: turn for turn, strategy in enumerate(ConfirmationStrategy)}
_KEEPING = frozenset({ConfirmationStrategy.WIN, ConfirmationStrategy.GAIN, ConfirmationStrategy.SKIP})


class HeldLine(NamedTuple):
    """An unfinished line on the route PROCESSOR, in units.

    `wanted` is what is open and what is on dispatches not packed yet, `dispatched` of it; `own` are units
    kept for the line, at most what is open.
    """

    line_id: int
    sku_id: int
    wanted: int
    dispatched: int
    own: int
    pinned: bool


class HeldOrder(NamedTuple):
    """An order of a segment; `lines` are in line order.

    `waits_for` says why it may gain nothing at all (delayed, not confirmed). `dispatches_made` counts its
    dispatches besides the one that would take what it gains.
    """

    traits: OrderTraits
    version: int
    segment: Segment
    waits_for: ReallocationReason | None
    hold_is_over: bool
    dispatches_made: int
    lines: Sequence[HeldLine]


class Reallocated(NamedTuple):
    """What becomes of a line; `place` counts from 1 in the order of turns. Quantities are units.

    The fields are the columns of `reallocation_decisions` in their order.
    """

    place: int
    segment: int
    strategy: ConfirmationStrategy
    order_id: int
    order_version: int
    line_id: int
    sku_id: int
    pinned: bool
    wanted: int
    stock_seen: int
    dispatched_before: int
    own_before: int
    dispatched_after: int
    own_after: int
    reason: ReallocationReason

    @property
    def change(self) -> int:
        """By how many units the line gains (above 0) or loses."""
        return self.dispatched_after + self.own_after - self.dispatched_before - self.own_before


@dataclass(frozen=True, slots=True)
class ReallocationPlan:
    """What becomes of every line, in the order of turns, and how many WIN orders can't have all they want."""

    decisions: list[Reallocated]
    orders: int
    unmet: int


def plan(*, orders: Iterable[HeldOrder], free: Mapping[int, int], policy: ShipmentPolicy) -> ReallocationPlan:
    """Share out anew what the orders have set aside, and what is free (units by SKU id), which nobody has.

    `orders` may come in any order, `free` need not name every SKU.
    """
    turns: dict[ConfirmationStrategy, list[_Turn]] = {strategy: [] for strategy in ConfirmationStrategy}
    for turn in sorted(map(_Turn, orders), key=attrgetter("key")):
        turns[turn.order.segment.strategy].append(turn)
    left = dict(free)
    for turn in (turn for strategy in turns if strategy not in _KEEPING for turn in turns[strategy]):
        turn.give_up(left)
    unmet = [turn for turn in turns[ConfirmationStrategy.WIN] if not turn.gain(left, policy, whole=True)]
    for turn in (*unmet, *turns[ConfirmationStrategy.GAIN]):
        turn.gain(left, policy)
    for turn in turns[ConfirmationStrategy.IMPROVE]:
        turn.take_back(left, policy)
    for turn in turns[ConfirmationStrategy.IMPROVE]:
        turn.gain(left, policy)
    for turn in turns[ConfirmationStrategy.REDISTRIBUTE]:
        turn.take_back(left, policy)
        turn.gain(left, policy)
    for turn in turns[ConfirmationStrategy.FILL]:
        turn.take_back(left, policy)
    decisions: list[Reallocated] = []
    for turn in (turn for strategy in turns for turn in turns[strategy]):
        decisions += turn.decisions(after=len(decisions))
    return ReallocationPlan(
        decisions,
        orders=sum(map(len, turns.values())),
        unmet=sum(turn.order.waits_for is None for turn in unmet),
    )


class _Turn:
    """An order and what its lines have at the moment, line by line: on dispatches, and of their own."""

    __slots__ = ("dispatched", "key", "order", "own", "reasons", "seen")

    def __init__(self, order: HeldOrder) -> None:
        self.order = order
        place = order.segment
        self.key: tuple[int, int, SortKey] = (
            _TURNS[place.strategy],
            place.position,
            sort_key(order.traits, place.sort),
        )
        self.dispatched = [line.dispatched for line in order.lines]
        self.own = [line.own for line in order.lines]
        self.seen = [0] * len(order.lines)
        self.reasons = [_UNTOUCHED.get(place.strategy, ReallocationReason.NOT_ENOUGH_LEFT)] * len(order.lines)

    def give_up(self, left: dict[int, int]) -> None:
        """Put everything but what pinned lines have into `left`."""
        for place, line in enumerate(self.order.lines):
            if line.pinned:
                if self.order.segment.strategy is ConfirmationStrategy.LOSE:
                    self.reasons[place] = ReallocationReason.PINNED
                continue
            left[line.sku_id] = left.get(line.sku_id, 0) + line.dispatched + line.own
            self.dispatched[place] = self.own[place] = 0

    def take_back(self, left: dict[int, int], policy: ShipmentPolicy) -> None:
        """Take back what was given up, as far as it is there and the order may ship what it then has."""
        lines = self.order.lines
        for place, line in enumerate(lines):
            if not line.pinned:
                seen = self.seen[place] = left.get(line.sku_id, 0)
                units = line.dispatched if line.dispatched <= seen else seen if policy.split_lines else 0
                left[line.sku_id] = seen - units
                self.dispatched[place] = units
                if units < line.dispatched:
                    self.reasons[place] = ReallocationReason.TAKEN_BY_OTHERS
        if ReallocationReason.TAKEN_BY_OTHERS in self.reasons and not self._may_ship_part(policy):
            for place, line in enumerate(lines):
                if not line.pinned and self.dispatched[place]:
                    left[line.sku_id] += self.dispatched[place]
                    self.dispatched[place] = 0
                    if self.reasons[place] is not ReallocationReason.TAKEN_BY_OTHERS:
                        self.reasons[place] = ReallocationReason.GIVEN_BACK_WITH_ORDER
        for place, line in enumerate(lines):
            if line.own and not line.pinned:
                units = self.own[place] = min(line.own, left.get(line.sku_id, 0))
                left[line.sku_id] = left.get(line.sku_id, 0) - units
                if units < line.own:
                    self.reasons[place] = ReallocationReason.TAKEN_BY_OTHERS

    def gain(self, left: dict[int, int], policy: ShipmentPolicy, *, whole: bool = False) -> bool:
        """Take what is missing and may be taken; with `whole`, all of it or nothing. Whether all is there."""
        order = self.order
        gains, needed = [], dict[int, int]()
        for place, line in enumerate(order.lines):
            missing = line.wanted - self.dispatched[place]
            there = left.get(line.sku_id, 0) - needed.get(line.sku_id, 0)
            # A line's own units are there for nobody else, not even for another line of its order.
            seen = there + self.own[place]
            units = missing if missing <= seen else seen if policy.split_lines else 0
            needed[line.sku_id] = needed.get(line.sku_id, 0) + max(units - self.own[place], 0)
            gains.append((missing, units))
            if missing:
                self.seen[place] = seen
        complete = all(missing == units for missing, units in gains)
        reason = self._why_not(policy, complete=complete)
        if reason is None and (complete or not whole):
            for place, line in enumerate(order.lines):
                units = gains[place][1]
                own = min(units, self.own[place])
                left[line.sku_id] = left.get(line.sku_id, 0) - units + own
                self.own[place] -= own
                self.dispatched[place] += units
        elif reason is not None:
            self._explain(reason, gains)
        return complete and reason is None

    def _explain(self, reason: ReallocationReason, gains: Sequence[tuple[int, int]]) -> None:
        """Say why lines that could have gained have not; what took from a line says more than that."""
        for place, (missing, units) in enumerate(gains):
            fits = units == missing or reason is self.order.waits_for
            if missing and fits and self.reasons[place] is ReallocationReason.NOT_ENOUGH_LEFT:
                self.reasons[place] = reason

    def _why_not(self, policy: ShipmentPolicy, *, complete: bool) -> ReallocationReason | None:
        """Why the order may gain nothing; None when it may gain what there is."""
        order = self.order
        if order.waits_for is not None or complete:
            return order.waits_for
        if not order.hold_is_over:
            return ReallocationReason.HOLD_NOT_EXPIRED
        if not policy.split_lines and self._is_of_one_sku():
            return ReallocationReason.SINGLE_SKU_PARTIAL
        if not policy.allows_part(dispatches_made=order.dispatches_made):
            return ReallocationReason.WAITING_FOR_REMAINDER
        return None

    def _may_ship_part(self, policy: ShipmentPolicy) -> bool:
        order = self.order
        return (
            order.hold_is_over
            and (policy.split_lines or not self._is_of_one_sku())
            and policy.allows_part(dispatches_made=order.dispatches_made)
        )

    def _is_of_one_sku(self) -> bool:
        return len({line.sku_id for line in self.order.lines}) == 1

    def decisions(self, *, after: int) -> list[Reallocated]:
        """What became of the lines, at the places after this one."""
        order = self.order
        return [
            Reallocated(
                after + place + 1,
                order.segment.position,
                order.segment.strategy,
                order.traits.order_id,
                order.version,
                line.line_id,
                line.sku_id,
                line.pinned,
                line.wanted,
                self.seen[place],
                line.dispatched,
                line.own,
                self.dispatched[place],
                self.own[place],
                ReallocationReason.COMPLETE if self.dispatched[place] == line.wanted else self.reasons[place],
            )
            for place, line in enumerate(order.lines)
        ]


_UNTOUCHED = {
    ConfirmationStrategy.FILL: ReallocationReason.NOT_TO_GAIN,
    ConfirmationStrategy.LOSE: ReallocationReason.GIVEN_UP,
    ConfirmationStrategy.SKIP: ReallocationReason.LEFT_ALONE,
}
