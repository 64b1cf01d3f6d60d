"""A run of the Order Processor, in steps that each commit on their own (B2-B8).

    claim   take the run, for as long as the lease is renewed
    plan    read the pool's queue and stock in one snapshot, decide with rules/allocation, record it
    apply   carry the recorded plan out, a chunk of orders at a time, under the pool's lock
    finish  recompute coverage of what was given away, and end the run

Every step starts from what the step before committed and moves the run's own figures in the same
transaction as its work, so a run killed anywhere is continued by another worker where it stood, and
no step can be done twice. Between chunks the pool is free for others; what they changed is seen
under the lock, and the decisions it upsets are voided, never oversold.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.leasing import LEASE, LeaseLostError, giving_way
from domain.operations.steps.applying import CHUNK_LINES, apply_chunk
from domain.operations.steps.centers import named_center
from domain.operations.steps.coverage import COVERAGE_SKUS, refresh_coverage
from domain.operations.steps.deciding import deciding
from domain.ports import Authority
from domain.rules.vocabulary import Role, RunStatus
from domain.store import locks, runs, statistics
from domain.store.database import Connection, Database, Row


class RunRequested(msgspec.Struct, frozen=True):
    """The run that was created and waits for a worker."""

    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHandle:
    """A run in the hands of one worker.

    `holder` names this one attempt of the worker, in lease and audit trail: never use it again. `lease`
    is how long the run stays with a holder that has stopped renewing.
    """

    database: Database
    client_id: int
    run_id: int
    holder: str
    lease: timedelta = LEASE

    @property
    def authority(self) -> Authority:
        return Authority(
            client_id=self.client_id, role=Role.SERVICE, actor="order-processor", source=self.holder
        )


async def request_run(command: Command, *, distribution_center_id: int) -> RunRequested:
    """Create a run of the pool that is due now. Raises NOT_FOUND for an unknown distribution center."""

    async def body(work: Work) -> RunRequested:
        found = await named_center(work, distribution_center_id)
        run_id = await new_run(work, distribution_center_id=distribution_center_id)
        work.audit(
            "RUN_REQUESTED",
            f"A run of the Order Processor was requested for {found['code']}.",
            after={"run": run_id, "distribution_center": distribution_center_id},
        )
        return RunRequested(run_id)

    return await perform(
        command,
        operation="runOrderProcessor",
        payload={"distributionCenter": distribution_center_id},
        answer=RunRequested,
        body=body,
    )


async def new_run(work: Work, *, distribution_center_id: int, exactly: runs.Exactly | None = None) -> int:
    """A run of the pool that somebody asks for now, to decide by itself or to apply something; its id."""
    run_id = await runs.create(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        schedule_id=None,
        scheduled_at=work.now,
        requested_by=work.authority.actor,
        exactly=exactly,
    )
    if run_id is None:
        raise AssertionError("only a scheduled run can exist already")
    work.run_changed(run_id=run_id, distribution_center_id=distribution_center_id)
    return run_id


async def claim_run(run: RunHandle, *, now: datetime) -> Row | None:
    """Take the run; its row, or None when it is done, in other hands, or its pool is busy (B2)."""
    async with _step(run, now) as work:
        row = await runs.claim(
            work.sql, client_id=run.client_id, run_id=run.run_id, holder=run.holder, lease=run.lease, now=now
        )
        if row is not None:
            work.run_changed(run_id=run.run_id, distribution_center_id=row["distribution_center_id"])
        return row


async def renew_run(run: RunHandle) -> bool:
    """Keep the run for another lease; False when it is no longer ours."""
    async with run.database.connection(run.client_id) as sql:
        return await runs.LEASES.renew(
            sql, client_id=run.client_id, work_id=run.run_id, holder=run.holder, lease=run.lease
        )


async def hand_over_run(run: RunHandle) -> None:
    """Give the run up between two steps, so that another worker can go on with it at once."""
    async with run.database.connection(run.client_id) as sql:
        await runs.LEASES.end(sql, client_id=run.client_id, work_id=run.run_id, holder=run.holder)


async def plan_run(run: RunHandle, *, now: datetime) -> None:
    """Decide who gets what and record it, unless that has been done. Raises LeaseLostError."""
    await statistics.refresh_if_stale(run.database)
    # Two transactions: in the snapshot's, every lease renewed since it was taken would make the run's
    # row one that "could not serialize access due to concurrent update".
    async with run.database.snapshot_and_transaction(run.client_id) as (reading, writing):
        row = await still_ours(run, reading.sql)
        if row["planned_at"] is not None:
            return
        decided = await deciding(
            reading.sql,
            client_id=run.client_id,
            distribution_center_id=row["distribution_center_id"],
            now=now,
        )
        planned = await runs.record_decisions(
            writing.sql, client_id=run.client_id, run_id=run.run_id, parts=decided.parts()
        )
        recorded = await runs.record_plan(
            writing.sql,
            client_id=run.client_id,
            run_id=run.run_id,
            holder=run.holder,
            lines=planned,
            totals=decided.planner.totals,
            policy=decided.planner.policy,
            now=now,
        )
        if not recorded:
            raise LeaseLostError


async def apply_next_chunk(run: RunHandle, *, now: datetime, size: int = CHUNK_LINES) -> bool:
    """Carry out the next chunk of the recorded plan; False when there is none left. Raises LeaseLostError."""
    async with _step(run, now) as work:
        row = await still_ours(run, work.sql)
        await locks.lock_pools(
            work.sql,
            client_id=run.client_id,
            distribution_center_ids=[row["distribution_center_id"]],
        )
        step = await apply_chunk(
            work,
            run_id=run.run_id,
            distribution_center_id=row["distribution_center_id"],
            planned_lines=row["planned_lines"],
            after=row["applied_rank"],
            size=size,
        )
        if step is None:
            return False
        ours = await runs.progress(
            work.sql, client_id=run.client_id, run_id=run.run_id, holder=run.holder, step=step
        )
        if not ours:
            # What was read at the start may have been out of date; nothing of this is committed.
            raise LeaseLostError
        work.run_changed(run_id=run.run_id, distribution_center_id=row["distribution_center_id"])
        return True


async def finish_run(run: RunHandle, *, now: datetime) -> None:
    """Recompute the coverage of what was given away, then end the run. Raises LeaseLostError."""
    async with run.database.connection(run.client_id) as sql:
        row = await still_ours(run, sql)
    pool: int = row["distribution_center_id"]
    await _cover_given(run, pool=pool, now=now)
    async with _step(run, now) as work:
        owned = await runs.LEASES.owned(
            work.sql, client_id=run.client_id, work_id=run.run_id, holder=run.holder
        )
        if owned is None:
            raise LeaseLostError
        await runs.LEASES.finish(
            work.sql, client_id=run.client_id, work_id=run.run_id, status=RunStatus.COMPLETED, now=now
        )
        work.run_changed(run_id=run.run_id, distribution_center_id=pool)


async def fail_run(run: RunHandle, *, failure: str, now: datetime) -> None:
    """End a run that can't go on. What it has applied stays, and coverage follows; the rest waits."""
    async with _step(run, now) as work:
        row = await runs.LEASES.owned(
            work.sql, client_id=run.client_id, work_id=run.run_id, holder=run.holder
        )
        if row is None:
            return
        if row["planned_at"] is None:
            # What a run tells that applies all or nothing is not so now.
            await runs.tell(work.sql, client_id=run.client_id, run_id=run.run_id, holder=run.holder, lines=0)
        await runs.LEASES.finish(
            work.sql,
            client_id=run.client_id,
            work_id=run.run_id,
            status=RunStatus.FAILED,
            now=now,
            failure=failure,
        )
        work.run_changed(run_id=run.run_id, distribution_center_id=row["distribution_center_id"])
    # Afterwards: should it be this that can't be done, the run has ended all the same.
    await _cover_given(run, pool=row["distribution_center_id"], now=now)


