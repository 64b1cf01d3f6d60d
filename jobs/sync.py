"""One synchronization of a store with its marketplace, in the hands of this worker (C5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import structlog

from domain.operations.marketplace_messages import UnreadableMessageError
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
from domain.ports import Connector, Delivery, Marketplace, MarketplaceError
from domain.rules.vocabulary import ConnectorKind
from domain.store.database import Database
from jobs.leasing import Leaseholder, Outcome

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronizer:
    """Carries out synchronizations for one worker; what it is told is as for runs."""

    database: Database
    leases: Database
    worker: str
    lease: timedelta
    connectors: Mapping[ConnectorKind, Connector]
    stopping: asyncio.Event

    async def synchronize(self, *, client_id: int, synchronization_id: int) -> Outcome:
        """Take the synchronization if it is to be had, and bring it as far as possible."""
        handle = SynchronizationHandle(
            database=self.database,
            client_id=client_id,
            synchronization_id=synchronization_id,
            holder=f"{self.worker}/{token_hex(4)}",
            lease=self.lease,
        )
        leased = _LeasedSynchronization(handle, replace(handle, database=self.leases), self.connectors)
        told = {"client_id": client_id, "synchronization_id": synchronization_id}
        with structlog.contextvars.bound_contextvars(**told):
            return await Leaseholder(lease=self.lease, stopping=self.stopping).carry_out(leased)


@dataclass(slots=True)
class _LeasedSynchronization:
    """A synchronization as leased work: each delivery is a step."""

    handle: SynchronizationHandle
    renewing: SynchronizationHandle
    connectors: Mapping[ConnectorKind, Connector]
    kind: str = field(default="synchronization", init=False)
    claimed: ClaimedSynchronization = field(init=False)
    cursor: str | None = field(default=None, init=False)

    async def claim(self, *, now: datetime) -> Mapping[str, object] | None:
        claimed = await claim_synchronization(self.handle, now=now)
        if claimed is None:
            return None
        self.claimed = claimed
        self.cursor = claimed.cursor
        return {"store": claimed.store_code, "pushed": claimed.message is not None}

    async def renew(self) -> bool:
        return await renew_synchronization(self.renewing)

    async def hand_over(self) -> None:
        await hand_over_synchronization(self.handle)

    async def step(self, *, now: datetime) -> bool:
        if self.claimed.message is not None:
            await self._apply_pushed(self.claimed.message, now=now)
            more = False
        elif self.claimed.marketplace is None:
            await self.fail(failure="The store's marketplace is not to be asked any more.", now=now)
            return False
        else:
            try:
                more = await self._fetch(self.claimed.marketplace)
            except MarketplaceError as error:
                log.warning("synchronization.marketplace_failed", error=str(error))
                await note_failure(self.handle, self.claimed, failure=str(error), now=_now())
                return False
        if not more:
            await complete_synchronization(self.handle, self.claimed, now=_now())
        return more

    async def fail(self, *, failure: str, now: datetime) -> None:
        await give_up_synchronization(self.handle, self.claimed, failure=failure, now=now)

    async def _apply_pushed(self, message: bytes, *, now: datetime) -> None:
        try:
            await apply_delivery(self.handle, self.claimed, body=message, now=now)
        except UnreadableMessageError as error:
            # It could be read when it came; an update of this program must have changed its mind.
            name = self.claimed.message_id or "message"
            await set_aside(self.handle, self.claimed, name=name, problem=str(error))

    async def _fetch(self, marketplace: Marketplace) -> bool:
        """Apply the next delivery; whether there may be another one. Raises MarketplaceError."""
        connector = self.connectors[marketplace.kind]
        delivery = await connector.fetch(
            marketplace, cursor=self.cursor, order_numbers=self.claimed.order_numbers
        )
        if delivery is None:
            return False
        # The clock is read again: fetching may have taken a while.
        readable, cursor = await self._apply(marketplace, delivery, now=_now())
        await connector.settle(marketplace, delivery, readable=readable)
        if cursor is not None and cursor == self.cursor:
            raise MarketplaceError("It says there is more, and tells no place where to go on from.")
        self.cursor = cursor or self.cursor
        return delivery.more or cursor is not None

    async def _apply(
        self, marketplace: Marketplace, delivery: Delivery, *, now: datetime
    ) -> tuple[bool, str | None]:
        try:
            return True, await apply_delivery(self.handle, self.claimed, body=delivery.body, now=now)
        except UnreadableMessageError as error:
            if marketplace.kind is ConnectorKind.HTTP:
                raise MarketplaceError(f"Its answer can't be used: {error}") from None
            # A bad file is moved out of the way; the next one may be good.
            await set_aside(self.handle, self.claimed, name=delivery.name, problem=str(error))
            return False, None


def _now() -> datetime:
    return datetime.now(UTC)
