"""Applying a reallocation: exactly as it was planned, or not at all (F3).

It is one transaction under the pool's lock, however much it moves: nobody ever sees half of it. What fits
into a request is done in it; what is larger is left to a run of the pool (exact_runs.py), so that no limit
of a request decides what can be applied. Whether the plan still holds is asked under the lock in either
case, so what a run finds stale is stale: the run fails and says so.
"""

from __future__ import annotations

import msgspec

from domain.operations.applying import CHUNK_LINES, Told
from domain.operations.command import Command, Work, perform
from domain.operations.reallocating import carry_out
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import RunStatus, UnmetWin
from domain.store import locks, plans, reallocations, runs
from domain.store.database import Row


class ReallocationApplied(msgspec.Struct, frozen=True):
    """The plan that is carried out, or is to be by its run."""

    plan_id: int


async def apply_reallocation(
    command: Command, *, plan_id: int, at_once: int = CHUNK_LINES
) -> ReallocationApplied:
    """Carry the plan out, wholly or not at all; applied again, it does nothing more.

    One that changes more than `at_once` lines is left to a run. Raises NOT_FOUND, STALE_PLAN when the pool or
    the variant has changed since the plan was made or the pool is being processed, and INSUFFICIENT_STOCK
    when an order that is to win can't have all it wants and the variant says STOP.
    """

    async def body(work: Work) -> ReallocationApplied:
        made = await _plan_of(work, plan_id)
        if _is_done_or_under_way(made):
            return ReallocationApplied(plan_id)
        lines = await reallocations.lines_to_move(work.sql, client_id=work.client_id, plan_id=plan_id)
        if lines > at_once:
            await _leave_to_a_run(work, plan_id, lines)
        else:
            await locks.lock_pools(
                work.sql,
                client_id=work.client_id,
                distribution_center_ids=[made["distribution_center_id"]],
            )
            # Whoever held the lock before us may have applied it.
            made = await _plan_of(work, plan_id)
            if not _is_done_or_under_way(made):
                await apply_planned(work, made)
        return ReallocationApplied(plan_id)

    return await perform(
        command, operation="applyReallocation", payload=plan_id, answer=ReallocationApplied, body=body
    )


async def apply_planned(
    work: Work, made: Row, *, size: int = CHUNK_LINES, told: Told | None = None, run_id: int | None = None
) -> None:
    """Apply the plan (its row), whose pool is locked, on behalf of the run, if it is one that does it.

    Raises STALE_PLAN and INSUFFICIENT_STOCK as `apply_reallocation` does.
    """
    # The lock itself, which this transaction holds, has moved the generation on by one.
    await _require_fresh(work, made, generation=made["generation"] + 1, run_id=run_id)
    _require_met(made)
    await carry_out(
        work,
        plan_id=made["id"],
        distribution_center_id=made["distribution_center_id"],
        size=size,
        told=told,
    )
    await reallocations.set_applied(
        work.sql,
        client_id=work.client_id,
        plan_id=made["id"],
        by=work.authority.actor,
        at=work.now,
    )
    work.audit(
        "REALLOCATION_APPLIED",
        f"Reallocation {made['id']} by {made['variant_name']} was applied: {made['units_gained']} units "
        f"gained, {made['units_lost']} lost.",
        after={"reallocation": made["id"], "variant": made["variant_id"]},
    )


async def _leave_to_a_run(work: Work, plan_id: int, lines: int) -> None:
    """Have a run apply the plan, unless one has or is to; the pool's lock would make it stale."""
    made = await _plan_of(work, plan_id, lock=True)
    if _is_done_or_under_way(made):
        return
    await _require_fresh(work, made, generation=made["generation"])
    _require_met(made)
    pool: int = made["distribution_center_id"]
    run_id = await runs.create(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=pool,
        schedule_id=None,
        scheduled_at=work.now,
        requested_by=work.authority.actor,
        exactly=runs.Exactly(reallocation_id=plan_id, lines=lines),
    )
    if run_id is None:
        raise AssertionError("only a scheduled run can exist already")
    await reallocations.set_run(work.sql, client_id=work.client_id, plan_id=plan_id, run_id=run_id)
    work.run_changed(run_id=run_id, distribution_center_id=pool)
    work.audit(
        "REALLOCATION_REQUESTED",
        f"Reallocation {plan_id} by {made['variant_name']} is to be applied by a run.",
        after={"reallocation": plan_id, "variant": made["variant_id"], "run": run_id},
    )


def _is_done_or_under_way(made: Row) -> bool:
    under_way = (RunStatus.SCHEDULED, RunStatus.RUNNING)
    return made["applied_at"] is not None or made["run_status"] in under_way


async def _require_fresh(work: Work, made: Row, *, generation: int, run_id: int | None = None) -> None:
    """Raise STALE_PLAN unless all is as it was planned, the pool's generation being `generation` then."""
    pool = {"client_id": work.client_id, "distribution_center_id": made["distribution_center_id"]}
    if made["current_version"] != made["variant_version"]:
        raise _stale("The variant has changed since the plan was made")
    if await reallocations.is_being_processed(work.sql, **pool, but_for=run_id):
        raise _stale("The Order Processor is at work on this distribution center")
    if await plans.generation(work.sql, **pool) != generation:
        raise _stale("Stock or orders of the distribution center have changed since the plan was made")


def _require_met(made: Row) -> None:
    if made["wins_unmet"] and made["unmet_win"] == UnmetWin.STOP:
        raise Refusal(
            ErrorCode.INSUFFICIENT_STOCK,
            f"{made['wins_unmet']} orders that are to win can't have all they want, and the variant says "
            "STOP; give them another strategy, or let the variant say CONTINUE, and plan again.",
            path=("planId",),
        )


async def _plan_of(work: Work, plan_id: int, *, lock: bool = False) -> Row:
    made = await reallocations.get(work.sql, client_id=work.client_id, plan_id=plan_id, lock=lock)
    if made is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such reallocation; plan one first.", path=("planId",))
    return made


def _stale(why: str) -> Refusal:
    return Refusal(
        ErrorCode.STALE_PLAN,
        f"{why}; nothing was applied. Plan it again from what is there now.",
        path=("planId",),
    )
