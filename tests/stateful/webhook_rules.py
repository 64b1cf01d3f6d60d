"""Rules: other systems that are told by webhook, and take it, refuse it, or are away (F5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.webhook_deliveries import ping_webhook_endpoint, redeliver_webhook
from domain.operations.webhook_delivering import (
    EndpointHandle,
    begin_deliveries,
    claim_endpoint,
    note_unexpected,
    release_endpoint,
    renew_endpoint,
    send_begun,
    settle_deliveries,
    waiting_endpoints,
)
from domain.operations.webhook_endpoints import (
    NewEndpoint,
    delete_webhook_endpoint,
    rotate_webhook_secret,
    save_webhook_endpoint,
)
from domain.ports import WebhookMessage, WebhookNotDeliveredError
from domain.rules.vocabulary import WebhookEvent
from domain.store.event_relay import RelayTurn
from tests.stateful.driver import Driver
from tests.stateful.nouns import require
from tests.stateful.order_rules import PICK

NAMES = ("erp", "shop")


@dataclass
class Ears:
    """A receiver in the program; `heard` are the references of what it has taken."""

    answer: str
    heard: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def receiver(self, url: str) -> AsyncIterator[Ears]:
        """This one, wherever it is looked for."""
        yield self

    async def send(self, message: WebhookMessage) -> int:
        """Take the message, or not."""
        if self.answer == "away":
            raise WebhookNotDeliveredError("Nobody answers")
        if self.answer == "refused":
            return 500
        self.heard.append(message.reference)
        return 200


class WebhookRules(Driver):
    """Endpoints and deliveries."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.endpoints: dict[str, bool] = {}
        """By name: whether it is enabled."""
        self.heard: set[str] = set()

    @rule(
        name=st.sampled_from(NAMES),
        what=st.sampled_from(("save", "save", "save as new", "rotate", "ping", "delete")),
        enabled=st.sampled_from((True, True, False)),
    )
    def endpoint(self, name: str, what: str, enabled: bool) -> None:
        known = self._endpoint(name)
        if what in ("save", "save as new"):
            endpoint_id = None if what == "save as new" else known
            events = [WebhookEvent.ORDER_CHANGED, WebhookEvent.STOCK_LEVEL_CHANGED]
            told = NewEndpoint(name=name, url=f"https://{name}.example/", events=events, enabled=enabled)

            def meant() -> None:
                require(endpoint_id is not None or name not in self.endpoints, "DUPLICATE")
                self.endpoints[name] = enabled

            self.both(
                "save endpoint",
                meant,
                lambda c: save_webhook_endpoint(c, endpoint_id=endpoint_id, endpoint=told),
            )
        elif known is not None and what == "delete":
            self.both(
                "delete endpoint",
                lambda: self.endpoints.pop(name),
                lambda c: delete_webhook_endpoint(c, endpoint_id=known),
            )
        elif known is not None and what == "rotate":
            self.both(
                "rotate secret",
                lambda: None,
                lambda c: rotate_webhook_secret(c, endpoint_id=known, overlap_hours=1),
            )
        elif known is not None:
            self.both("ping", lambda: None, lambda c: ping_webhook_endpoint(c, endpoint_id=known))

    @rule(answer=st.sampled_from(("taken", "taken", "taken", "refused", "away", "unexpected")))
    def tell(self, answer: str) -> None:
        """Whatever has happened is sent, once; nothing else changes."""
        self.step += 1
        ears = Ears(answer)
        self.run(self._tell(ears))
        assert len(ears.heard) == len(set(ears.heard))
        assert self.heard.isdisjoint(ears.heard)
        self.heard.update(ears.heard)
        if answer != "taken":
            # One that fails for days is turned off.
            query = "SELECT name, enabled FROM webhook_endpoints WHERE client_id = $1"
            told: list[tuple[str, bool]] = self.run(self.shop.tuples(query, self.shop.client_id))
            assert all(self.endpoints[name] or not enabled for name, enabled in told)
            self.endpoints = dict(told)
        self.count("tell", None if answer == "taken" else answer)

    async def _tell(self, ears: Ears) -> None:
        relay = await RelayTurn.open(self.database)
        try:
            assert await relay.take()
            while await relay.move(limit=1_000):
                pass
        finally:
            await relay.close()
        for waiting in await waiting_endpoints(database=self.database, now=self.now):
            if waiting.client_id != self.shop.client_id:
                continue
            handle = EndpointHandle(
                database=self.database,
                client_id=waiting.client_id,
                endpoint_id=waiting.endpoint_id,
                holder=f"worker {self.step}",
                lease=timedelta(hours=9),
            )
            assert await claim_endpoint(handle) is not None
            if ears.answer == "unexpected":
                await note_unexpected(handle, failure="It broke.", now=self.now)
                continue
            more = True
            while more:
                begun = await begin_deliveries(handle, now=self.now)
                answers = await send_begun(begun, receivers=ears, now=self.now)
                await settle_deliveries(handle, begun, answers, now=self.now)
                assert await renew_endpoint(handle)
                more = begun.more
            await release_endpoint(handle)

    @rule(pick=PICK)
    def tell_again(self, pick: int) -> None:
        query = """
            SELECT delivery.id, delivery.event, endpoint.name FROM webhook_deliveries AS delivery
            JOIN webhook_endpoints AS endpoint
                ON endpoint.client_id = $1 AND endpoint.id = delivery.endpoint_id
            WHERE delivery.client_id = $1 ORDER BY delivery.id
        """
        found = self.choose(pick, self.run(self.shop.tuples(query, self.shop.client_id)))
        if found is None:
            return
        delivery_id, event, name = found

        def meant() -> None:
            require(event != "PING", "NOTHING_TO_DO")
            require(self.endpoints[name], "FEATURE_DISABLED")
            self.heard.discard(f"msg_{self.shop.client_id}_{delivery_id}")

        self.both("tell again", meant, lambda c: redeliver_webhook(c, delivery_id=delivery_id))

    def _endpoint(self, name: str) -> int | None:
        query = "SELECT id FROM webhook_endpoints WHERE client_id = $1 AND name = $2"
        found: list[tuple[int]] = self.run(self.shop.tuples(query, self.shop.client_id, name))
        return found[0][0] if found else None
