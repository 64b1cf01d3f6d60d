"""One bulk operation in the hands of this worker (A6)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_hex

import structlog

from domain.operations.bulk_processing import (
    BulkHandle,
    claim_bulk,
    fail_bulk,
    hand_over_bulk,
    process_next_chunk,
    renew_bulk,
)
from domain.store.database import Database
from jobs.leasing import Leaseholder, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkProcessor:
    """Processes bulk operations for one worker; what it is told is as for runs."""

    database: Database
    leases: Database
    worker: str
    lease: timedelta
    chunk_orders: int
    stopping: asyncio.Event

    async def process(self, *, client_id: int, bulk_operation_id: int) -> Outcome:
        """Take the bulk operation if it is to be had, and bring it as far as possible."""
        bulk = BulkHandle(
            database=self.database,
            client_id=client_id,
            bulk_operation_id=bulk_operation_id,
            holder=f"{self.worker}/{token_hex(4)}",
            lease=self.lease,
        )
        leased = _LeasedBulk(bulk, replace(bulk, database=self.leases), self.chunk_orders)
        told = {"client_id": client_id, "bulk_operation_id": bulk_operation_id}
        with structlog.contextvars.bound_contextvars(**told):
            return await Leaseholder(lease=self.lease, stopping=self.stopping).carry_out(leased)


@dataclass(slots=True)
class _LeasedBulk:
    """A bulk operation as leased work: each chunk is a step."""

    bulk: BulkHandle
    renewing: BulkHandle
    chunk_orders: int
    kind: str = field(default="bulk", init=False)

    async def claim(self, *, now: datetime) -> Mapping[str, object] | None:
        row = await claim_bulk(self.bulk, now=now)
        if row is None:
            return None
        return {"action": row["action"], "processed": row["processed"], "total": row["total"]}

    async def renew(self) -> bool:
        return await renew_bulk(self.renewing)

    async def hand_over(self) -> None:
        await hand_over_bulk(self.bulk)

    async def step(self, *, now: datetime) -> bool:
        return await process_next_chunk(self.bulk, now=now, size=self.chunk_orders)

    async def fail(self, *, failure: str, now: datetime) -> None:
        await fail_bulk(self.bulk, failure=failure, now=now)
