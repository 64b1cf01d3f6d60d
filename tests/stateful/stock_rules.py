"""Rules: what happens in the warehouse and with vendors, to stock, its limits and its books."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.change_purchase_orders import (
    cancel_purchase_order_line,
    change_purchase_order_line,
    link_purchase_order_line,
    reschedule_purchase_order_line,
)
from domain.operations.dispatches import cancel_dispatch, pack_dispatch, ship_dispatch
from domain.operations.dropship_orders import VendorTerms, dropship_order_line
from domain.operations.fill_backorders import ItemFill, fill_backorder
from domain.operations.inventory import repair_inventory
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.operations.print_orders import print_order
from domain.operations.purchase_orders import PurchaseOrder, PurchaseOrderLine, create_purchase_order
from domain.operations.receive_purchase_orders import Receipt, receive_purchase_order
from domain.rules.vocabulary import WarehousePickPolicy
from domain.views.inventory import inventory_drifts
from tests.stateful.driver import CENTERS, SKUS, Driver
from tests.stateful.nouns import Line
from tests.stateful.order_rules import PICK, UNITS, open_in_queue

CENTER = st.sampled_from(CENTERS)
SKU = st.sampled_from(SKUS)
HOURS = st.sampled_from((None, 24, 48, 72))


class StockRules(Driver):
    """Counting, packing, shipping, picking, filling, buying, receiving, limiting, repairing."""

    @rule(counts=st.lists(st.tuples(CENTER, SKU, st.integers(0, 30)), min_size=1, max_size=4))
    def count_stock(self, counts: list[tuple[str, str, int]]) -> None:
        once = list({(center, sku): (center, sku, units) for center, sku, units in counts}.values())
        self.count_stock_as(once)

    @rule(pick=PICK, what=st.sampled_from(("pack", "ship", "ship")))
    def send(self, pick: int, what: str) -> None:
        waiting = ("CREATED",) if what == "pack" else ("CREATED", "PACKED")
        dispatch = self.choose(pick, self.model.dispatches, lambda dispatch: dispatch.status in waiting)
        if dispatch is not None:
            dispatch_id = self.dispatch_id(dispatch)
            operation = pack_dispatch if what == "pack" else ship_dispatch
            self.both(
                what,
                lambda: self.model.pack(dispatch) if what == "pack" else self.model.ship(dispatch, self.now),
                lambda c: operation(c, dispatch_id=dispatch_id),
            )

    @rule(pick=PICK, requeue=st.booleans())
    def cancel_dispatch(self, pick: int, requeue: bool) -> None:
        here = ("CREATED", "PACKED")
        dispatch = self.choose(pick, self.model.dispatches, lambda dispatch: dispatch.status in here)
        if dispatch is not None:
            dispatch_id = self.dispatch_id(dispatch)
            self.both(
                "cancel dispatch",
                lambda: self.model.cancel_dispatch(dispatch, requeue=requeue),
                lambda c: cancel_dispatch(c, dispatch_id=dispatch_id, reason_code="LOST", requeue=requeue),
            )

    @rule(pick=PICK, among=st.integers(1, 7), policy=st.sampled_from(WarehousePickPolicy))
    def pick_by_hand(self, pick: int, among: int, policy: WarehousePickPolicy) -> None:
        line = self.choose(pick, self.model.lines, open_in_queue)
        if line is None:
            return
        lines = [
            other
            for place, other in enumerate(self.model.lines_of(line.order))
            if other is line or (among >> place & 1 and (pick % 7 == 0 or open_in_queue(other)))
        ]
        if among % 2:
            lines.reverse()
        line_ids = [self.line_id(line) for line in lines]
        self.both(
            "mark Warehouse Pick",
            lambda: self.model.pick(lines, whole=policy is WarehousePickPolicy.WHOLE_LINE),
            lambda c: mark_warehouse_pick(c, line_ids=line_ids, policy=policy),
        )

    @rule(pick=PICK, create=st.booleans())
    def print_order(self, pick: int, create: bool) -> None:
        if order := self.choose(pick, self.model.orders, lambda order: order.status in ("CREATE", "COMMIT")):
            order_id = self.order_id(order)
            done = self.both(
                "print",
                lambda: self.model.print(order, create=create),
                lambda c: print_order(c, order_id=order_id, create_backorder=create),
            )
            if done is not None:
                meant, printed = done
                assert (printed.backorder_id is not None, printed.backorder_offered) == meant

    @rule(pick=PICK, among=st.integers(0, 7), units=st.sampled_from((None, 1, 1, 2)), restock=st.booleans())
    def fill(self, pick: int, among: int, units: int | None, restock: bool) -> None:
        backorder = self.choose(
            pick, self.model.backorders, lambda b: b.status in ("OPEN", "PARTIALLY_FILLED")
        )
        if backorder is None:
            return
        items = [item for place, item in enumerate(backorder.items.values()) if among >> place & 1]
        items = [item for item in items if item.open or pick % 5 == 0]
        fills = [(item, units) for item in items] if items else None
        if restock:
            self.restock({item.line: item.open for item in backorder.items.values()})
        key = self.ids.backorders[self.backorder_key(backorder)]
        sent = [ItemFill(self.item_id(backorder, item), units) for item in items] if items else None
        self.both(
            "fill Backorder",
            lambda: self.model.fill(backorder, fills),
            lambda c: fill_backorder(c, backorder_id=key, fills=sent),
        )

    @rule(
        center=CENTER,
        lines=st.lists(st.tuples(SKU, st.integers(1, 15), HOURS, PICK), min_size=1, max_size=3),
    )
    def order_goods(self, center: str, lines: list[tuple[str, int, int | None, int]]) -> None:
        meant: list[tuple[str, int, Any, Line | None]] = []
        for sku, units, hours, pick in lines:
            line = self._linkable(pick, center, sku) if pick % 2 else None
            meant.append((sku, units, self.in_hours(hours), line))
        sent = PurchaseOrder(
            number=f"PO-{self.step}",
            distribution_center_code=center,
            lines=tuple(
                PurchaseOrderLine(
                    sku_code=sku,
                    quantity=units,
                    expected_at=expected_at,
                    order_line_id=None if line is None else self.line_id(line),
                )
                for sku, units, expected_at, line in meant
            ),
        )
        self.both(
            "order goods",
            lambda: self.model.order_goods(center, meant),
            lambda c: create_purchase_order(c, purchase_order=sent),
        )

    @rule(
        pick=PICK,
        what=st.sampled_from(("when", "how much", "for whom", "for whom", "cancel")),
        hours=HOURS,
        units=st.integers(1, 18),
        link=PICK,
    )
    def change_ordered(self, pick: int, what: str, hours: int | None, units: int, link: int) -> None:
        bought = self.choose(pick, self.model.purchases, lambda bought: bought.open)
        if bought is None:
            return
        line_id, at = self.purchase_id(bought), self.in_hours(hours)
        linked = self._linkable(link, bought.center, bought.sku) if link % 3 else None
        linked_id = None if linked is None else self.line_id(linked)
        match what:
            case "when":
                self.both(
                    "reschedule",
                    lambda: self.model.reschedule(bought, at),
                    lambda c: reschedule_purchase_order_line(c, line_id=line_id, expected_at=at),
                )
            case "how much":
                self.both(
                    "change ordered",
                    lambda: self.model.change_ordered(bought, units),
                    lambda c: change_purchase_order_line(c, line_id=line_id, quantity=units),
                )
            case "for whom":
                self.both(
                    "link",
                    lambda: self.model.link(bought, linked),
                    lambda c: link_purchase_order_line(c, line_id=line_id, order_line_id=linked_id),
                )
            case _:
                self.both(
                    "cancel ordered",
                    lambda: self.model.cancel_ordered(bought),
                    lambda c: cancel_purchase_order_line(c, line_id=line_id),
                )

    @rule(pick=PICK, units=UNITS, all_lines=st.booleans())
    def receive(self, pick: int, units: int, all_lines: bool) -> None:
        bought = self.choose(pick, self.model.purchases, lambda bought: bought.open)
        if bought is None:
            return
        receipts = [
            (other, min(units, other.open) if pick % 5 else units)
            for other in self.model.purchases
            if other is bought or (all_lines and other.open and other.purchase_order == bought.purchase_order)
        ]
        receipts = [(other, units) for other, units in receipts if units]
        if receipts:
            purchase_order_id = self.ids.purchase_orders[bought.purchase_order]
            sent = [Receipt(line_id=self.purchase_id(other), quantity=units) for other, units in receipts]
            self.both(
                "receive",
                lambda: self.model.receive(receipts, self.now),
                lambda c: receive_purchase_order(c, purchase_order_id=purchase_order_id, receipts=sent),
            )

    @rule(pick=PICK, units=UNITS)
    def receive_for(self, pick: int, units: int) -> None:
        """Goods come that were ordered for one line (D6)."""
        if line := self.choose(pick, self.model.lines, open_in_queue):
            meant = [(line.sku, units, None, line)]
            sent = PurchaseOrder(
                number=f"PO-{self.step}",
                distribution_center_code=line.order.center,
                lines=(
                    PurchaseOrderLine(sku_code=line.sku, quantity=units, order_line_id=self.line_id(line)),
                ),
            )
            done = self.both(
                "order goods",
                lambda: self.model.order_goods(line.order.center, meant),
                lambda c: create_purchase_order(c, purchase_order=sent),
            )
            self.both_say_the_same()
            if done is not None:
                bought = self.model.purchases[-1]
                receipt = Receipt(line_id=self.purchase_id(bought), quantity=units)
                self.both(
                    "receive",
                    lambda: self.model.receive([(bought, units)], self.now),
                    lambda c: receive_purchase_order(
                        c, purchase_order_id=done[1].purchase_order_id, receipts=[receipt]
                    ),
                )

    @rule(pick=PICK, hours=HOURS)
    def dropship(self, pick: int, hours: int | None) -> None:
        if line := self.choose(pick, self.model.lines, open_in_queue):
            line_id, at = self.line_id(line), self.in_hours(hours)
            self.both(
                "dropship",
                lambda: self.model.dropship(line, at),
                lambda c: dropship_order_line(c, line_id=line_id, terms=VendorTerms(expected_at=at)),
            )

    @rule(
        pick=PICK,
        damage=st.sampled_from(("none", "on hand", "allocated", "open", "lost")),
        by=st.integers(1, 3),
    )
    def repair(self, pick: int, damage: str, by: int) -> None:
        """Books that disagree, if they do, are put right (F8): levels by what was counted and is held."""
        repairs = self._damage(pick, damage, by)
        drifts = self.run(inventory_drifts(self.database, client_id=self.shop.client_id))
        assert bool(drifts) == bool(repairs)
        done = self.both(f"repair ({damage})", lambda: None, repair_inventory)
        assert done is not None
        assert done[1].repaired == len(drifts)
        assert self.run(inventory_drifts(self.database, client_id=self.shop.client_id)) == []

    def _damage(self, pick: int, damage: str, by: int) -> bool:
        """Spoil what is recorded, and tell the model what a repair makes of it; whether there is a drift."""
        if damage in ("on hand", "allocated"):
            place = self.choose(pick, list(self.model.levels))
            if place is None:
                return False
            center, sku = place
            level, allocated = self.model.level(center, sku), self.model.allocated(center, sku)
            column = "on_hand" if damage == "on hand" else "allocated"
            if column == "allocated" and allocated + by > level.on_hand:
                return False
            level.on_hand += by if column == "on_hand" else 0
            self._spoil(f"UPDATE stock_levels SET {column} = {column} + $4", center, sku, by)  # noqa: S608
            return True
        line = self.choose(pick, [line for line in self.model.lines if line.waits])
        if line is None or damage == "none":
            return False
        line.order.unmarked = False
        line_id = self.line_id(line)
        if damage == "open":
            spoil = "UPDATE pool_demand SET open = open + 1 WHERE client_id = $1 AND line_id = $2"
        else:
            spoil = "DELETE FROM pool_demand WHERE client_id = $1 AND line_id = $2"
            line.own = 0
        self.run(self.shop.write(spoil, self.shop.client_id, line_id))
        return True

    def _spoil(self, statement: str, center: str, sku: str, by: int) -> None:
        where = " WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = $3"
        sku_id = self.run(self.shop.id_of("skus", sku))
        self.run(self.shop.write(statement + where, self.shop.client_id, self.center_id(center), sku_id, by))

    def _linkable(self, pick: int, center: str, sku: str) -> Line | None:
        """An order line to link, mostly one that goods of the SKU in the distribution center can serve."""
        lines = self.model.lines
        if pick % 7:
            lines = [line for line in lines if line.waits and (line.sku, line.order.center) == (sku, center)]
        return self.choose(pick, lines)
