"""A receiver of webhooks on loopback that checks signatures as Standard Webhooks does, and misbehaves.

async with webhook_receiver() as receiver:
    endpoint = await endpoint_of(shop, receiver)
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from domain.operations.webhook_endpoints import NewEndpoint, save_webhook_endpoint
from domain.rules.vocabulary import WebhookEvent
from domain.store.event_relay import RelayTurn
from jobs.leasing import Outcome
from jobs.webhooks import HttpWebhookReceivers, WebhookDeliverer
from tests.builders import Shop
from tests.simulating import HOST, simulated
from tests.waiting import until


@dataclass
class Receiver:
    """What it answers next, oldest first; then 204. `taken` are the messages it answered with success.

    An answer is a status, or how to misbehave: "slow" says nothing, "drop" closes the connection, "drip"
    sends a byte at a time without an end, "redirect" leads back here. With `secret` it refuses what is not
    signed with it. `of_order` are answers to messages about the order with this number. None is answered with
    a status before `awaited` of them have been there at once.
    """

    port: int = 0
    scheme: str = "http"
    secret: str | None = None
    answers: list[int | str] = field(default_factory=list)
    of_order: dict[str, list[int | str]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    awaited: int = 1

    @property
    def url(self) -> str:
        return f"{self.scheme}://{HOST}:{self.port}/hooks"

    @property
    def orders(self) -> list[str]:
        """The numbers of the orders it was told of, as they came."""
        return [message["data"]["order"]["number"] for message in self.taken]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                    request, *lines = head.strip().split("\r\n")
                    pairs = (line.partition(": ") for line in lines)
                    headers = {name.lower(): value for name, _, value in pairs}
                    body = await reader.readexactly(int(headers["content-length"]))
                    assert request == "POST /hooks HTTP/1.1"
                    await self._answer(headers, body, writer)
        finally:
            writer.close()

    async def _answer(self, headers: Mapping[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        self.ids.append(headers["webhook-id"])
        self.signatures.append(headers["webhook-signature"])
        message = json.loads(body)
        if self.secret is not None:
            try:
                Webhook(self.secret).verify(body, dict(headers))
            except WebhookVerificationError:
                await _status(writer, 401)
                return
        about = self.of_order.get(message["data"].get("order", {}).get("number"), self.answers)
        answer = about.pop(0) if about else 204
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._behave(answer, message, writer)
        finally:
            self.at_once -= 1

    async def _behave(self, answer: int | str, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if answer == "slow":
            await asyncio.sleep(60)
        elif answer == "drop":
            writer.transport.abort()
        elif answer == "drip":
            while not writer.transport.is_closing():
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.01)
        elif answer == "redirect":
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: {self.url}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        else:
            status = int(answer)
            # So that others come meanwhile.
            await until(lambda: self.most_at_once >= self.awaited)
            if 200 <= status < 300:
                self.taken.append(message)
            await _status(writer, status)


async def _status(writer: asyncio.StreamWriter, status: int) -> None:
    length = "" if status == 204 else "Content-Length: 0\r\n"
    writer.write(f"HTTP/1.1 {status} Whatever\r\n{length}\r\n".encode())
    await writer.drain()


@asynccontextmanager
async def webhook_receiver(*answers: int | str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver with these answers, on a port of its own."""
    receiver = Receiver(answers=list(answers), scheme="https" if tls else "http")
    async with simulated(receiver.serve, tls=tls) as receiver.port:
        yield receiver


async def endpoint_of(
    shop: Shop,
    receiver: Receiver,
    /,
    *events: WebhookEvent,
    name: str = "ERP",
    at: int | None = None,
    enabled: bool = True,
) -> int:
    """An endpoint for this receiver, told of orders if of nothing else; its id. The receiver checks."""
    endpoint = NewEndpoint(
        name=name,
        url=receiver.url,
        events=events or (WebhookEvent.ORDER_CHANGED,),
        distribution_center_id=at,
        enabled=enabled,
    )
    changed = await save_webhook_endpoint(shop.command(), endpoint_id=None, endpoint=endpoint)
    receiver.secret = await shop.value(
        "SELECT secret FROM webhook_endpoints WHERE client_id = $1 AND id = $2",
        shop.client_id,
        changed.endpoint_id,
    )
    return changed.endpoint_id


async def relayed(shop: Shop) -> None:
    """What has happened gets its place in the log."""
    turn = await RelayTurn.open(shop.database)
    try:
        assert await turn.take()
        await turn.move(limit=5_000)
    finally:
        await turn.close()


def deliverer(shop: Shop, *, seconds: float = 30, trusted_hosts: Sequence[str] = (HOST,)) -> WebhookDeliverer:
    """What a worker delivers with."""
    return WebhookDeliverer(
        database=shop.database,
        leases=shop.database,
        worker="test",
        lease=timedelta(seconds=20),
        receivers=HttpWebhookReceivers(seconds=seconds, trusted_hosts=trusted_hosts),
        stopping=asyncio.Event(),
    )


async def delivered(
    shop: Shop, endpoint_id: int, *, seconds: float = 30, trusted_hosts: Sequence[str] = (HOST,)
) -> None:
    """A worker sends what is due to the endpoint, until nothing is."""
    await relayed(shop)
    outcome = await deliverer(shop, seconds=seconds, trusted_hosts=trusted_hosts).deliver(
        client_id=shop.client_id, endpoint_id=endpoint_id
    )
    assert outcome is Outcome.COMPLETED


async def due_now(shop: Shop) -> None:
    """Time has passed until everything that waits may be tried."""
    await shop.write("UPDATE webhook_deliveries SET due_at = now() - interval '1 s' WHERE status = 'PENDING'")
    await shop.write("UPDATE webhook_endpoints SET retry_at = retry_at - interval '1 d'")


async def log(shop: Shop) -> list[tuple[Any, ...]]:
    """The delivery log: event, status, attempts, status of the answer, reason."""
    return await shop.tuples(
        "SELECT event, status, attempts, response_status, reason FROM webhook_deliveries ORDER BY id"
    )
