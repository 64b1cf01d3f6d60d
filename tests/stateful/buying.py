"""The reference model: purchase orders, what they bring, and vendors who ship themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tests.stateful.nouns import Line, Order, Ordered, require
from tests.stateful.selling import EDITABLE
from tests.stateful.world import World


class Buying(World):
    """Ordering, changing, linking, receiving; leaving lines to vendors (D5, D6, F4)."""

    def order_goods(
        self, center: str, lines: Sequence[tuple[str, int, datetime | None, Line | None]]
    ) -> None:
        for sku, _, _, line in lines:
            if line is not None:
                self._check_link(line, center, sku)
        for sku, units, expected_at, line in lines:
            self.level(center, sku)
            self.purchases.append(
                Ordered(
                    purchase_order=self.purchase_orders,
                    center=center,
                    sku=sku,
                    quantity=units,
                    expected_at=expected_at,
                    line=line,
                )
            )
        self.purchase_orders += 1

    def reschedule(self, bought: Ordered, expected_at: datetime | None) -> None:
        require(bought.open, "NOTHING_TO_DO")
        require(bought.expected_at != expected_at, "NOTHING_TO_DO")
        bought.expected_at = expected_at

    def change_ordered(self, bought: Ordered, quantity: int) -> None:
        require(bought.vendor_for is None, "INVALID_INPUT")
        require(quantity >= bought.received + bought.cancelled, "INVALID_INPUT")
        require(quantity != bought.quantity, "NOTHING_TO_DO")
        bought.quantity = quantity

    def cancel_ordered(self, bought: Ordered) -> None:
        require(bought.open, "NOTHING_TO_DO")
        bought.cancelled += bought.open
        if bought.vendor_for is not None and bought.line is not None:
            bought.line.route = "PROCESSOR"
            self.settle(bought.vendor_for)

    def link(self, bought: Ordered, line: Line | None) -> None:
        require(bought.open, "NOTHING_TO_DO")
        require(bought.vendor_for is None, "INVALID_INPUT")
        require(bought.line is not line, "NOTHING_TO_DO")
        if line is not None:
            self._check_link(line, bought.center, bought.sku)
        bought.line = line

    def receive(
        self, receipts: Sequence[tuple[Ordered, int]], now: datetime, *, then: datetime | None = None
    ) -> None:
        """Units of lines of one purchase order, each line once, come now or are heard of later."""
        for bought, units in receipts:
            require(units <= bought.open, "INVALID_INPUT")
        for bought, units in receipts:
            bought.received += units
        for bought, units in receipts:
            line = bought.line
            if bought.vendor_for is not None and line is not None:
                self.move(line, shipped=units)
                continue
            self.goods_moved(bought.center, bought.sku, units, now, then)
            if line is not None and line.waits:
                line.own = min(line.own + units, line.open)
        vendor_for = receipts[0][0].vendor_for
        if vendor_for is not None:
            self.settle(vendor_for)
            self.told.append(("SHIPPED", vendor_for))

    def dropship(self, line: Line, expected_at: datetime | None) -> None:
        require(not line.order.locked, "ORDER_LOCKED")
        require(line.order.status in EDITABLE, "ORDER_STATUS_NOT_ALLOWED")
        require(line.route != "DROPSHIP", "NOTHING_TO_DO")
        require(line.route == "PROCESSOR", "INVALID_INPUT")
        require(line.open, "NOTHING_TO_DO")
        self.leave_to_vendor(line.order, [line], expected_at)

    def leave_to_vendor(self, order: Order, lines: Sequence[Line], expected_at: datetime | None) -> None:
        for line in lines:
            line.route, line.own = "DROPSHIP", 0
            self.purchases.append(
                Ordered(
                    purchase_order=self.purchase_orders,
                    center=order.center,
                    sku=line.sku,
                    quantity=line.open,
                    expected_at=expected_at,
                    line=line,
                    vendor_for=order,
                )
            )
        self.purchase_orders += 1
        self.settle(order)
        self.refresh()

    def dropship_back_ordered(self, orders: Sequence[Order]) -> list[str | None]:
        """Leave to vendors what orders lack before any of them is left; of each why not, or None."""
        answers: list[str | None] = []
        left: dict[Order, list[Line]] = {}
        for order in orders:
            lacking = [
                line
                for line in self.lines_of(order)
                if line.waits and line.route == "PROCESSOR" and self.short[line]
            ]
            if order.locked:
                answers.append("ORDER_LOCKED")
            elif order.status not in EDITABLE:
                answers.append("ORDER_STATUS_NOT_ALLOWED")
            elif not lacking:
                answers.append("NOTHING_TO_DO")
            else:
                answers.append(None)
                left[order] = lacking
        for order in sorted(left, key=lambda order: order.place):
            self.leave_to_vendor(order, left[order], None)
        return answers

    def _check_link(self, line: Line, center: str, sku: str) -> None:
        right = line.sku == sku and line.order.center == center and line.route != "DROPSHIP" and line.open
        require(right, "INVALID_INPUT")
