"""The reference model: what happens in the warehouse, to dispatches, picks, Backorders and stock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from tests.stateful.nouns import Backorder, Dispatch, Item, Line, Order, require
from tests.stateful.selling import EDITABLE
from tests.stateful.world import World

Choice = TypeVar("Choice")


class Warehouse(World):
    """Packing, shipping and cancelling dispatches, warehouse picks, Backorders, counting and protecting."""

    def count(
        self, counts: Sequence[tuple[str, str, int]], now: datetime, *, then: datetime | None = None
    ) -> None:
        """What was counted now, or a while ago."""
        found = {}
        for center, sku, units in counts:
            level = self.level(center, sku)
            require(then is None or level.counted_at is None or level.counted_at <= then, "NOTHING_TO_DO")
            since = sum(moved for at, moved in level.moves if then is not None and at > then)
            require(units + since >= self.allocated(center, sku), "INSUFFICIENT_STOCK")
            found[center, sku] = units + since
        for place, units in found.items():
            self.level(*place).on_hand = units
            self.level(*place).counted_at = then or now

    def pack(self, dispatch: Dispatch) -> bool:
        """Pack it; False when it was packed already."""
        require(dispatch.status != "CANCELLED", "ORDER_STATUS_NOT_ALLOWED")
        if dispatch.status != "CREATED":
            return False
        dispatch.status = "PACKED"
        self.settle(dispatch.order)
        return True

    def ship(self, dispatch: Dispatch, now: datetime, *, then: datetime | None = None) -> bool:
        """Ship it, or hear of it later; False when it was shipped already."""
        require(dispatch.status != "CANCELLED", "ORDER_STATUS_NOT_ALLOWED")
        if dispatch.status == "SHIPPED":
            return False
        dispatch.status = "SHIPPED"
        for line, units in dispatch.units.items():
            self.goods_moved(dispatch.order.center, line.sku, -units, now, then)
            self.move(line, allocated=-units, shipped=units)
        self.settle(dispatch.order)
        self.told.append(("SHIPPED", dispatch.order))
        return True

    def cancel_dispatch(self, dispatch: Dispatch, *, requeue: bool) -> None:
        require(dispatch.status != "SHIPPED", "DISPATCH_ALREADY_SHIPPED")
        if dispatch.status == "CANCELLED":
            return
        over = dispatch.order.status in ("CANCELLED", "PARTIALLY_CANCELLED")
        require(not (requeue and over), "ORDER_STATUS_NOT_ALLOWED")
        dispatch.status, dispatch.requeued = "CANCELLED", requeue
        holding = self.open_backorder(dispatch.order)
        for item, units in dispatch.fills.items():
            reopened = requeue and (holding is None or item in holding.items.values())
            item.filled -= units
            item.cancelled += 0 if reopened else units
        for line, units in dispatch.units.items():
            self.move(line, allocated=-units, cancelled=0 if requeue else units)
        self.settle(dispatch.order)

    def pickable(self, lines: Sequence[Line], *, whole: bool) -> dict[Line, int]:
        """What can be picked of each line of an order, in line order."""
        left = {line.sku: self.available(line.order.center, line.sku) for line in lines}
        taken = {}
        for line in lines:
            units = min(line.open, left[line.sku])
            taken[line] = 0 if whole and units < line.open else units
            left[line.sku] -= taken[line]
        return taken

    def pick(self, lines: Sequence[Line], *, whole: bool) -> None:
        """Mark lines of one order Warehouse Pick (E2)."""
        order = lines[0].order
        require(not order.locked, "ORDER_LOCKED")
        require(order.status in EDITABLE, "ORDER_STATUS_NOT_ALLOWED")
        for line in lines:
            require(line.order is order and line.route == "PROCESSOR" and line.open, "INVALID_INPUT")
        marked = sorted(lines, key=lambda line: line.place)
        self._mark(order, self.pickable(marked, whole=whole))

    def _mark(self, order: Order, taken: dict[Line, int]) -> None:
        for line in taken:
            line.route = "WAREHOUSE_PICK"
        if not self.release("WAREHOUSE_PICK", {line: units for line, units in taken.items() if units}):
            self.settle(order)
        for line in taken:
            self.put_on_backorder(line)

    def print(self, order: Order, *, create: bool) -> tuple[bool, bool]:
        """Print it (E3): whether it has an open Backorder, and whether lines should still go on it."""
        if create:
            require(not order.locked, "ORDER_LOCKED")
            require(order.status in EDITABLE, "ORDER_STATUS_NOT_ALLOWED")
        queued = [line for line in self.lines_of(order) if line.route == "PROCESSOR" and line.open]
        short = [line for line, units in self.pickable(queued, whole=True).items() if not units]
        if create and short:
            self._mark(order, dict.fromkeys(short, 0))
        return self.open_backorder(order) is not None, bool(short) and not create

    def fill(self, backorder: Backorder, fills: Sequence[tuple[Item, int | None]] | None) -> None:
        """Fill items of a Backorder, or all that is open of it (E5)."""
        require(any(item.open for item in backorder.items.values()), "NOTHING_TO_DO")
        if fills is None:
            fills = [(item, None) for item in backorder.items.values() if item.open]
        units: dict[Item, int] = {}
        wanted = Counter[str]()
        for item, given in fills:
            require(item.open, "NOTHING_TO_DO")
            require(given is None or given <= item.open, "INVALID_INPUT")
            units[item] = item.open if given is None else given
            wanted[item.line.sku] += units[item]
        for sku, total in wanted.items():
            require(total <= self.available(backorder.order.center, sku), "INSUFFICIENT_STOCK")
        for item, given in units.items():
            item.filled += given
        (dispatch,) = self.release("WAREHOUSE_PICK", {item.line: given for item, given in units.items()})
        dispatch.fills = units

    def scan_units(self, wanted: Mapping[Choice, int], units: int) -> list[tuple[Choice, int]]:
        """Scanned units of a SKU, shared out over what is open of it on a document, in turn (F10)."""
        require(wanted, "INVALID_INPUT")
        require(any(wanted.values()), "NOTHING_TO_DO")
        require(units <= sum(wanted.values()), "INVALID_INPUT")
        shares = []
        for each, open_units in wanted.items():
            share = min(units, open_units)
            units -= share
            if share:
                shares.append((each, share))
        return shares
