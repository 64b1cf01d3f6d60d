"""Work that this worker has on lease, from its claim to its end: a run, or a bulk operation.

The steps of the work are the domain's. Here is what keeps it ours meanwhile, and every way in which it
can end for us: done, failed, taken away by another worker, or left to another one because we stop or
because PostgreSQL is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Protocol, TypeVar

import structlog

from domain.operations.leasing import LeaseLostError
from domain.store.database import (
    ASKS_FOR_ANOTHER_TRY,
    CONNECTION_ERRORS,
    TRIES,
    pause_before_another_try,
)
from domain.tracing import span

log = structlog.get_logger()

Answer = TypeVar("Answer")


class Outcome(Enum):
    """How an attempt at some work ended, for this worker."""

    NOT_OURS = "not ours"
    """Another worker has it, it can't start yet, or it is done."""
    COMPLETED = "completed"
    FAILED = "failed"
    LOST = "lost"
    """It was taken over or called off, or may have been: our lease could not be renewed in time."""
    HANDED_OVER = "handed over"
    """We are stopping; another worker can go on at once."""
    INTERRUPTED = "interrupted"
    """PostgreSQL is away; whoever finds it back first goes on."""


class LeasedWork(Protocol):
    """Work in steps that each commit on their own, so that any worker can go on where it stands."""

    @property
    def kind(self) -> str:
        """What it is called in the log."""

    async def claim(self, *, now: datetime) -> Mapping[str, object] | None:
        """Make it ours; what the log tells of where it stands, or None when it is not to be had."""

    async def renew(self) -> bool:
        """Keep it for another lease; False when it is no longer ours."""

    async def hand_over(self) -> None:
        """Give it up between two steps."""

    async def step(self, *, now: datetime) -> bool:
        """Take the next step; False when that was the last one. Raises LeaseLostError."""

    async def fail(self, *, failure: str, now: datetime) -> None:
        """End it, because it can't go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaseholder:
    """Carries out leased work; `stopping`, once set, ends it between two steps."""

    lease: timedelta
    stopping: asyncio.Event

    async def carry_out(self, work: LeasedWork) -> Outcome:
        """Take the work if it is to be had, and bring it as far as possible."""
        try:
            stands = await work.claim(now=_now())
        except CONNECTION_ERRORS as error:
            log.warning(f"{work.kind}.not_claimed", error=str(error) or type(error).__name__)
            return Outcome.INTERRUPTED
        if stands is None:
            return Outcome.NOT_OURS
        log.info(f"{work.kind}.claimed", **stands)
        try:
            outcome = await self._with_lease(work)
        except asyncio.CancelledError:
            await self._hand_over(work)
            raise
        log.info(f"{work.kind}.left", outcome=outcome.value)
        return outcome

    async def _with_lease(self, work: LeasedWork) -> Outcome:
        """Work while the lease is renewed beside it; losing the lease stops the work at once."""
        outcome = Outcome.LOST
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep_lease(work))
                outcome = await self._take_steps(work)
                keeper.cancel()
        except* LeaseLostError:
            pass
        return outcome

    async def _take_steps(self, work: LeasedWork) -> Outcome:
        try:
            more = True
            while more:
                if self.stopping.is_set():
                    return await self._hand_over(work)
                with span(f"{work.kind} step"):
                    more = await _insist(work.kind, lambda: work.step(now=_now()))
        except LeaseLostError:
            raise
        except CONNECTION_ERRORS as error:
            log.warning(f"{work.kind}.database_lost", error=str(error) or type(error).__name__)
            return Outcome.INTERRUPTED
        except Exception as error:
            log.exception(f"{work.kind}.failed")
            # Its type only: the text of a database error holds rows.
            failure = f"An unexpected error ended it: {type(error).__name__}. The log tells more."
            await work.fail(failure=failure, now=_now())
            return Outcome.FAILED
        return Outcome.COMPLETED

    async def _keep_lease(self, work: LeasedWork) -> None:
        """Renew the lease until cancelled. Raises LeaseLostError when it is over."""
        clock = asyncio.get_running_loop().time
        lease = self.lease.total_seconds()
        valid_until = clock() + lease
        while True:
            await asyncio.sleep(lease / 4)
            asked_at = clock()
            try:
                async with asyncio.timeout_at(valid_until):
                    if not await work.renew():
                        raise LeaseLostError
                valid_until = asked_at + lease
            except CONNECTION_ERRORS as error:
                log.warning(f"{work.kind}.lease_not_renewed", error=str(error) or type(error).__name__)
                if clock() >= valid_until:
                    raise LeaseLostError from error

    async def _hand_over(self, work: LeasedWork) -> Outcome:
        try:
            await work.hand_over()
        except CONNECTION_ERRORS as error:
            log.warning(f"{work.kind}.not_handed_over", error=str(error) or type(error).__name__)
        return Outcome.HANDED_OVER


async def _insist(kind: str, step: Callable[[], Awaitable[Answer]]) -> Answer:
    """Take a step, again if it fell victim to a deadlock: each is one transaction, or repeatable."""
    for attempt in range(1, TRIES):
        try:
            return await step()
        except ASKS_FOR_ANOTHER_TRY as error:
            log.warning(f"{kind}.step_repeated", error=type(error).__name__)
            await pause_before_another_try(attempt)
    return await step()


def _now() -> datetime:
    return datetime.now(UTC)
