"""The reference model: the Order Processor's runs, planned and carried out (B3-B8, D4, D6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.stateful.nouns import Line, Order, Policy
from tests.stateful.world import World


@dataclass
class Planned:
    """What a run gives: units by line for every order that gets any, better ranks first."""

    given: dict[Order, dict[Line, int]]
    versions: dict[Order, int]


class Processing(World):
    """Runs."""

    def hold(self, order: Order) -> timedelta:
        """The hold time by the most specific rule that applies (B3)."""
        has = (order.center, order.order_type, order.shipping_agency, order.service, order.country)
        # Whoever names most wins, among those whoever names the most telling, which come last.
        best: tuple[int, tuple[bool, ...]] = 0, ()
        hours = self.settings.hold_hours
        for scope, of_scope in self.hold_rules.items():
            names = tuple(named is not None for named in reversed(scope))
            if all(named in (None, mine) for named, mine in zip(scope, has, strict=True)):
                best, hours = max((best, hours), ((sum(names), names), of_scope))
        return timedelta(hours=hours)

    def policy(self, center: str) -> Policy:
        """The shipment policy of the distribution center, its own or the client's (B8)."""
        return self.policies.get(center, self.settings.policy)

    def plan(
        self,
        center: str,
        now: datetime,
        *,
        receipts: Mapping[str, int] | None = None,
        without: Collection[Order] = (),
    ) -> Planned:
        """Decide a run, as if these units had come in and these orders were not there."""
        more = receipts or {}
        left = self.supply(center, more)
        kept = self._keep(center, left, without)
        planned = Planned({}, {})
        for order in sorted(self.orders, key=lambda order: order.rank):
            if order.center != center or order in without or not self._queued(order):
                continue
            own = kept[order]
            left.update(own)
            given = self._serve(order, left, now)
            left.subtract(self._kept_still(own, given))
            if given:
                planned.given[order], planned.versions[order] = given, order.planned_version
        return planned

    def carry_out(
        self, center: str, planned: Planned, *, reached: Collection[Order] | None = None
    ) -> dict[Line, int]:
        """Make dispatches of every order that is as it was and whose stock is still there; what they get.

        A run that failed has only reached some of the orders.
        """
        left = Counter({sku: self.available(center, sku) for sku in self.replacements})
        kept = self._keep(center, left, ())
        made: dict[Line, int] = {}
        for order, given in planned.given.items():
            changed = order.planned_version != planned.versions[order]
            if changed or (reached is not None and order not in reached):
                continue
            own = kept[order]
            left.update(own)
            wanted = Counter[str]()
            for line, units in given.items():
                wanted[line.sku] += units
            if all(units <= left[sku] for sku, units in wanted.items()):
                left.subtract(wanted)
                made |= given
                left.subtract(self._kept_still(own, given))
            else:
                left.subtract(own)
        owned = [line for line in made if any(other.own for other in self.lines_of(line.order))]
        still = {line.order: self._own(line.order) for line in owned}
        self.release("PROCESSOR", made)
        for line, got in made.items():
            if line.order in still:
                still[line.order][line.sku] -= got
        for order, kept_units in still.items():
            self._keep_no_more(order, kept_units)
        return made

    def _own(self, order: Order) -> Counter[str]:
        own = Counter[str]()
        for line in self.lines_of(order):
            own[line.sku] += line.own
        return own

    def _keep_no_more(self, order: Order, units: Counter[str]) -> None:
        """So many own units are kept, whichever lines took the others: the last lines lose theirs."""
        over = self._own(order)
        over.subtract(units)
        for line in reversed(self.lines_of(order)):
            lost = max(min(line.own, over[line.sku]), 0)
            line.own -= lost
            over[line.sku] -= lost

    def _queued(self, order: Order) -> bool:
        if self.queue_status(order) not in ("QUEUED", "PARTIALLY_PROCESSED"):
            return False
        return order.confirmed or not self.settings.require_order_confirmation

    def _keep(self, center: str, left: Counter[str], without: Collection[Order]) -> dict[Order, Counter[str]]:
        """Take from what is left what was received for orders (D6)."""
        kept = {order: Counter[str]() for order in self.orders}
        for line in self.waiting(center):
            if line.order not in without:
                kept[line.order][line.sku] += self._take(left, line.sku, line.own)
        return kept

    def _kept_still(self, own: Counter[str], given: Mapping[Line, int]) -> Counter[str]:
        still = Counter(own)
        for line, units in given.items():
            still[line.sku] -= min(units, still[line.sku])
        return still

    def _serve(self, order: Order, left: Counter[str], now: datetime) -> dict[Line, int]:
        """What the order takes at its turn, which is out of what is left then."""
        lines = [line for line in self.lines_of(order) if line.waits and line.route == "PROCESSOR"]
        split_lines = self.policy(order.center).split_lines
        if order.delayed_until is not None and now < order.delayed_until:
            return {}
        needed = Counter[str]()
        for line in lines:
            needed[line.sku] += line.open
        complete = all(units <= left[sku] for sku, units in needed.items())  # B4
        if not complete:
            if len(needed) == 1 and not split_lines:  # B7
                return {}
            if now < order.accepted_at + self.hold(order):  # B5
                return {}
            if not self._may_be_divided(order):  # B8
                return {}
        given = {}
        for line in lines:  # B6
            units = min(line.open, left[line.sku])
            if units == line.open or (units and split_lines):
                given[line] = units
                left[line.sku] -= units
        return given

    def _may_be_divided(self, order: Order) -> bool:
        made = 0
        if self.queue_status(order) == "PARTIALLY_PROCESSED":
            made = sum(
                dispatch.order is order and dispatch.kind == "PROCESSOR" and dispatch.status != "CANCELLED"
                for dispatch in self.dispatches
            )
        return self.policy(order.center).allows_part(made=made)
