"""What a dry run and a reallocation have in common when they are applied: exactly, or not at all (F2, F3)."""

from __future__ import annotations

from domain.operations.command import Work
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import plans
from domain.store.database import Row

AT_WORK = "The Order Processor is at work on this distribution center"
ORDERS_CHANGED = "Orders of the plan have changed since it was made"
"""Why a plan can't be applied now, or at all."""


def known(plan: Row | None) -> Row:
    """The plan's row. Raises NOT_FOUND when there is none."""
    if plan is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such plan; make one first.", path=("planId",))
    return plan


def forgotten() -> Refusal:
    """The plan is old: it was forgotten, or begins to be, part by part (retention.py)."""
    return Refusal(
        ErrorCode.NOT_FOUND,
        "The plan was forgotten before it was applied; make another one.",
        path=("planId",),
    )


def stale(why: str) -> Refusal:
    """Nothing of the plan can be applied, because of this."""
    return Refusal(
        ErrorCode.STALE_PLAN,
        f"{why}; nothing was applied. Make a new plan of what is there now.",
        path=("planId",),
    )


async def require_unchanged_pool(work: Work, plan: Row, *, locked: bool) -> None:
    """Raise STALE_PLAN when the pool has changed since the plan was made.

    `locked` says that this transaction holds the pool's lock, which has moved its generation on by one.
    """
    current = await plans.generation(
        work.sql, client_id=work.client_id, distribution_center_id=plan["distribution_center_id"]
    )
    if current != plan["generation"] + (1 if locked else 0):
        raise stale("Stock or orders of the distribution center have changed since the plan was made")
