"""A reference model of the domain: what there is, and what follows from it, told in the plainest way.

Nothing here uses the rules that are tested; whatever can be computed is computed anew from first facts, over
everything there is. Places in lists stand for ids: they tell in which order things came into being.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from tests.stateful.nouns import (
    NEVER,
    Backorder,
    Dispatch,
    HoldScope,
    Item,
    Level,
    Line,
    Order,
    Ordered,
    Policy,
    Promise,
    Settings,
)

NOTHING: Mapping[str, int] = MappingProxyType({})


class World:
    """One client: the facts, and what follows from them."""

    def __init__(self, *, centers: Iterable[str], skus: Iterable[str]) -> None:
        self.settings = Settings()
        self.kinds = dict.fromkeys(centers, "STANDARD")
        self.replacements: dict[str, str | None] = dict.fromkeys(skus)
        self.levels: dict[tuple[str, str], Level] = {}
        self.caps: dict[tuple[str, str, str | None], int] = {}
        self.hold_rules: dict[HoldScope, int] = {}
        self.policies: dict[str, Policy] = {}
        self.orders: list[Order] = []
        self.lines: list[Line] = []
        self.dispatches: list[Dispatch] = []
        self.backorders: list[Backorder] = []
        self.purchases: list[Ordered] = []
        self.purchase_orders = 0
        self.short: dict[Line, int] = {}
        self.promises: dict[Line, Promise] = {}
        self.told: list[tuple[str, Order]] = []
        """What customers are to be told of besides what orders show: DELAYED, SHIPPED (D7)."""

    def lines_of(self, order: Order) -> list[Line]:
        return [line for line in self.lines if line.order is order]

    def level(self, center: str, sku: str) -> Level:
        return self.levels.setdefault((center, sku), Level())

    def goods_moved(
        self, center: str, sku: str, units: int, now: datetime, then: datetime | None = None
    ) -> None:
        """Units came or left, and were in a count already if that was made after it."""
        level = self.level(center, sku)
        if then is None or level.counted_at is None or level.counted_at <= then:
            level.on_hand += units
        level.moves.append((then or now, units))

    def allocated(self, center: str, sku: str) -> int:
        return sum(line.allocated for line in self.lines if (line.order.center, line.sku) == (center, sku))

    def available(self, center: str, sku: str, more: int = 0) -> int:
        level = self.levels.get((center, sku), Level())
        return max(level.on_hand + more - level.protected - self.allocated(center, sku), 0)

    def units(self, order: Order, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines_of(order))

    def dispatched(self, order: Order) -> int:
        return self.units(order, "allocated") + self.units(order, "shipped")

    def made(self, order: Order, *kinds: str) -> bool:
        """Whether a dispatch was created that was not cancelled with its lines requeued (A2)."""
        return any(
            dispatch.order is order and not dispatch.requeued and (not kinds or dispatch.kind in kinds)
            for dispatch in self.dispatches
        )

    def open_backorder(self, order: Order) -> Backorder | None:
        for backorder in self.backorders:
            if backorder.order is order and backorder.status in ("OPEN", "PARTIALLY_FILLED"):
                return backorder
        return None

    def waiting(self, center: str) -> list[Line]:
        """The open lines of a pool, better ranks first."""
        found = (line for line in self.lines if line.order.center == center and line.waits)
        return sorted(found, key=lambda line: line.rank)

    def queue_status(self, order: Order) -> str:
        dispatched = self.dispatched(order)
        queued = any(line.open for line in self.lines_of(order) if line.route == "PROCESSOR")
        if queued and order.status != "OC_REJECTED":
            return "PARTIALLY_PROCESSED" if dispatched else "QUEUED"
        return "PROCESSED" if dispatched else "NOT_QUEUED"

    def delivery_status(self, order: Order) -> str:
        if self.units(order, "shipped"):
            left = self.units(order, "open") or self.units(order, "allocated")
            return "PARTIALLY_DELIVERED" if left else "DELIVERED"
        if not order.locked:
            return "NOT_DELIVERED"
        return "DELIVERY_NOTE_CREATED" if self.units(order, "allocated") else "UNDELIVERED_SKU_CREATED"

    def back_order_status(self, order: Order) -> str:
        waiting = [line for line in self.lines_of(order) if line.waits]
        vendors = [line for line in self.lines_of(order) if line.open and line.route == "DROPSHIP"]
        if order.unmarked or not (waiting or vendors) or order.mark == "NOT_BACK_ORDER":
            return "NONE"
        short = sum(self.short[line] for line in waiting)
        # What a vendor ships is open as well, and never back-ordered.
        if order.mark == "BACK_ORDER" or short == sum(line.open for line in (*waiting, *vendors)):
            return "FULL"
        return "PARTIAL" if short else "NONE"

    def packed(self, order: Order) -> bool:
        standing = [
            dispatch.status
            for dispatch in self.dispatches
            if dispatch.order is order and dispatch.status != "CANCELLED"
        ]
        return bool(standing) and "CREATED" not in standing

    def condition(self, order: Order) -> str:
        codes = (order.sales_order_code is not None) + (order.invoice_code is not None)
        by_marketplace = order.marketplace_status == "CANCELLED"
        if order.status == "CANCELLED" or by_marketplace:
            if codes:
                return "CANCELLED_CHECK_REJECTION"
            by_customer = by_marketplace or order.cancelled_by == "CUSTOMER"
            return "CANCELLED_BY_CUSTOMER" if by_customer else "NOT_YET_PROCESSED"
        if order.marketplace_status == "WAITING_FOR_PICKUP" and not codes:
            return "DONE_NOT_INVOICED"
        if codes == 2:
            return "WAITING_FOR_PICKUP" if self.packed(order) else "NOT_YET_PACKED"
        return "NOT_YET_PROCESSED"

    def promised_at(self, order: Order) -> datetime | None:
        """The latest of what its short lines are promised and its vendors expect; none while one has none."""
        dates = [self.promises[line][0] for line in self.lines_of(order) if line.waits and self.short[line]]
        dates += [
            bought.expected_at for bought in self.purchases if bought.vendor_for is order and bought.open
        ]
        known = [at for at in dates if at is not None]
        return max(known, default=None) if len(known) == len(dates) else None

    def look_at(self, center: str, sku: str | None) -> int:
        """Look at all open lines of the pool, or those of a SKU (D3); how many there are."""
        lines = [line for line in self.waiting(center) if sku in (None, line.sku)]
        for line in lines:
            line.order.unmarked = False
        return len(lines)

    def stock_counts(self, center: str) -> bool:
        """Whether stock of the distribution center covers anybody (D2)."""
        excluded = self.settings.exclude_dropship_from_availability or not self.settings.back_order_workflow
        return self.kinds[center] == "STANDARD" or not excluded

    def supply(self, center: str, more: Mapping[str, int] = NOTHING) -> Counter[str]:
        """What there is for orders: of a vendor's stock only what was received for them (D2, D6)."""
        there = Counter({sku: self.available(center, sku, more.get(sku, 0)) for sku in self.replacements})
        if self.stock_counts(center):
            return there
        received = Counter[str]()
        for line in self.waiting(center):
            received[line.sku] += line.own
        return there & received

    def sources(self, sku: str) -> Iterator[str]:
        """The SKUs whose stock may cover a line of this one, in turn."""
        yield sku
        other = self.replacements[sku]
        if other and self.settings.back_order_workflow and self.settings.consider_replacement_sku:
            yield other

    def cover(self, center: str) -> tuple[dict[Line, int], Counter[str]]:
        """What each open line lacks when stock is shared out by rank (D4, D6), and what is left then."""
        left = self.supply(center)
        waiting = self.waiting(center)
        lacks = {line: line.open for line in waiting}
        for line in waiting:
            lacks[line] -= self._take(left, line.sku, line.own)
        for line in waiting:
            for sku in self.sources(line.sku):
                lacks[line] -= self._take(left, sku, lacks[line])
        return lacks, left

    def promise(self, center: str) -> dict[Line, Promise]:
        """What each short line is promised of what is to come (F4), receipt by receipt."""
        missing = {line: self.short[line] for line in self.waiting(center) if self.short[line]}
        last: dict[Line, datetime] = {}
        coming = [bought for bought in self.purchases if bought.center == center and bought.open]
        coming = [bought for bought in coming if bought.vendor_for is None]
        for bought in sorted(coming, key=lambda bought: bought.expected_at or NEVER):
            units = bought.open
            of_sku = [line for line in missing if line.sku == bought.sku]
            for line in sorted(of_sku, key=lambda line: line is not bought.line):
                pegged = min(units, missing[line])
                if pegged:
                    last[line] = bought.expected_at or NEVER
                missing[line] -= pegged
                units -= pegged
        promises: dict[Line, Promise] = {}
        for line, lacking in missing.items():
            if line not in last:
                promises[line] = None, None
            elif lacking:
                promises[line] = None, "INCOMING_TOO_LITTLE"
            elif last[line] == NEVER:
                promises[line] = None, "INCOMING_UNDATED"
            else:
                promises[line] = last[line], None
        return promises

    @staticmethod
    def _take(left: Counter[str], sku: str, wanted: int) -> int:
        taken = min(wanted, left[sku])
        left[sku] -= taken
        return taken

    def refresh(self, *created: Order) -> None:
        """Cover everything anew. Whoever is concerned is looked at, but for the orders created just now."""
        before = {line: (self.short[line], self.promises.get(line)) for line in self.short}
        self.short = {}
        for center in self.kinds:
            self.short |= self.cover(center)[0]
        self.promises = {}
        for center in self.kinds:
            self.promises |= dict.fromkeys(self.waiting(center), (None, None)) | self.promise(center)
        for line, short in self.short.items():
            if line.order not in created and before.get(line) != (short, self.promises[line]):
                line.order.unmarked = False

    def settle(self, order: Order, *, status: str | None = None, units_changed: bool = True) -> None:
        """Derive the order's status from its lines, unless the operation says what it is.

        Without units that changed nobody looks at what it lacks (D2).
        """
        order.version += 1
        order.unmarked = order.unmarked and not units_changed
        order.status = status or self._status(order)
        if order.status == "CANCELLED":
            order.cancelled_by = "CLIENT"
        queue = self.queue_status(order)
        order.is_back_order = queue == "PARTIALLY_PROCESSED" or (order.is_back_order and queue != "QUEUED")

    def _status(self, order: Order) -> str:
        if not self.units(order, "open") and not self.units(order, "allocated"):
            return "COMPLETED" if self.units(order, "shipped") else "CANCELLED"
        if order.status == "PARTIALLY_CANCELLED":
            return order.status
        if self.dispatched(order):
            return "COMMIT"
        if order.status == "COMMIT":
            return "OC_CONFIRMED" if order.confirmed else "CREATE"
        return order.status

    def move(
        self, line: Line, *, requested: int = 0, allocated: int = 0, shipped: int = 0, cancelled: int = 0
    ) -> None:
        """Change a line's figures; its Backorder or its vendor's order follows."""
        line.requested += requested
        line.allocated += allocated
        line.shipped += shipped
        line.cancelled += cancelled
        line.own = min(max(line.own - max(allocated + shipped, 0), 0), line.open)
        if line.route == "WAREHOUSE_PICK":
            self.put_on_backorder(line)
        elif line.route == "DROPSHIP":
            bought = [bought for bought in self.purchases if bought.vendor_for and bought.line is line][-1]
            bought.quantity += max(line.open - bought.open, 0)
            bought.cancelled += max(bought.open - line.open, 0)

    def put_on_backorder(self, line: Line) -> None:
        """Have the order's open Backorder hold what is open of the line (E2)."""
        holding = self.open_backorder(line.order)
        item = holding.items.get(line) if holding else None
        missing = line.open - (item.open if item else 0)
        if not missing:
            return
        if holding is None:
            holding = Backorder(order=line.order)
            self.backorders.append(holding)
        if item is None:
            holding.items[line] = Item(line=line, quantity=missing)
        else:
            item.quantity += max(missing, 0)
            item.cancelled += max(-missing, 0)

    def release(self, kind: str, units: dict[Line, int]) -> list[Dispatch]:
        """One dispatch for each order of the lines."""
        made: dict[Order, Dispatch] = {}
        for line, given in units.items():
            dispatch = made.setdefault(line.order, Dispatch(order=line.order, kind=kind, units={}))
            dispatch.units[line] = given
            self.move(line, allocated=given)
        self.dispatches += made.values()
        for order in made:
            self.settle(order)
        return list(made.values())
