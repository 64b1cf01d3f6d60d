"""Applying a reallocation: exactly as it was planned, or not at all (F3).

It is one transaction under the pool's lock, however much it moves: nobody ever sees half of it. What fits
into a request is done in it; what is larger is left to a run of the pool (exact_runs.py), so that no limit
of a request decides what can be applied. Whether the plan still holds is asked under the lock in either
case, so what a run finds stale is stale: the run fails and says so.
"""

from __future__ import annotations

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.processor_runs import new_run
from domain.operations.steps.applying import CHUNK_LINES, Told
from domain.operations.steps.exact_plans import AT_WORK, known, require_unchanged_pool, stale
from domain.operations.steps.reallocating import carry_out
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import RunStatus, UnmetWin
from domain.store import locks, reallocations, runs
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
        large = lines > at_once
        if large:
            # The pool's lock would make the plan stale before its run begins.
            await reallocations.lock(work.sql, client_id=work.client_id, plan_id=plan_id)
        else:
            await locks.lock_pools(
                work.sql,
                client_id=work.client_id,
                distribution_center_ids=[made["distribution_center_id"]],
            )
        # Whoever held the lock before us may have applied it, or has left it to a run.
        made = await _plan_of(work, plan_id)
        if not _is_done_or_under_way(made):
            await (_leave_to_a_run(work, made, lines) if large else apply_planned(work, made))
        return ReallocationApplied(plan_id)

    return await perform(
        command, operation="applyReallocation", payload=plan_id, answer=ReallocationApplied, body=body
    )


async def apply_planned(
    work: Work, made: Row, *, size: int = CHUNK_LINES, told: Told | None = None, run_id: int | None = None
) -> None:
    """Apply the plan (its row), whose pool is locked, on behalf of the run, if it is one that does it.

    Raises STALE_PLAN and INSUFFICIENT_STOCK as `apply_reallocation` does, and NOT_FOUND for one that is being
    forgotten.
    """
    await _require_fresh(work, made, locked=True, run_id=run_id)
    _require_met(made)
    await carry_out(work, made, size=size, told=told)
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


async def _leave_to_a_run(work: Work, made: Row, lines: int) -> None:
    """Have a run apply the plan, which is locked."""
    await _require_fresh(work, made, locked=False)
    _require_met(made)
    run_id = await new_run(
        work,
        distribution_center_id=made["distribution_center_id"],
        exactly=runs.Exactly(reallocation_id=made["id"], lines=lines),
    )
    await reallocations.set_run(work.sql, client_id=work.client_id, plan_id=made["id"], run_id=run_id)
    work.audit(
        "REALLOCATION_REQUESTED",
        f"Reallocation {made['id']} by {made['variant_name']} is to be applied by a run.",
        after={"reallocation": made["id"], "variant": made["variant_id"], "run": run_id},
    )


def _is_done_or_under_way(made: Row) -> bool:
    under_way = (RunStatus.SCHEDULED, RunStatus.RUNNING)
    return made["applied_at"] is not None or made["run_status"] in under_way


async def _require_fresh(work: Work, made: Row, *, locked: bool, run_id: int | None = None) -> None:
    """Raise STALE_PLAN unless all is as it was planned; `locked` as for `require_unchanged_pool`."""
    if made["current_version"] != made["variant_version"]:
        raise stale("The variant has changed since the plan was made")
    if await reallocations.is_being_processed(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=made["distribution_center_id"],
        but_for=run_id,
    ):
        raise stale(AT_WORK)
    await require_unchanged_pool(work, made, locked=locked)


def _require_met(made: Row) -> None:
    if made["wins_unmet"] and made["unmet_win"] == UnmetWin.STOP:
        raise Refusal(
            ErrorCode.INSUFFICIENT_STOCK,
            f"{made['wins_unmet']} orders that are to win can't have all they want, and the variant says "
            "STOP; give them another strategy, or let the variant say CONTINUE, and plan again.",
            path=("planId",),
        )


async def _plan_of(work: Work, plan_id: int) -> Row:
    return known(await reallocations.get(work.sql, client_id=work.client_id, plan_id=plan_id))
