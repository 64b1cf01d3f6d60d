"""The reference model: stores that are connected to their marketplaces, and what these send (C5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.stateful.nouns import Order, require
from tests.stateful.selling import Selling, Wish
from tests.stateful.telling import Telling

Row = tuple[str, str, str, str | None]
"""Of a result: what it is about, its number, the outcome, and why it is not done."""


class Synchronizing(Selling, Telling):
    """Connections and messages."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**told)
        self.connections: dict[str, tuple[str, bool]] = {}
        """By store: how it is connected, and whether the connection is enabled."""

    def disconnect(self, store: str) -> None:
        require(store in self.connections, "NOTHING_TO_DO")
        del self.connections[store]

    def why_not_asked(self, order: Order) -> str | None:
        return None if self.connections.get(order.store or "") == ("HTTP", True) else "FEATURE_DISABLED"

    def deliver_message(
        self,
        store: str,
        wishes: Sequence[Wish],
        statuses: Sequence[tuple[str, Mapping[str, str | None]]],
        now: datetime,
    ) -> list[Row]:
        """A marketplace sends new orders, and news of orders of its store; what becomes of each."""
        rows: list[Row] = []
        for wish, code in zip(wishes, self.load(wishes) if wishes else [], strict=True):
            outcome = {None: "SUCCEEDED", "DUPLICATE": "SKIPPED"}.get(code, "FAILED")
            rows.append(("ORDER", wish.order.number, outcome, code))
        self.commit(now)
        known = {order.number: order for order in self.orders if order.store == store}
        unknown = [number for number, _ in statuses if number not in known]
        rows += [("STATUS", number, "FAILED", "NOT_FOUND") for number in unknown]
        for number, news in statuses:
            if number in known:
                rows.append(("STATUS", number, *self.told_by_marketplace(known[number], news)))
        self.refresh()
        self.commit(now)
        return rows
