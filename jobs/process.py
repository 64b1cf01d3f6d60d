"""One run of the Order Processor in the hands of this worker (B2, B4-B8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_hex

import structlog

from domain.operations.exact_runs import apply_exactly, is_exact
from domain.operations.processor_runs import (
    RunHandle,
    apply_next_chunk,
    claim_run,
    fail_run,
    finish_run,
    hand_over_run,
    plan_run,
    renew_run,
)
from domain.store.database import Database
from jobs.leasing import Leaseholder, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProcessor:
    """Processes runs for one worker.

    `leases` is a database client of its own: a lease must be renewed however busy the others are.
    `stopping`, once set, ends every run at its next chunk.
    """

    database: Database
    leases: Database
    worker: str
    lease: timedelta
    chunk_lines: int
    stopping: asyncio.Event

    async def process(self, *, client_id: int, run_id: int) -> Outcome:
        """Take the run if it is to be had, and bring it as far as possible."""
        run = RunHandle(
            database=self.database,
            client_id=client_id,
            run_id=run_id,
            holder=f"{self.worker}/{token_hex(4)}",
            lease=self.lease,
        )
        leased = _LeasedRun(run, replace(run, database=self.leases), self.chunk_lines)
        with structlog.contextvars.bound_contextvars(client_id=client_id, run_id=run_id):
            return await Leaseholder(lease=self.lease, stopping=self.stopping).carry_out(leased)


@dataclass(slots=True)
class _LeasedRun:
    """A run as leased work: planned in one step, applied in several, finished in the last.

    One that applies what was planned before does so in one step.
    """

    run: RunHandle
    renewing: RunHandle
    chunk_lines: int
    kind: str = field(default="run", init=False)
    exact: bool = field(default=False, init=False)
    planned: bool = field(default=False, init=False)

    async def claim(self, *, now: datetime) -> Mapping[str, object] | None:
        row = await claim_run(self.run, now=now)
        if row is None:
            return None
        self.exact = is_exact(row)
        return {
            "exact": self.exact,
            "continued": row["planned_at"] is not None,
            "applied_rank": row["applied_rank"],
        }

    async def renew(self) -> bool:
        return await renew_run(self.renewing)

    async def hand_over(self) -> None:
        await hand_over_run(self.run)

    async def step(self, *, now: datetime) -> bool:
        if self.exact:
            await apply_exactly(self.run, telling=self.renewing, now=now, size=self.chunk_lines)
            return False
        if not self.planned:
            await plan_run(self.run, now=now)
            self.planned = True
        elif not await apply_next_chunk(self.run, now=now, size=self.chunk_lines):
            await finish_run(self.run, now=now)
            return False
        return True

    async def fail(self, *, failure: str, now: datetime) -> None:
        await fail_run(self.run, failure=failure, now=now)
