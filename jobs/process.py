"""One run of the Order Processor in the hands of this worker, from its claim to its end (B2, B4-B8).

The steps of a run are the domain's. Here is what keeps the run ours meanwhile, and every way in which
it can end for us: done, failed, taken away by another worker, or left to another one because we stop or
because PostgreSQL is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from secrets import token_hex
from typing import TypeVar

import structlog

from domain.operations.processor_runs import (
    RunHandle,
    RunLostError,
    apply_next_chunk,
    claim_run,
    fail_run,
    finish_run,
    hand_over_run,
    plan_run,
    renew_run,
)
from domain.store.database import ASKS_FOR_ANOTHER_TRY, CONNECTION_ERRORS, Database

log = structlog.get_logger()

Answer = TypeVar("Answer")

_TRIES = 4


class Outcome(Enum):
    """How an attempt at a run ended, for this worker."""

    NOT_OURS = "not ours"
    """Its pool is busy, another worker has it, or it is done."""
    COMPLETED = "completed"
    FAILED = "failed"
    LOST = "lost"
    """Another worker has taken it over, or may: our lease could not be renewed in time."""
    HANDED_OVER = "handed over"
    """We are stopping; another worker can go on at once."""
    INTERRUPTED = "interrupted"
    """PostgreSQL is away; whoever finds it back first goes on."""


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
        with structlog.contextvars.bound_contextvars(client_id=client_id, run_id=run_id):
            row = await claim_run(run, now=_now())
            if row is None:
                return Outcome.NOT_OURS
            log.info("run.claimed", continued=row["planned_at"] is not None, applied_rank=row["applied_rank"])
            try:
                outcome = await self._work(run)
            except asyncio.CancelledError:
                await self._hand_over(run)
                raise
            log.info("run.left", outcome=outcome.value)
            return outcome

    async def _work(self, run: RunHandle) -> Outcome:
        """Carry the run out while its lease is renewed beside it; losing the lease stops the work at once."""
        outcome = Outcome.LOST
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep_lease(run))
                outcome = await self._carry_out(run)
                keeper.cancel()
        except* RunLostError:
            pass
        return outcome

    async def _carry_out(self, run: RunHandle) -> Outcome:
        try:
            await _insist(lambda: plan_run(run, now=_now()))
            more = True
            while more:
                if self.stopping.is_set():
                    return await self._hand_over(run)
                more = await _insist(lambda: apply_next_chunk(run, now=_now(), size=self.chunk_lines))
            await _insist(lambda: finish_run(run, now=_now()))
        except RunLostError:
            raise
        except CONNECTION_ERRORS as error:
            log.warning("run.database_lost", error=str(error) or type(error).__name__)
            return Outcome.INTERRUPTED
        except Exception as error:
            log.exception("run.failed")
            # Its type only: the text of a database error holds rows.
            failure = f"An unexpected error ended the run: {type(error).__name__}. The log tells more."
            await fail_run(run, failure=failure, now=_now())
            return Outcome.FAILED
        return Outcome.COMPLETED

    async def _keep_lease(self, run: RunHandle) -> None:
        """Renew the lease until cancelled. Raises RunLostError when it is over."""
        own = replace(run, database=self.leases)
        clock = asyncio.get_running_loop().time
        lease = self.lease.total_seconds()
        valid_until = clock() + lease
        while True:
            await asyncio.sleep(lease / 4)
            asked_at = clock()
            try:
                async with asyncio.timeout_at(valid_until):
                    if not await renew_run(own):
                        raise RunLostError
                valid_until = asked_at + lease
            except CONNECTION_ERRORS as error:
                log.warning("run.lease_not_renewed", error=str(error) or type(error).__name__)
                if clock() >= valid_until:
                    raise RunLostError from error

    async def _hand_over(self, run: RunHandle) -> Outcome:
        try:
            await hand_over_run(run)
        except CONNECTION_ERRORS as error:
            log.warning("run.not_handed_over", error=str(error) or type(error).__name__)
        return Outcome.HANDED_OVER


async def _insist(step: Callable[[], Awaitable[Answer]]) -> Answer:
    """Take a step of a run, again if it fell victim to a deadlock: each is one transaction, or repeatable."""
    for attempt in range(1, _TRIES):
        try:
            return await step()
        except ASKS_FOR_ANOTHER_TRY as error:
            log.warning("run.step_repeated", error=type(error).__name__)
            await asyncio.sleep(0.01 * 2**attempt)
    return await step()


def _now() -> datetime:
    return datetime.now(UTC)