async def _cover_given(run: RunHandle, *, pool: int, now: datetime) -> None:
    """Recompute the coverage of what the run gave away."""
    async with run.database.connection(run.client_id) as sql:
        given = await runs.given_skus(sql, client_id=run.client_id, run_id=run.run_id)
    for first in range(0, len(given), COVERAGE_SKUS):
        async with _step(run, now) as work:
            await locks.lock_pools(work.sql, client_id=run.client_id, distribution_center_ids=[pool])
            await refresh_coverage(
                work, distribution_center_id=pool, sku_ids=given[first : first + COVERAGE_SKUS]
            )


async def still_ours(run: RunHandle, sql: Connection) -> Row:
    """The run's row as it is now. Raises LeaseLostError when it is somebody else's."""
    row = await runs.get(sql, client_id=run.client_id, run_id=run.run_id)
    if row is None or row["lease_holder"] != run.holder:
        raise LeaseLostError
    return row


@asynccontextmanager
async def _step(run: RunHandle, now: datetime) -> AsyncIterator[Work]:
    """One transaction of a run, whose audit entries and events are written before it commits."""
    async with giving_way(run.database, run.client_id) as transaction:
        work = Work(sql=transaction.sql, authority=run.authority, now=now, cause="orderProcessor")
        yield work
        await work.flush()
