"""Doing the same to the model and to the real thing, and comparing what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from anyio.from_thread import run as in_event_loop
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.command import Command
from domain.operations.set_up import StockCount, set_stock
from domain.rules.refusals import ErrorCode, Refusal
from domain.store.database import Database
from tests.builders import NOW, Shop
from tests.stateful.buying import Buying
from tests.stateful.nouns import Backorder, Dispatch, Item, Line, Order, Ordered, RefusedError
from tests.stateful.observed import Ids, database_says, differences, model_says
from tests.stateful.reallocating import Reallocating
from tests.stateful.synchronizing import Synchronizing
from tests.stateful.warehouse import Warehouse

Answer = TypeVar("Answer")
Meant = TypeVar("Meant")
Choice = TypeVar("Choice")

CENTERS = ("MAIN", "EAST")
SKUS = ("CHAI", "CUP", "POT", "TEA")
STORES = (None, "WEB", "SHOP")


class Model(Synchronizing, Warehouse, Buying, Reallocating):
    """The whole reference model."""


@dataclass(frozen=True)
class Call:
    """Something that was asked under an idempotency key, and what was answered."""

    name: str
    asked: Callable[[Command], Awaitable[Any]]
    command: Command
    answered: tuple[str | None, Any]


class Tally:
    """What was done over all examples: how often which operation ended how."""

    def __init__(self) -> None:
        self.outcomes = Counter[tuple[str, str]]()
        self.parts = Counter[tuple[str, str]]()
        """Of operations that do several things, how each ended."""

    @property
    def steps(self) -> int:
        """How many operations were done or refused."""
        return self.outcomes.total()

    def lines(self) -> list[str]:
        """An operation a line: how often it was done, and how often refused with which code."""
        of_operation: dict[str, dict[str, int]] = {}
        for (name, outcome), count in sorted((self.outcomes + self.parts).items()):
            of_operation.setdefault(name, {})[outcome] = count
        return [
            f"{name:<28} " + ", ".join(f"{outcome} {count}" for outcome, count in outcomes.items())
            for name, outcomes in of_operation.items()
        ]


class Driver(RuleBasedStateMachine):
    """A new client in the database, and its model; rules are added by those who inherit this."""

    def __init__(self, database: Database, tally: Tally) -> None:
        super().__init__()
        self.database, self.tally = database, tally
        self.model = Model(centers=CENTERS, skus=SKUS)
        self.now = NOW
        self.ids = Ids()
        self.step = 0
        self.calls: list[Call] = []
        """What can be repeated."""
        self.shop: Shop = self.run(self._open())

    async def _open(self) -> Shop:
        clients = await Shop(self.database, 0).value("SELECT count(*) FROM clients")
        shop = await Shop.open(self.database, f"C{clients}")
        await shop.distribution_center("EAST")
        for sku in SKUS:
            await shop.sku(sku)
        for store in STORES:
            if store is not None:
                await shop.store(store)
        # What is refused anyway teaches nothing: the setting is one that rules switch off now and then.
        change = SettingsChange(allow_backlog_sku_revert=True)
        await update_client_settings(shop.command(), change=change)
        self.model.settings.allow_backlog_sku_revert = True
        return shop

    def run(self, asked: Awaitable[Answer]) -> Answer:
        """Have it done in the event loop that the database belongs to."""

        async def wait() -> Answer:
            return await asked

        return in_event_loop(wait)

    def both(
        self,
        name: str,
        meant: Callable[[], Meant],
        asked: Callable[[Command], Awaitable[Answer]],
    ) -> tuple[Meant, Answer] | None:
        """Do it to the model and to the database: both do it, or both refuse with the same code (None).

        Every other step has an idempotency key, and is sent a second time: that answers the same (F6).
        """
        self.step += 1
        key = f"step {self.step}" if self.step % 2 else None
        command = Command(self.database, self.shop.authority, self.now, key)
        refused: str | None = None
        result: tuple[Meant, Answer] | None = None
        told: Meant | None = None
        try:
            told = meant()
        except RefusedError as refusal:
            refused = refusal.code
        self.over()
        code, answer = self.run(_answer(asked, command))
        note(f"step {self.step}, {name}: {code or 'done'}")
        assert code == refused, f"{name}: the database says {code or 'yes'}, the model {refused or 'yes'}"
        if answer is not None:
            result = told, answer  # type: ignore[assignment] # without a refusal the model has answered
        if key is not None:
            call = Call(name, asked, command, (code, answer))
            self.repeat(call)
            self.calls.append(call)
        self.count(name, code)
        return result

    def over(self) -> None:
        """A transaction is over in the model: what it means for others follows, and is told."""
        self.model.refresh()
        self.model.commit(self.now)

    def repeat(self, call: Call) -> None:
        """Ask the same again, under the same key: it is answered the same (F6)."""
        answered = self.run(_answer(call.asked, call.command))
        assert answered == call.answered, f"{call.name}: a repetition is no news"

    def code_of(self, asked: Callable[[Command], Awaitable[object]]) -> str | None:
        """Ask it; with which code it is refused, if it is."""
        return self.run(_answer(asked, self.shop.command(now=self.now)))[0]

    def count(self, name: str, code: str | None) -> None:
        """Tally the outcome of an operation."""
        self.tally.outcomes[name, code or "done"] += 1

    @invariant()
    def both_say_the_same(self) -> None:
        """Orders, lines, coverage, promises, dispatches, Backorders, purchases, stock and ledger agree."""
        said, self.ids = self.run(database_says(self.database, client_id=self.shop.client_id))
        found = differences(said, model_says(self.model))
        assert not found, "\n".join(found)

    @invariant()
    def the_dashboard_counts_right(self) -> None:
        """What is kept of counts is what a plain count of the orders says (C2)."""
        assert self.run(self.shop.value("SELECT recount_backlog_orders()")) == 0

    @rule(place=st.integers(0, 1000), other=st.sampled_from((False, False, True)))
    def repeat_an_earlier_call(self, place: int, other: bool) -> None:
        """However old, it is answered as it was and does nothing; asking something else is refused (F6)."""
        if not self.calls:
            return
        call = self.calls[place % len(self.calls)]
        # Each scan of a batch has a key of its own.
        if other and call.name != "scan":
            reused = self.run(_answer(self._ask_something_else, call.command))
            assert reused == (ErrorCode.IDEMPOTENCY_KEY_REUSED, None)
        else:
            self.repeat(call)
        self.count("repeat an earlier call", "another payload" if other else None)

    async def _ask_something_else(self, command: Command) -> object:
        return await update_client_settings(command, change=SettingsChange(hold_hours=7777))

    def restock(self, wanted: Mapping[Line, int]) -> None:
        """Have so much counted that these units are available."""
        units = Counter[tuple[str, str]]()
        for line, open_units in wanted.items():
            units[line.order.center, line.sku] += open_units
        counts = []
        for (center, sku), more in units.items():
            on_hand = self.model.allocated(center, sku) + self.model.level(center, sku).protected + more
            counts.append((center, sku, max(on_hand, self.model.level(center, sku).on_hand)))
        self.count_stock_as(counts)

    def count_stock_as(self, counts: Sequence[tuple[str, str, int]]) -> None:
        """Count stock: distribution center, SKU and units on hand."""
        sent = [
            StockCount(sku_code=sku, distribution_center_code=center, on_hand=units)
            for center, sku, units in counts
        ]
        self.both("count", lambda: self.model.count(counts, self.now), lambda c: set_stock(c, counts=sent))

    def choose(
        self, place: int, everything: Sequence[Choice], fitting: Callable[[Choice], object] | None = None
    ) -> Choice | None:
        """One of the latest, mostly one that fits; None when there is none at all."""
        chosen: Sequence[Choice] = ()
        if fitting is not None and place % 5 < 4:
            chosen = [each for each in everything if fitting(each)]
        chosen = chosen or everything
        return chosen[-1 - place % len(chosen)] if chosen else None

    def order_id(self, order: Order) -> int:
        return self.ids.orders[order.place]

    def line_id(self, line: Line) -> int:
        return self.ids.lines[line.place]

    def dispatch_id(self, dispatch: Dispatch) -> int:
        of_order = [other for other in self.model.dispatches if other.order is dispatch.order]
        return self.ids.dispatches[dispatch.order.place, of_order.index(dispatch)]

    def dispatch_number(self, dispatch: Dispatch) -> str:
        number: str = self.run(
            self.shop.value("SELECT number FROM dispatches WHERE id = $1", self.dispatch_id(dispatch))
        )
        return number

    def backorder_key(self, backorder: Backorder) -> tuple[int, int]:
        of_order = [other for other in self.model.backorders if other.order is backorder.order]
        return backorder.order.place, of_order.index(backorder)

    def item_id(self, backorder: Backorder, item: Item) -> int:
        return self.ids.items[self.backorder_key(backorder), item.line.place]

    def purchase_id(self, bought: Ordered) -> int:
        return self.ids.purchases[self.model.purchases.index(bought)]

    def in_hours(self, hours: int | None) -> datetime | None:
        """A time to come, or none."""
        return None if hours is None else self.now + timedelta(hours=hours)

    def center_id(self, center: str) -> int:
        return self.run(self.shop.id_of("distribution_centers", center))


async def _answer(asked: Callable[[Command], Awaitable[Answer]], command: Command) -> tuple[str | None, Any]:
    try:
        return None, await asked(command)
    except Refusal as refusal:
        return str(refusal.code), None
