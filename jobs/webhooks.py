"""Outbound webhooks: one job per endpoint sends what is due to it, signed as Standard Webhooks says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import httpx
import structlog

from domain.operations.webhook_delivering import (
    EndpointHandle,
    begin_deliveries,
    claim_endpoint,
    note_unexpected,
    release_endpoint,
    renew_endpoint,
    send_begun,
    settle_deliveries,
)
from domain.ports import WebhookMessage, WebhookNotDeliveredError, WebhookReceivers
from domain.rules.signatures import signed_headers
from domain.store.database import Database
from jobs.leasing import Leaseholder, Outcome
from jobs.outbound import AddressRefusedError, Destination, OutboundHttp


class HttpWebhookReceivers:
    """The domain's `WebhookReceivers`, over HTTP. An answer takes `seconds` at most; its body is left."""

    def __init__(self, *, seconds: float, trusted_hosts: Collection[str] = ()) -> None:
        self._seconds = seconds
        self._http = OutboundHttp(trusted_hosts=trusted_hosts)

    @asynccontextmanager
    async def receiver(self, url: str) -> AsyncIterator[_Receiver]:
        """The receiver at this URL."""
        try:
            async with self._http.destination(url, seconds=self._seconds) as destination:
                yield _Receiver(destination, self._seconds)
        except AddressRefusedError as error:
            raise WebhookNotDeliveredError(str(error)) from None


@dataclass(frozen=True, slots=True)
class _Receiver:
    destination: Destination
    seconds: float

    async def send(self, message: WebhookMessage) -> int:
        headers = signed_headers(
            *message.secrets, message_id=message.reference, at=datetime.now(UTC), body=message.body
        )
        try:
            async with self.destination.post(message.body, headers=headers) as response:
                return response.status_code
        except TimeoutError:
            raise WebhookNotDeliveredError(f"It did not answer within {self.seconds:g} seconds.") from None
        except httpx.HTTPError as error:
            # Its text may hold the address, and nobody needs more than what kind of trouble it was.
            raise WebhookNotDeliveredError(f"It could not be reached: {type(error).__name__}.") from None


_TURN = timedelta(seconds=20)
"""How long an endpoint is sent to before others have their turn: a worker has only so many at a time, and a
receiver that takes its time may have much to take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeliverer:
    """Delivers webhooks for one worker; what it is told is as for runs."""

    database: Database
    leases: Database
    worker: str
    lease: timedelta
    receivers: WebhookReceivers
    stopping: asyncio.Event
    turn: timedelta = _TURN

    async def deliver(self, *, client_id: int, endpoint_id: int) -> Outcome:
        """Take the endpoint if it is to be had, and send it what is due, for one turn at most."""
        handle = EndpointHandle(
            database=self.database,
            client_id=client_id,
            endpoint_id=endpoint_id,
            holder=f"{self.worker}/{token_hex(4)}",
            lease=self.lease,
        )
        leased = _LeasedEndpoint(handle, replace(handle, database=self.leases), self.receivers, self.turn)
        with structlog.contextvars.bound_contextvars(client_id=client_id, endpoint_id=endpoint_id):
            return await Leaseholder(lease=self.lease, stopping=self.stopping).carry_out(leased)


@dataclass(slots=True)
class _LeasedEndpoint:
    """An endpoint as leased work: some messages at a time are a step."""

    handle: EndpointHandle
    renewing: EndpointHandle
    receivers: WebhookReceivers
    turn: timedelta
    kind: str = field(default="webhooks", init=False)
    until: datetime = field(init=False)

    async def claim(self, *, now: datetime) -> Mapping[str, object] | None:
        self.until = now + self.turn
        name = await claim_endpoint(self.handle)
        return None if name is None else {"endpoint": name}

    async def renew(self) -> bool:
        return await renew_endpoint(self.renewing)

    async def hand_over(self) -> None:
        await release_endpoint(self.handle)

    async def step(self, *, now: datetime) -> bool:
        begun = await begin_deliveries(self.handle, now=now)
        answers = await send_begun(begun, receivers=self.receivers, now=now)
        if answers:
            # The clock is read again: a receiver may have taken its time.
            await settle_deliveries(self.handle, begun, answers, now=datetime.now(UTC))
        more = begun.more and datetime.now(UTC) < self.until
        if not more:
            await release_endpoint(self.handle)
        return more

    async def fail(self, *, failure: str, now: datetime) -> None:
        await note_unexpected(self.handle, failure=failure, now=now)
