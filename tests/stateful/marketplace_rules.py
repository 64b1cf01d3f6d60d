"""Rules: connecting stores, and synchronizing them with a marketplace that answers well or badly (C5)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.marketplace_messages import UnreadableMessageError
from domain.operations.set_up import NewStore, upsert_stores
from domain.operations.store_connections import (
    NewConnection,
    remove_store_connection,
    set_store_connection,
)
from domain.operations.synchronizations import (
    UnknownSenderError,
    receive_message,
    start_due_synchronizations,
    synchronize_orders,
    synchronize_stores,
    waiting_synchronizations,
)
from domain.operations.synchronizing import (
    ClaimedSynchronization,
    SynchronizationHandle,
    apply_delivery,
    claim_synchronization,
    complete_synchronization,
    give_up_synchronization,
    hand_over_synchronization,
    note_failure,
    renew_synchronization,
    set_aside,
)
from domain.ports import MarketplaceError
from domain.rules.signatures import signed_headers
from domain.rules.vocabulary import ConnectorKind
from jobs.connectors.http import HttpMarketplaces
from tests.marketplace import SECRET, Marketplace
from tests.simulating import HOST
from tests.stateful.order_rules import PICK, WISHES, OrderRules
from tests.stateful.selling import Wish
from tests.stateful.synchronizing import Row

STORE = st.sampled_from(("WEB", "WEB", "SHOP"))
BAD = (500, b"{", "reset", {"orders": "none"})
ANSWER = st.sampled_from(("good", "good", "good", "good", "twice", *BAD))
NEWS = st.lists(
    st.tuples(
        PICK,
        st.sampled_from(("ACCEPTED", "WAITING_FOR_PICKUP", "CANCELLED")),
        st.sampled_from((None, "I2")),
    ),
    max_size=2,
)


class MarketplaceRules(OrderRules):
    """Marketplaces."""

    simulator: Marketplace

    @rule(store=STORE, kind=st.sampled_from(("HTTP", "HTTP", "PUSH", None)), rarely=st.integers(0, 2))
    def connect(self, store: str, kind: str | None, rarely: int) -> None:
        store_id, enabled = self._store_id(store), rarely > 0
        if kind is None:
            if not enabled:
                self.both(
                    "disconnect",
                    lambda: self.model.disconnect(store),
                    lambda c: remove_store_connection(c, store_id=store_id),
                )
            return
        connection = NewConnection(
            kind=ConnectorKind(kind),
            address=self.simulator.address if kind == "HTTP" else None,
            secret=SECRET,
            enabled=enabled,
            interval_seconds=3600,
        )
        self.both(
            "connect",
            lambda: self.model.connections.update({store: (kind, enabled)}),
            lambda c: set_store_connection(c, store_id=store_id, connection=connection),
        )

    @rule(store=STORE, name=st.sampled_from(("Here", "There")))
    def rename(self, store: str, name: str) -> None:
        self.both(
            "rename store", lambda: None, lambda c: upsert_stores(c, stores=[NewStore(code=store, name=name)])
        )

    @rule(
        store=STORE,
        asked=st.sampled_from(("store", "orders", "timer", "push")),
        picks=st.lists(PICK, min_size=1, max_size=2),
        wishes=st.lists(WISHES, max_size=2),
        news=NEWS,
        answer=ANSWER,
    )
    def synchronize(
        self,
        store: str,
        asked: str,
        picks: list[int],
        wishes: list[Any],
        news: list[tuple[int, str, str | None]],
        answer: Any,
    ) -> None:
        """Somebody asks, or it is time, or the marketplace pushes; then workers do what is waiting."""
        orders = [self.wish(f"M-{self.step}-{place}", *wish) for place, wish in enumerate(wishes)]
        for wish in orders:
            wish.order.store = store
        if picks[0] % 10 == 0 and orders and self.model.orders:
            orders[-1].order.number = self.model.orders[-1].number
        told = {}
        for pick, status, code in news:
            order = self.choose(pick, self.model.orders, lambda order: order.store == store)
            if order is not None:
                told[order.number] = {"marketplace_status": status, "invoice_code": code}
        statuses = list(told.items())
        body = _message(orders, statuses)
        self.step += 1
        if asked == "push":
            self._push(store, body)
        elif asked == "timer":
            self.run(start_due_synchronizations(database=self.database, now=self.now))
        elif asked == "store":
            self._ask_store(store)
        else:
            self._ask_orders(picks)
        self._work_off(store, orders, statuses, body, None if asked == "push" else answer)

    def _ask_store(self, store: str) -> None:
        store_id = self._store_id(store)
        able = self.model.connections.get(store) == ("HTTP", True)
        done = self.both(
            "synchronize store", lambda: None, lambda c: synchronize_stores(c, store_ids=[store_id])
        )
        assert done is not None
        assert [error.code for error in done[1].errors] == ([] if able else ["FEATURE_DISABLED"])

    def _ask_orders(self, picks: Sequence[int]) -> None:
        chosen = list(dict.fromkeys(self.choose(pick, self.model.orders) for pick in picks))
        orders = [order for order in chosen if order is not None]
        if orders:
            order_ids = [self.order_id(order) for order in orders]
            done = self.both(
                "synchronize orders",
                lambda: [self.model.why_not_asked(order) for order in orders],
                lambda c: synchronize_orders(c, order_ids=order_ids),
            )
            assert done is not None
            assert [error.code for error in done[1].errors] == [code for code in done[0] if code]

    def _push(self, store: str, body: bytes) -> None:
        """What is signed and new is kept, and coming again no news; a store that is paused takes nothing."""
        message_id = f"{self.shop.client_id}-{self.step}"
        headers = signed_headers(SECRET, message_id=message_id, at=self.now, body=body)
        told: dict[str, Any] = {"store_code": store, "headers": headers, "body": body, "now": self.now}
        if not self.model.connections.get(store, ("", False))[1]:
            with pytest.raises(UnknownSenderError):
                self.run(receive_message(database=self.database, **told))
            return
        assert self.run(receive_message(database=self.database, **told)) is not None
        assert self.run(receive_message(database=self.database, **told)) is None

    def _work_off(
        self,
        store: str,
        orders: Sequence[Wish],
        statuses: Sequence[tuple[str, Mapping[str, str | None]]],
        body: bytes,
        answer: Any,
    ) -> None:
        """Have workers take all that waits; the marketplace of the store answers so, others say nothing.

        Without an answer the store's marketplace has pushed.
        """
        while waiting := self._waiting():
            handle = SynchronizationHandle(
                database=self.database,
                client_id=self.shop.client_id,
                synchronization_id=waiting,
                holder=f"worker {self.step}",
                lease=timedelta(hours=9),
            )
            claimed = self.run(claim_synchronization(handle, now=self.now))
            assert claimed is not None
            mine = claimed.store_code == store and claimed.message == (body if answer is None else None)
            self.simulator.answers = []
            if mine and answer is not None:
                self.simulator.answers = [json.loads(body)] if answer in ("good", "twice") else [answer]
            if answer == "twice":
                self.run(hand_over_synchronization(handle))
                handle = replace(handle, holder=f"{handle.holder}, the second")
                claimed = self.run(claim_synchronization(handle, now=self.now))
                assert claimed is not None
            outcome = self.run(self._carry_out(handle, claimed))
            self.count("synchronize", outcome)
            if mine and outcome is None:
                meant = self.model.deliver_message(store, orders, statuses, self.now)
                assert self._results(handle)[: len(meant)] == meant
                body, orders, statuses = b"{}", [], []

    async def _carry_out(self, handle: SynchronizationHandle, claimed: ClaimedSynchronization) -> str | None:
        """Do what the worker's job does, at the time of the model; why it failed, if it did."""
        if claimed.message is not None:
            await apply_delivery(handle, claimed, body=claimed.message, now=self.now)
            await complete_synchronization(handle, claimed, now=self.now)
            return None
        if claimed.marketplace is None:
            await give_up_synchronization(handle, claimed, failure="It is not connected.", now=self.now)
            return "not connected"
        connector = HttpMarketplaces(seconds=5, trusted_hosts=[HOST])
        try:
            delivery = await connector.fetch(
                claimed.marketplace, cursor=claimed.cursor, order_numbers=claimed.order_numbers
            )
        except MarketplaceError:
            await note_failure(handle, claimed, failure="It answers badly.", now=self.now)
            return "no answer"
        assert await renew_synchronization(handle)
        if delivery is not None:
            try:
                await apply_delivery(handle, claimed, body=delivery.body, now=self.now)
            except UnreadableMessageError as error:
                await set_aside(handle, claimed, name=delivery.name, problem=str(error))
                await complete_synchronization(handle, claimed, now=self.now)
                return "unreadable"
        await complete_synchronization(handle, claimed, now=self.now)
        return None

    def _waiting(self) -> int | None:
        """The id of a synchronization that a worker should take."""
        found = self.run(waiting_synchronizations(database=self.database, now=self.now))
        ours = [each.synchronization_id for each in found if each.client_id == self.shop.client_id]
        return ours[0] if ours else None

    def _results(self, handle: SynchronizationHandle) -> list[Row]:
        query = """
            SELECT kind, subject, outcome, code FROM synchronization_rows
            WHERE client_id = $1 AND synchronization_id = $2 ORDER BY position
        """
        return self.run(self.shop.tuples(query, handle.client_id, handle.synchronization_id))

    def _store_id(self, store: str) -> int:
        return self.run(self.shop.id_of("stores", store))

    def teardown(self) -> None:
        """Leave nothing that comes due while others are tried."""
        for store in self.model.connections:
            command = self.shop.command(now=self.now)
            self.run(remove_store_connection(command, store_id=self._store_id(store)))
        super().teardown()


def _message(orders: Sequence[Wish], statuses: Sequence[tuple[str, Mapping[str, str | None]]]) -> bytes:
    """The message as a marketplace sends it."""
    sent = [
        {
            "number": order.number,
            "distributionCenterCode": order.center,
            "orderType": order.order_type,
            "shippingAgency": order.shipping_agency,
            "service": order.service,
            "country": order.country,
            "email": order.email,
            "priority": order.priority,
            "orderedAt": order.ordered_at.isoformat(),
            "marketplaceStatus": order.marketplace_status,
            "lines": [{"skuCode": sku, "quantity": units} for sku, units in lines],
        }
        for order, lines in orders
    ]
    told = [
        {
            "orderNumber": number,
            "marketplaceStatus": news["marketplace_status"],
            "invoiceCode": news["invoice_code"],
        }
        for number, news in statuses
    ]
    return json.dumps({"orders": sent, "statuses": told}).encode()
