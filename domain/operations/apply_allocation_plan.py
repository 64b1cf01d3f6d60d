"""Applying a dry run: exactly what it says, or nothing of it (F2).

It is one transaction under the pool's lock. What fits into a request is done in it, by a run that is
completed with the answer; what is larger is left to a run that waits for a worker (exact_runs.py). Whether
the plan still holds is asked under the lock in either case.
"""

from __future__ import annotations

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.leasing import LEASE
from domain.operations.processor_runs import new_run
from domain.operations.steps.applying import CHUNK_LINES, Told, apply_chunk
from domain.operations.steps.coverage import COVERAGE_SKUS, refresh_coverage
from domain.operations.steps.exact_plans import (
    AT_WORK,
    ORDERS_CHANGED,
    forgotten,
    known,
    require_unchanged_pool,
    stale,
)
from domain.rules.vocabulary import RunStatus
from domain.store import locks, plans, runs
from domain.store.database import Row


class PlanApplied(msgspec.Struct, frozen=True):
    """The run that carried the plan out, or is to."""

    run_id: int


async def apply_allocation_plan(command: Command, *, plan_id: int, at_once: int = CHUNK_LINES) -> PlanApplied:
    """Carry the plan out by a run of its own, wholly or not at all (F2); a plan is applied once.

    One that gives something to more than `at_once` lines is left to a worker. Applied again, it answers with
    the same run, unless that failed. Raises NOT_FOUND, and STALE_PLAN when the pool has changed since the
    plan was made, is being processed, or never was what the plan assumes.
    """

    async def body(work: Work) -> PlanApplied:
        plan = await _plan_of(work, plan_id)
        if not _needs_a_run(plan):
            return PlanApplied(plan["run_id"])
        large = await plans.is_large(work.sql, client_id=work.client_id, plan_id=plan_id, lines=at_once)
        if large:
            # The pool's lock would make the plan stale before its run begins.
            await plans.lock(work.sql, client_id=work.client_id, plan_id=plan_id)
        else:
            await locks.lock_pools(
                work.sql,
                client_id=work.client_id,
                distribution_center_ids=[plan["distribution_center_id"]],
            )
        # Whoever held the lock before us may have applied it, or has left it to a run.
        plan = await _plan_of(work, plan_id)
        if not _needs_a_run(plan):
            return PlanApplied(plan["run_id"])
        return PlanApplied(await (_leave_to_a_run if large else _apply_now)(work, plan))

    return await perform(
        command, operation="applyAllocationPlan", payload=plan_id, answer=PlanApplied, body=body
    )


async def apply_planned(
    work: Work, plan: Row, *, run_id: int, size: int = CHUNK_LINES, told: Told | None = None
) -> runs.Progress:
    """Make the dispatches of the plan (its row), whose pool is locked; what that adds to the run's figures.

    Raises STALE_PLAN, and NOT_FOUND for one that is being forgotten. Nothing of the run's own row is touched.
    """
    await require_unchanged_pool(work, plan, locked=True)
    run_key = {"client_id": work.client_id, "run_id": run_id}
    if await plans.copy_decisions(work.sql, **run_key, plan_id=plan["id"]) < plan["planned_lines"]:
        raise forgotten()
    done = runs.Progress(applied_rank=0, committed=0, back_ordered=0, voided=0)
    while step := await apply_chunk(
        work,
        run_id=run_id,
        distribution_center_id=plan["distribution_center_id"],
        planned_lines=plan["planned_lines"],
        after=done.applied_rank,
        size=size,
    ):
        if step.voided:
            raise stale(ORDERS_CHANGED)
        done = runs.Progress(
            applied_rank=step.applied_rank,
            committed=done.committed + step.committed,
            back_ordered=done.back_ordered + step.back_ordered,
            voided=0,
        )
        if told is not None:
            await told(done.applied_rank)
    given = await runs.given_skus(work.sql, **run_key)
    for first in range(0, len(given), COVERAGE_SKUS):
        await refresh_coverage(
            work,
            distribution_center_id=plan["distribution_center_id"],
            sku_ids=given[first : first + COVERAGE_SKUS],
        )
    work.audit("PLAN_APPLIED", f"Allocation plan {plan['id']} was applied.", after={"run": run_id})
    return done


async def finish_planned(work: Work, plan: Row, *, run_id: int, holder: str, done: runs.Progress) -> bool:
    """Record in the run, which is `holder`'s, that it has applied the plan, and end it; False if it isn't."""
    run_key = {"client_id": work.client_id, "run_id": run_id}
    await plans.set_planned(work.sql, **run_key, plan_id=plan["id"], now=work.now)
    if not await runs.progress(work.sql, **run_key, holder=holder, step=done):
        return False
    await runs.LEASES.finish(
        work.sql, client_id=work.client_id, work_id=run_id, status=RunStatus.COMPLETED, now=work.now
    )
    return True


async def _apply_now(work: Work, plan: Row) -> int:
    """Carry out the plan, whose pool is locked, in a run that starts and ends here; the run's id."""
    run_id = await _run_of(work, plan)
    holder = f"plan {plan['id']}"
    claimed = await runs.claim(
        work.sql, client_id=work.client_id, run_id=run_id, holder=holder, lease=LEASE, now=work.now
    )
    if claimed is None:
        raise stale(AT_WORK)
    done = await apply_planned(work, plan, run_id=run_id)
    if not await finish_planned(work, plan, run_id=run_id, holder=holder, done=done):
        raise AssertionError("nobody else can see a run before it is committed")
    return run_id


async def _leave_to_a_run(work: Work, plan: Row) -> int:
    """Have a worker apply the plan, which is locked, by a run; its id."""
    await require_unchanged_pool(work, plan, locked=False)
    run_id = await _run_of(work, plan)
    work.audit(
        "RUN_REQUESTED", f"Allocation plan {plan['id']} is to be applied by a run.", after={"run": run_id}
    )
    return run_id


async def _run_of(work: Work, plan: Row) -> int:
    if plan["hypotheses"] is not None:
        raise stale("The plan takes for granted what is not so")
    run_id = await new_run(
        work,
        distribution_center_id=plan["distribution_center_id"],
        exactly=runs.Exactly(plan_id=plan["id"], lines=plan["planned_lines"]),
    )
    await plans.set_run(work.sql, client_id=work.client_id, plan_id=plan["id"], run_id=run_id)
    return run_id


def _needs_a_run(plan: Row) -> bool:
    return plan["run_id"] is None or plan["run_status"] == RunStatus.FAILED


async def _plan_of(work: Work, plan_id: int) -> Row:
    return known(await plans.get(work.sql, client_id=work.client_id, plan_id=plan_id))
