"""The reference model: what people do to orders, one by one and in bulk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from tests.stateful.nouns import Line, Order, RefusedError, require
from tests.stateful.world import World

EDITABLE = ("CREATE", "OC_CONFIRMED", "COMMIT")
CANCELLABLE = (*EDITABLE, "OC_REJECTED", "PARTIALLY_CANCELLED")


class Wish(NamedTuple):
    """An order to load: its head, and units of SKUs line by line."""

    order: Order
    lines: Sequence[tuple[str, int]]


class Selling(World):
    """Loading, confirming, editing, cancelling, marking; Backlog SKUs and their delivery notes."""

    def load(self, wishes: Sequence[Wish]) -> list[str | None]:
        """Create the orders (B1); of each why it was not, or None."""
        answers: list[str | None] = []
        known = {order.number for order in self.orders}
        accepted: list[Wish] = []
        for wish in wishes:
            if wish.order.number in known:
                answers.append("DUPLICATE")
            elif self.beyond_cap(wish, accepted):
                answers.append("INSUFFICIENT_STOCK")
            else:
                answers.append(None)
                accepted.append(wish)
        unmarked = self.settings.back_order_workflow and not self.settings.mark_on_create
        for order, lines in accepted:
            order.place, order.unmarked = len(self.orders), unmarked
            self.orders.append(order)
            self.add(order, lines)
        self.refresh(*(order for order, _ in accepted))
        for order, _ in accepted:
            if order.marketplace_status == "CANCELLED":
                self._cancel(order, by="CUSTOMER")
        self.refresh()
        return answers

    def add(self, order: Order, lines: Iterable[tuple[str, int]]) -> None:
        for sku, units in lines:
            self.lines.append(Line(place=len(self.lines), order=order, sku=sku, requested=units))

    def beyond_cap(self, wish: Wish, before: Iterable[Wish]) -> bool:
        """Whether some line of the wish would be back-ordered beyond a cap (F7), after others came in.

        Whoever comes in is served last here: it answers itself for what it adds.
        """
        center = wish.order.center
        _, left = self.cover(center)
        used = Counter[tuple[str, str | None]]()
        for line, short in self.short.items():
            if line.order.center == center:
                used.update(dict.fromkeys({(line.sku, None), (line.sku, line.order.store)}, short))
        for other, lines in [*(each for each in before if each.order.center == center), wish]:
            for sku, units in lines:
                short = units
                for source in self.sources(sku):
                    short -= self._take(left, source, short)
                for scope in {(sku, None), (sku, other.store)}:
                    used[scope] += short
                    cap = self.caps.get((center, *scope))
                    if other is wish.order and short and cap is not None and used[scope] > cap:
                        return True
        return False

    def confirm(self, order: Order) -> None:
        require(order.status != "OC_CONFIRMED" or order.locked, "NOTHING_TO_DO")
        waiting = self.queue_status(order) in ("QUEUED", "PARTIALLY_PROCESSED") and not order.confirmed
        awaited = self.settings.require_order_confirmation and waiting
        self._check(order, "CREATE", *(("COMMIT",) if awaited else ()))
        order.status = "OC_CONFIRMED" if order.status == "CREATE" else order.status
        order.confirmed = True
        order.version += 1

    def reject(self, order: Order) -> None:
        require(order.status != "OC_REJECTED", "NOTHING_TO_DO")
        self._check(order, "CREATE")
        elsewhere = [line for line in self.lines_of(order) if line.route in ("DROPSHIP", "WAREHOUSE_PICK")]
        require(not any(line.open for line in elsewhere), "ORDER_STATUS_NOT_ALLOWED")
        for line in self.lines_of(order):
            line.own = 0
        self.settle(order, status="OC_REJECTED")

    def unconfirm(self, order: Order) -> None:
        require(order.status != "CREATE" or order.locked, "NOTHING_TO_DO")
        require(not self.made(order) or order.locked, "DISPATCH_EXISTS")
        self._check(order, "OC_CONFIRMED", "OC_REJECTED")
        order.confirmed = False
        self.settle(order, status="CREATE")

    def cancel(self, order: Order) -> None:
        self._check(order, *CANCELLABLE)
        require(not self.dispatched(order) or self.units(order, "open"), "DISPATCH_EXISTS")
        self._cancel(order)

    def _cancel(self, order: Order, *, by: str = "CLIENT") -> None:
        whole = not self.dispatched(order)
        for line in self.lines_of(order):
            self.move(line, cancelled=line.open)
        self.settle(order, status="CANCELLED" if whole else "PARTIALLY_CANCELLED")
        if whole:
            order.cancelled_by = by

    def delay(self, order: Order, until: datetime | None) -> None:
        self._check(order, *EDITABLE)
        require(order.delayed_until != until, "NOTHING_TO_DO")
        order.delayed_until = until
        order.version += 1
        if until is not None:
            self.told.append(("DELAYED", order))

    def change_line(self, line: Line, requested: int) -> None:
        self._check(line.order, *EDITABLE)
        require(requested >= line.requested - line.open, "INVALID_INPUT")
        require(requested != line.requested, "NOTHING_TO_DO")
        added = requested - line.requested
        if added > 0 and line.route != "DROPSHIP":
            require(not self.beyond_cap(Wish(line.order, [(line.sku, added)]), []), "INSUFFICIENT_STOCK")
        self.move(line, requested=added)
        self.settle(line.order)

    def cancel_line(self, line: Line, units: int) -> None:
        self._check(line.order, *EDITABLE)
        require(units <= line.open, "INVALID_INPUT")
        self.move(line, cancelled=units)
        self.settle(line.order)

    def add_lines(self, order: Order, lines: Sequence[tuple[str, int]]) -> None:
        self._check(order, *EDITABLE)
        require(not self.beyond_cap(Wish(order, lines), []), "INSUFFICIENT_STOCK")
        self.add(order, lines)
        self.settle(order)

    def split(self, order: Order, moving: Sequence[Line], number: str) -> None:
        self._check(order, *EDITABLE)
        for line in moving:
            require(line.order is order, "NOT_FOUND")
            require(line.route == "PROCESSOR", "INVALID_INPUT")
            require(not line.allocated and not line.shipped, "DISPATCH_EXISTS")
            require(line.open, "INVALID_INPUT")
        staying = [line for line in self.lines_of(order) if line not in moving]
        require(any(line.cancelled < line.requested for line in staying), "NOTHING_TO_DO")
        require(number not in [other.number for other in self.orders], "DUPLICATE")
        status = order.status
        if status == "COMMIT":
            status = "OC_CONFIRMED" if order.confirmed else "CREATE"
        new = replace(
            order,
            place=len(self.orders),
            number=number,
            status=status,
            version=1,
            news=0,
            is_back_order=False,
        )
        new.unmarked = False
        self.orders.append(new)
        for line in moving:
            line.order = new
        self.settle(order)

    def mark(self, orders: Iterable[Order], mark: str | None) -> list[str | None]:
        """Mark orders by hand (D9); of each why not, or None."""
        answers: list[str | None] = []
        for order in orders:
            over = mark is not None and order.status in ("CANCELLED", "COMPLETED")
            answers.append("ORDER_STATUS_NOT_ALLOWED" if over else None)
            if not over and order.mark != mark:
                order.mark, order.unmarked = mark, False
                order.version += 1
        return answers

    def told_by_marketplace(self, order: Order, news: Mapping[str, str | None]) -> tuple[str, str | None]:
        """What the marketplace says (C3): the outcome, and why it could not be cancelled as it says."""
        changed = {name: value for name, value in news.items() if getattr(order, name) != value}
        for name, value in changed.items():
            setattr(order, name, value)
        order.version += bool(changed)
        order.news += bool(changed) and "shipping_agency" not in changed
        code, done = None, bool(changed)
        if news.get("marketplace_status") == "CANCELLED" and order.status != "CANCELLED":
            dispatched = self.dispatched(order)
            try:
                require(not dispatched or self.units(order, "open"), "DISPATCH_EXISTS")
                self._check(order, *CANCELLABLE)
                self._cancel(order, by="CUSTOMER")
                done = True
            except RefusedError as refused:
                code = refused.code
            code = "DISPATCH_EXISTS" if dispatched else code
        return "SUCCEEDED" if done else "SKIPPED", code

    def _check(self, order: Order, *allowed: str) -> None:
        require(not order.locked, "ORDER_LOCKED")
        require(order.status in allowed, "ORDER_STATUS_NOT_ALLOWED")

    def create_backlog_skus(self, order: Order) -> None:
        require(not order.locked, "BACKLOG_SKUS_ALREADY_CREATED")
        require(not self.made(order), "DISPATCH_EXISTS")
        require(order.status == "OC_CONFIRMED", "ORDER_STATUS_NOT_ALLOWED")
        queued = [line for line in self.lines_of(order) if line.open and line.route == "PROCESSOR"]
        require(queued, "NOTHING_TO_DO")
        for line in queued:
            line.route, line.set_aside = "SPLIT_DELIVERY", line.open
        order.locked = True
        self.settle(order, units_changed=False)

    def revert_backlog_skus(self, order: Order) -> None:
        require(self.settings.allow_backlog_sku_revert, "FEATURE_DISABLED")
        require(order.locked, "NOTHING_TO_DO")
        require(not self.made(order, "DELIVERY_NOTE"), "BACKLOG_SKU_ON_DELIVERY_NOTE")
        for line in self.lines_of(order):
            if line.set_aside is not None:
                line.route, line.set_aside, line.expected_on = "PROCESSOR", None, None
        order.locked = False
        self.settle(order, units_changed=False)

    def expect(self, lines: Sequence[Line], on: date | None) -> None:
        for line in lines:
            line.expected_on = on

    def deliver(self, items: Sequence[tuple[Line, int | None]]) -> None:
        """Apply Backlog SKUs to delivery notes, all of them or none."""
        wanted: dict[Line, int] = {}
        total = Counter[tuple[str, str]]()
        for line, units in items:
            require(line.set_aside is not None, "NOT_FOUND")
            require(line.open, "NOTHING_TO_DO")
            require(units is None or units <= line.open, "INVALID_INPUT")
            wanted[line] = line.open if units is None else units
            total[line.order.center, line.sku] += wanted[line]
        require(all(units <= self.available(*place) for place, units in total.items()), "INSUFFICIENT_STOCK")
        self.release("DELIVERY_NOTE", wanted)

    def deliver_available(self, orders: Sequence[Order]) -> list[str | None]:
        """Apply what is available of orders' Backlog SKUs, better ranks first; of each why not, or None."""
        served: dict[Line, int] = {}
        left = {
            (center, sku): self.available(center, sku) for center in self.kinds for sku in self.replacements
        }
        remaining = [
            line
            for line in self.lines
            if line.order in orders and line.waits and line.route == "SPLIT_DELIVERY"
        ]
        for line in sorted(remaining, key=lambda line: line.rank):
            units = min(line.open, left[line.order.center, line.sku])
            if units:
                served[line] = units
                left[line.order.center, line.sku] -= units
        answers: list[str | None] = []
        for order in orders:
            if not order.locked or not any(line.order is order for line in remaining):
                answers.append("NOTHING_TO_DO")
            else:
                able = any(line.order is order for line in served)
                answers.append(None if able else "INSUFFICIENT_STOCK")
        self.release("DELIVERY_NOTE", served)
        return answers

    def in_bulk(self, action: Callable[[Order], None], orders: Sequence[Order]) -> list[str | None]:
        """Do it to each; of each why not, or None."""
        answers: list[str | None] = []
        for order in orders:
            try:
                action(order)
                answers.append(None)
            except RefusedError as refused:
                answers.append(refused.code)
        return answers
