"""The Order Processor's decision: who gets which stock of one pool in one run, and why (B3-B8, D4, D6, F1).

`Planner` walks the queued orders in rank key order with a running balance `left` of every SKU.
Each order looks at the balance once, takes what the rules let it take, and the next order
sees what is left. The plan is a value: applying it is the store's work. It needs one order at a time, so a
queue of any length is planned in the memory of a part of it.

Why it is right
---------------
*Never oversold.* A line is given at most what is left of its SKU, and exactly that is
subtracted at once. So `0 <= left` holds after every line, and what was given of a SKU plus
what is left of it is the supply the run began with.

*Nobody is overtaken, except by rule.* What an order gets depends on `left` at its turn, and
`left` on better-ranked orders alone. A worse-ranked order can therefore change nothing for a
better-ranked one, and it takes stock the better one could have used only where a rule has
handed that stock back: hold (B5), a line that is not split (B6), one SKU not complete (B7),
the last dispatch (B8), or delay. A returned order keeps nothing, so no stock idles behind it.

*What was received for an order is its own* (D6, rules/cross_dock): it is out of the balance except at the
order's turn, so it neither helps nor harms anybody else, and the sums above hold with it.

*Complete orders are seen as such.* All lines fit if and only if, for each SKU, the sum over
the order's lines is at most `left`; this is checked before anything is taken, so an order
that can go in one dispatch does (B4), whatever its hold. Otherwise lines take in line order,
and at least one comes out unfilled: if all were filled, their sums would have fitted.

*Deterministic.* The rank key is a total order, `now` is a parameter, quantities are integers,
and nothing depends on hashing or on earlier runs: the same input gives the same plan, however it was sorted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.rules.cross_dock import OwnUnits, keep, offer, take_back
from domain.rules.described import Described
from domain.rules.hold import hold_has_expired
from domain.rules.rank import RankKey, rank_key
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import AllocationReason


class DemandLine(NamedTuple):
    """An open line of a queued order, on the route PROCESSOR. `open` is in units and above 0."""

    line_id: int
    sku_id: int
    open: int


class DemandOrder(NamedTuple):
    """A queued order with at least one open line; `lines` are in line order.

    `dispatches_made` counts the dispatches that runs have made of it and nobody cancelled.
    """

    order_id: int
    version: int
    priority: int
    ordered_at: datetime
    accepted_at: datetime
    hold: timedelta
    delayed_until: datetime | None
    dispatches_made: int
    lines: Sequence[DemandLine]


class OrderOutcome(Described):
    """What a run did with an order."""

    COMMITTED = "COMMITTED", "One dispatch with everything that was open (B4)."
    BACK_ORDERED = "BACK_ORDERED", "A dispatch with part of it; the rest waits as a back order (B6)."
    RETURNED = "RETURNED", "Back to the queue, with nothing given."


class Decision(NamedTuple):
    """What one line got, what it saw at its turn before taking, and why (F1).

    The fields are the columns of `run_decisions` in their order, so rows go to COPY as they are.
    Ranks count from 1; quantities are units.
    """

    rank: int
    order_rank: int
    order_id: int
    order_version: int
    line_id: int
    sku_id: int
    wanted: int
    stock_seen: int
    given: int
    reason: AllocationReason


class OrderDecision(NamedTuple):
    """What became of one order; `order_rank` counts from 1."""

    order_rank: int
    order_id: int
    order_version: int
    outcome: OrderOutcome


class Totals(NamedTuple):
    """How many orders of a plan had which outcome: examined = committed + back_ordered + returned."""

    examined: int
    committed: int
    back_ordered: int
    returned: int

    @property
    def dispatches(self) -> int:
        """How many dispatches the plan makes: one for each order that is given anything."""
        return self.committed + self.back_ordered


@dataclass(frozen=True, slots=True)
class Plan:
    """Every line's decision and every order's outcome, in rank order, and the policy they were made by."""

    decisions: list[Decision]
    orders: list[OrderDecision]
    totals: Totals
    policy: ShipmentPolicy


class Planner:
    """A run over one pool in the making: `decide` is asked order by order, in rank key order.

    `supply` is what is available (units, 0 or more) by SKU id; a SKU it doesn't name has none; `own` is what
    of it was received for which order, in rank order, orders outside the queue included (D6). An order that
    has used up its dispatches already (its policy was tightened since) still gets everything left in one
    more, rather than never.
    """

    def __init__(
        self,
        *,
        supply: Mapping[int, int],
        policy: ShipmentPolicy,
        now: datetime,
        own: Iterable[OwnUnits] = (),
    ) -> None:
        self.policy = policy
        self._now = now
        self._supply = supply
        self._left = dict(supply)
        self._kept = keep(own=own, left=self._left)
        self._for_all = dict(self._left) if self._kept else supply
        self._lines = 0
        self._tally = dict.fromkeys(OrderOutcome, 0)

    @property
    def totals(self) -> Totals:
        """How many of the orders so far had which outcome."""
        return Totals(sum(self._tally.values()), *(self._tally[outcome] for outcome in OrderOutcome))

    def decide(self, order: DemandOrder) -> tuple[OrderDecision, list[Decision]]:
        """What becomes of the next order, and of each of its lines."""
        left, supply, for_all, splits = self._left, self._supply, self._for_all, self.policy.split_lines
        order_id, version = order.order_id, order.version
        order_rank = sum(self._tally.values()) + 1
        rank = self._lines
        mine = self._kept.get(order_id)
        if mine is not None:
            offer(kept=mine, left=left)
        waits_for = _waits_for(order, left, self.policy, self._now)
        decisions: list[Decision] = []
        units_wanted = units_given = 0
        for line_id, sku_id, wanted in order.lines:
            rank += 1
            seen = left.get(sku_id, 0)
            usable = wanted if wanted <= seen else seen if splits else 0
            if usable and waits_for is None:
                given = usable
                left[sku_id] = seen - given
                reason = AllocationReason.ALLOCATED
            else:
                given = 0
                reason = _why_nothing(usable, seen, supply.get(sku_id, 0), for_all.get(sku_id, 0), waits_for)
            units_wanted += wanted
            units_given += given
            decisions.append(
                Decision(rank, order_rank, order_id, version, line_id, sku_id, wanted, seen, given, reason)
            )
        self._lines = rank
        if mine is not None:
            take_back(kept=mine, given=_per_sku(decisions), left=left)
        if units_given == units_wanted:
            outcome = OrderOutcome.COMMITTED
        elif units_given:
            outcome = OrderOutcome.BACK_ORDERED
        else:
            outcome = OrderOutcome.RETURNED
        self._tally[outcome] += 1
        return OrderDecision(order_rank, order_id, version, outcome), decisions


def plan(
    *,
    demand: Iterable[DemandOrder],
    supply: Mapping[int, int],
    policy: ShipmentPolicy,
    now: datetime,
    own: Iterable[OwnUnits] = (),
) -> Plan:
    """Decide a whole run over one pool at once; see `Planner` for the arguments.

    `demand` may come in any order: it is sorted by rank key here, which costs next to nothing when
    the store has read it sorted.
    """
    planner = Planner(supply=supply, policy=policy, now=now, own=own)
    orders: list[OrderDecision] = []
    decisions: list[Decision] = []
    for order in sorted(demand, key=_rank_of):
        decided, of_lines = planner.decide(order)
        orders.append(decided)
        decisions += of_lines
    return Plan(decisions, orders, planner.totals, policy)


def _rank_of(order: DemandOrder) -> RankKey:
    return rank_key(priority=order.priority, ordered_at=order.ordered_at, order_id=order.order_id)


def _waits_for(
    order: DemandOrder, left: Mapping[int, int], policy: ShipmentPolicy, now: datetime
) -> AllocationReason | None:
    """Why the order as a whole may take nothing at its turn; None when it may take what it can use."""
    if order.delayed_until is not None and order.delayed_until > now:
        return AllocationReason.DELAYED
    if _all_fits(order.lines, left):
        return None
    if not policy.split_lines and len({line.sku_id for line in order.lines}) == 1:
        return AllocationReason.RETURNED_SINGLE_SKU_PARTIAL
    if not hold_has_expired(accepted_at=order.accepted_at, hold=order.hold, now=now):
        return AllocationReason.RETURNED_HOLD_NOT_EXPIRED
    if not policy.allows_part(dispatches_made=order.dispatches_made):
        return AllocationReason.WAITING_FOR_REMAINDER
    return None


def _all_fits(lines: Iterable[DemandLine], left: Mapping[int, int]) -> bool:
    needed: dict[int, int] = {}
    for _, sku_id, wanted in lines:
        needed[sku_id] = so_far = needed.get(sku_id, 0) + wanted
        if so_far > left.get(sku_id, 0):
            return False
    return True


def _per_sku(decisions: Iterable[Decision]) -> dict[int, int]:
    given: dict[int, int] = {}
    for decision in decisions:
        given[decision.sku_id] = given.get(decision.sku_id, 0) + decision.given
    return given


def _why_nothing(
    usable: int, seen: int, at_start: int, for_all: int, waits_for: AllocationReason | None
) -> AllocationReason:
    """The reason of a line that got nothing, though it saw `seen` units and could have used `usable`.

    There were `at_start` units of its SKU when the run began, `for_all` of them not kept for an order.
    """
    if waits_for is AllocationReason.DELAYED:
        return waits_for
    if seen == 0:
        if not at_start:
            return AllocationReason.NOTHING_AVAILABLE
        if not for_all:
            return AllocationReason.KEPT_FOR_LINKED_ORDERS
        return AllocationReason.SERVED_BEFORE_BY_OTHERS
    # An order of one SKU is short as a whole: it doesn't help to know which of its lines would fit.
    if waits_for is AllocationReason.RETURNED_SINGLE_SKU_PARTIAL:
        return waits_for
    if waits_for is None or not usable:
        return AllocationReason.RETURNED_LINE_PARTIAL
    return waits_for
