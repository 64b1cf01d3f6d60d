"""Rules: what people do to orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.back_order_marks import set_back_order_mark
from domain.operations.backlog_skus import (
    ExpectedDate,
    create_backlog_skus,
    revert_backlog_skus,
    set_expected_dates,
)
from domain.operations.cancel_orders import cancel_sales_order, cancel_sales_orders
from domain.operations.confirm_orders import confirm_order, reject_order, unconfirm_order
from domain.operations.delivery_notes import DeliveryItem, create_delivery_notes
from domain.operations.edit_orders import add_order_lines, cancel_order_line, change_order_line, delay_order
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.split_orders import split_order
from domain.operations.update_marketplace_status import MarketplaceUpdate, update_marketplace_status
from domain.rules.vocabulary import BackOrderMark, MarketplaceStatus
from tests.builders import NOW
from tests.stateful.driver import CENTERS, SKUS, STORES, Driver
from tests.stateful.nouns import Line, Order, require
from tests.stateful.selling import Wish

PICK = st.integers(0, 40)
UNITS = st.integers(1, 9)
LINES = st.lists(st.tuples(st.sampled_from(SKUS), UNITS), min_size=1, max_size=3)
SHIPMENTS: tuple[dict[str, str], ...] = (
    {},
    {"country": "DE"},
    {"country": "NL", "service": "EXPRESS"},
    {"order_type": "GIFT", "shipping_agency": "DHL"},
    {"order_type": "GIFT", "service": "EXPRESS", "country": "DE"},
)
"""What orders are, and how they are sent, which hold rules ask for (B3)."""
HEADS = st.tuples(
    st.sampled_from(CENTERS),
    st.sampled_from(STORES),
    st.sampled_from(SHIPMENTS),
    st.sampled_from((None, "ann@home.example")),
    st.sampled_from((0, 0, 0, 5)),
    st.integers(0, 5),
    st.sampled_from((None, None, None, None, "ACCEPTED", "CANCELLED")),
)
WISHES = st.tuples(HEADS, LINES)


def open_in_queue(line: Line) -> bool:
    return line.open > 0 and line.route == "PROCESSOR" and not line.order.locked


class OrderRules(Driver):
    """Loading, confirming, editing, cancelling, marking; Backlog SKUs and delivery notes."""

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=3), again=PICK)
    def load_more(self, wishes: list[tuple[Any, list[tuple[str, int]]]], again: int) -> None:
        self.load(wishes, again)

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=2), again=PICK)
    def load(self, wishes: list[tuple[Any, list[tuple[str, int]]]], again: int) -> None:
        orders = [self.wish(f"SO-{self.step}-{place}", *wish) for place, wish in enumerate(wishes)]
        if again % 10 == 0 and len(orders) > 1 and self.model.orders:
            orders[-1].order.number = self.model.orders[-1].number
        sent = sent_orders(orders)
        done = self.both(
            "load", lambda: self.model.load(orders), lambda c: load_sales_orders(c, sales_orders=sent)
        )
        assert done is not None
        meant, loaded = done
        assert [error.code for error in loaded.errors] == [code for code in meant if code]
        assert len(loaded.order_ids) == meant.count(None)

    def wish(self, number: str, head: tuple[Any, ...], lines: Sequence[tuple[str, int]]) -> Wish:
        """An order to load."""
        center, store, shipment, email, priority, hours, status = head
        order = Order(
            place=0,
            number=number,
            center=center,
            store=store,
            email=email,
            priority=priority,
            ordered_at=NOW - timedelta(hours=hours),
            accepted_at=self.now,
            marketplace_status=status,
            **shipment,
        )
        return Wish(order, lines)

    @rule(pick=PICK, what=st.sampled_from(("confirm", "confirm", "confirm", "reject", "unconfirm")))
    def answer(self, pick: int, what: str) -> None:
        fitting = {"confirm": ("CREATE", "COMMIT"), "reject": ("CREATE",)}
        statuses = fitting.get(what, ("OC_CONFIRMED", "OC_REJECTED"))
        if order := self.choose(pick, self.model.orders, lambda order: order.status in statuses):
            operation = {"confirm": confirm_order, "reject": reject_order, "unconfirm": unconfirm_order}[what]
            order_id = self.order_id(order)
            self.both(
                what, lambda: getattr(self.model, what)(order), lambda c: operation(c, order_id=order_id)
            )

    @rule(picks=st.lists(PICK, min_size=1, max_size=3))
    def cancel(self, picks: list[int]) -> None:
        chosen = list(dict.fromkeys(self.choose(pick, self.model.orders) for pick in picks))
        orders = [order for order in chosen if order is not None]
        if len(orders) == 1:
            (order,) = orders
            self.both(
                "cancel order",
                lambda: self.model.cancel(order),
                lambda c: cancel_sales_order(c, number=order.number),
            )
        elif orders:
            done = self.both(
                "cancel orders",
                lambda: self.model.in_bulk(self.model.cancel, orders),
                lambda c: cancel_sales_orders(c, numbers=[order.number for order in orders]),
            )
            assert done is not None
            assert [error.code for error in done[1].errors] == [code for code in done[0] if code]

    @rule(pick=PICK, hours=st.sampled_from((None, 1, 3)))
    def delay(self, pick: int, hours: int | None) -> None:
        if order := self.choose(pick, self.model.orders, lambda order: order.status != "CANCELLED"):
            expected, until = self._expected(order, pick), self.in_hours(hours)
            order_id = self.order_id(order)
            self.both(
                "delay",
                lambda: self._at(expected, order, lambda: self.model.delay(order, until)),
                lambda c: delay_order(c, order_id=order_id, until=until, expected_version=expected),
            )

    @rule(pick=PICK, requested=st.integers(1, 12))
    def change_line(self, pick: int, requested: int) -> None:
        if line := self.choose(pick, self.model.lines, lambda line: line.open and not line.order.locked):
            expected, line_id = self._expected(line.order, pick), self.line_id(line)
            self.both(
                "change line",
                lambda: self._at(expected, line.order, lambda: self.model.change_line(line, requested)),
                lambda c: change_order_line(
                    c, line_id=line_id, requested=requested, expected_version=expected
                ),
            )

    @rule(pick=PICK, units=st.integers(1, 5))
    def cancel_line(self, pick: int, units: int) -> None:
        if line := self.choose(pick, self.model.lines, lambda line: line.open and not line.order.locked):
            line_id = self.line_id(line)
            self.both(
                "cancel line",
                lambda: self.model.cancel_line(line, units),
                lambda c: cancel_order_line(c, line_id=line_id, quantity=units),
            )

    @rule(pick=PICK, lines=LINES)
    def add_lines(self, pick: int, lines: list[tuple[str, int]]) -> None:
        if order := self.choose(pick, self.model.orders, lambda order: order.status == "COMMIT"):
            order_id = self.order_id(order)
            self.both(
                "add lines",
                lambda: self.model.add_lines(order, lines),
                lambda c: add_order_lines(c, order_id=order_id, new_lines=_lines(lines)),
            )

    @rule(pick=PICK, among=st.integers(1, 7))
    def split(self, pick: int, among: int) -> None:
        several = [order for order in self.model.orders if len(self.model.lines_of(order)) > 1]
        if order := self.choose(pick, several, lambda order: order.status in ("CREATE", "COMMIT")):
            moving = [
                line
                for place, line in enumerate(self.model.lines_of(order))
                if among >> place & 1 and (pick % 5 == 0 or open_in_queue(line))
            ]
            number = f"S-{self.step}" if pick % 11 else order.number
            if moving:
                order_id, line_ids = self.order_id(order), [self.line_id(line) for line in moving]
                self.both(
                    "split",
                    lambda: self.model.split(order, moving, number),
                    lambda c: split_order(c, order_id=order_id, line_ids=line_ids, new_number=number),
                )

    @rule(picks=st.lists(PICK, min_size=1, max_size=3), mark=st.sampled_from((None, *BackOrderMark)))
    def mark(self, picks: list[int], mark: BackOrderMark | None) -> None:
        chosen = list(dict.fromkeys(self.choose(pick, self.model.orders) for pick in picks))
        if orders := [order for order in chosen if order is not None]:
            order_ids = [self.order_id(order) for order in orders]
            done = self.both(
                "mark",
                lambda: self.model.mark(orders, mark),
                lambda c: set_back_order_mark(c, order_ids=order_ids, mark=mark),
            )
            assert done is not None
            assert [error.code for error in done[1].errors] == [code for code in done[0] if code]

    @rule(
        pick=PICK,
        status=st.sampled_from((None, "WAITING_FOR_PICKUP", "CANCELLED")),
        sales_order_code=st.sampled_from((None, "S1")),
        invoice_code=st.sampled_from((None, "I1")),
        agency=st.sampled_from(({}, {"shipping_agency": None}, {"shipping_agency": "DHL"})),
    )
    def tell_of_marketplace(
        self,
        pick: int,
        status: str | None,
        sales_order_code: str | None,
        invoice_code: str | None,
        agency: dict[str, str | None],
    ) -> None:
        if order := self.choose(pick, self.model.orders):
            news = {"sales_order_code": sales_order_code, "invoice_code": invoice_code, **agency}
            update = MarketplaceUpdate(
                order_number=order.number,
                marketplace_status=None if status is None else MarketplaceStatus(status),
                **news,
            )
            done = self.both(
                "marketplace",
                lambda: self.model.told_by_marketplace(order, {**news, "marketplace_status": status}),
                lambda c: update_marketplace_status(c, updates=[update]),
            )
            assert done is not None
            (result,) = done[1].results
            assert (result.outcome, result.error and result.error.code) == done[0]

    @rule(pick=PICK, revert=st.sampled_from((False, False, True)))
    def backlog_skus(self, pick: int, revert: bool) -> None:
        fitting = self._is_locked if revert else self._may_be_set_aside
        if order := self.choose(pick, self.model.orders, fitting):
            order_id = self.order_id(order)
            if order.status == "CREATE" and not revert:
                self.both(
                    "confirm",
                    lambda: self.model.confirm(order),
                    lambda c: confirm_order(c, order_id=order_id),
                )
            meant = self.model.revert_backlog_skus if revert else self.model.create_backlog_skus
            operation = revert_backlog_skus if revert else create_backlog_skus
            name = "revert Backlog SKUs" if revert else "create Backlog SKUs"
            self.both(name, lambda: meant(order), lambda c: operation(c, order_id=order_id))

    @rule(picks=st.lists(PICK, min_size=1, max_size=2), on=st.sampled_from((None, NOW.date())))
    def expect(self, picks: list[int], on: date | None) -> None:
        """Goods of Backlog SKUs are expected on a date (A1)."""
        aside = [line for line in self.model.lines if line.set_aside is not None]
        chosen = list(dict.fromkeys(self.choose(pick, aside) for pick in picks if aside))
        if lines := [line for line in chosen if line is not None]:
            dates = [ExpectedDate(backlog_sku_id=self.line_id(line), expected_on=on) for line in lines]
            self.both(
                "expect goods",
                lambda: self.model.expect(lines, on),
                lambda c: set_expected_dates(c, dates=dates),
            )

    @rule(
        items=st.lists(st.tuples(PICK, st.sampled_from((None, 1, 1, 3))), min_size=1, max_size=2),
        restock=st.booleans(),
    )
    def deliver(self, items: list[tuple[int, int | None]], restock: bool) -> None:
        chosen: dict[Line, int | None] = {}
        for pick, units in items:
            line = self.choose(pick, self.model.lines, lambda line: line.set_aside is not None and line.open)
            if line is not None:
                chosen[line] = units
        if chosen:
            if restock:
                self.restock({line: line.open for line in chosen})
            sent = [DeliveryItem(self.line_id(line), units) for line, units in chosen.items()]
            self.both(
                "deliver",
                lambda: self.model.deliver(list(chosen.items())),
                lambda c: create_delivery_notes(c, items=sent),
            )

    def _is_locked(self, order: Order) -> bool:
        return order.locked

    def _may_be_set_aside(self, order: Order) -> bool:
        return order.status in ("CREATE", "OC_CONFIRMED") and not order.locked

    def _expected(self, order: Order, pick: int) -> int | None:
        """The version to expect: none, the current one, or one that is out of date (F6)."""
        return (None, order.version, order.version, order.version - 1)[pick % 4]

    def _at(self, expected: int | None, order: Order, meant: Callable[[], None]) -> None:
        require(expected in (None, order.version), "VERSION_CONFLICT")
        meant()


def _lines(lines: Sequence[tuple[str, int]]) -> tuple[SalesOrderLine, ...]:
    return tuple(SalesOrderLine(sku_code=sku, quantity=units) for sku, units in lines)


def sent_orders(wishes: Sequence[Wish]) -> list[SalesOrder]:
    """The orders as they are sent."""
    return [
        SalesOrder(
            number=order.number,
            distribution_center_code=order.center,
            store_code=order.store,
            order_type=order.order_type,
            shipping_agency=order.shipping_agency,
            service=order.service,
            country=order.country,
            email=order.email,
            priority=order.priority,
            ordered_at=order.ordered_at,
            marketplace_status=None
            if order.marketplace_status is None
            else MarketplaceStatus(order.marketplace_status),
            lines=_lines(lines),
        )
        for order, lines in wishes
    ]
