"""Runs that decide nothing: a worker applies a plan or a reallocation, exactly or not at all (F2, F3).

All of it is one transaction under the pool's lock, as it would be in a request: whoever reads sees all of
it or nothing, and a worker that dies leaves nothing behind; another one begins anew. That transaction
touches the run's own row last. Until then the row is free to have its lease renewed and to say how far the
run is, in transactions of others. So what is told is how much is done, not how much is committed; of a run
that fails it is nothing.
"""

from __future__ import annotations

from datetime import datetime

from domain.operations import apply_allocation_plan, apply_reallocation
from domain.operations.command import Work
from domain.operations.leasing import LeaseLostError
from domain.operations.processor_runs import RunHandle, fail_run, still_ours
from domain.operations.steps.applying import CHUNK_LINES, Told
from domain.operations.steps.exact_plans import forgotten
from domain.ports import Authority
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import Role, RunStatus
from domain.store import locks, plans, reallocations, runs
from domain.store.database import Connection, Row


def is_exact(run: Row) -> bool:
    """Whether the run (its row) is to apply what was planned before."""
    return run["plan_id"] is not None or run["reallocation_id"] is not None


async def apply_exactly(
    run: RunHandle, *, telling: RunHandle, now: datetime, size: int = CHUNK_LINES
) -> None:
    """Apply what the run is to apply and end it, or end it with why that can't be. Raises LeaseLostError.

    Meanwhile `telling`, the same run on another database client, says how far it is.
    """

    async def told(lines: int) -> None:
        await _tell(telling, lines, now)

    await told(0)
    try:
        async with run.database.transaction(run.client_id) as transaction:
            row = await still_ours(run, transaction.sql)
            work = _work(run, row, transaction.sql, now)
            pool: int = row["distribution_center_id"]
            await locks.lock_pools(work.sql, client_id=run.client_id, distribution_center_ids=[pool])
            work.run_changed(run_id=run.run_id, distribution_center_id=pool)
            if row["plan_id"] is not None:
                ended = await _apply_plan(run, row, work, size, told)
            else:
                ended = await _apply_reallocation(run, row, work, size, told)
            if not ended:
                raise LeaseLostError
    except Refusal as refusal:
        await fail_run(run, failure=f"{refusal.code}: {refusal.message}", now=now)


async def _apply_plan(run: RunHandle, row: Row, work: Work, size: int, told: Told) -> bool:
    """Apply the run's plan (F2) and end the run; False when it isn't ours any more."""
    plan = await plans.get(work.sql, client_id=work.client_id, plan_id=row["plan_id"])
    if plan is None:
        raise forgotten()
    done = await apply_allocation_plan.apply_planned(work, plan, run_id=run.run_id, size=size, told=told)
    await work.flush()
    return await apply_allocation_plan.finish_planned(
        work, plan, run_id=run.run_id, holder=run.holder, done=done
    )


async def _apply_reallocation(run: RunHandle, row: Row, work: Work, size: int, told: Told) -> bool:
    """Apply the run's reallocation (F3) and end the run; False when it isn't ours any more."""
    made = await reallocations.get(work.sql, client_id=work.client_id, plan_id=row["reallocation_id"])
    if made is None:
        raise forgotten()
    await apply_reallocation.apply_planned(work, made, size=size, told=told, run_id=run.run_id)
    await work.flush()
    owned = await runs.LEASES.owned(work.sql, client_id=work.client_id, work_id=run.run_id, holder=run.holder)
    if owned is None:
        return False
    await runs.LEASES.finish(
        work.sql, client_id=work.client_id, work_id=run.run_id, status=RunStatus.COMPLETED, now=work.now
    )
    return True


async def _tell(run: RunHandle, lines: int, now: datetime) -> None:
    async with run.database.transaction(run.client_id) as transaction:
        row = await still_ours(run, transaction.sql)
        key = {"client_id": run.client_id, "run_id": run.run_id}
        if not await runs.tell(transaction.sql, **key, holder=run.holder, lines=lines):
            raise LeaseLostError
        work = _work(run, row, transaction.sql, now)
        work.run_changed(run_id=run.run_id, distribution_center_id=row["distribution_center_id"])
        await work.flush()


def _work(run: RunHandle, row: Row, sql: Connection, now: datetime) -> Work:
    """What is applied is applied by whoever asked for it."""
    authority = Authority(
        client_id=run.client_id, role=Role.SERVICE, actor=row["requested_by"], source=run.holder
    )
    cause = "applyAllocationPlan" if row["plan_id"] is not None else "applyReallocation"
    return Work(sql=sql, authority=authority, now=now, cause=cause)
