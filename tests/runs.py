"""Runs in the hands of a test, and what they did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from domain.operations.processor_runs import (
    RunHandle,
    apply_next_chunk,
    claim_run,
    finish_run,
    plan_run,
    request_run,
)
from tests.builders import MAIN, NOW, Shop
from tests.waiting import eventually

HOLD_IS_OVER = NOW + timedelta(hours=24)


async def requested(shop: Shop, *, at: str = MAIN, holder: str = "first") -> RunHandle:
    """A new run of the pool, in nobody's hands yet."""
    pool = await shop.id_of("distribution_centers", at)
    run = await request_run(shop.command(), distribution_center_id=pool)
    return RunHandle(database=shop.database, client_id=shop.client_id, run_id=run.run_id, holder=holder)


async def claimed(shop: Shop, *, holder: str = "first") -> RunHandle:
    """A new run of MAIN in the hands of `holder`."""
    run = await requested(shop, holder=holder)
    assert await claim_run(run, now=NOW)
    return run


async def process(run: RunHandle, *, now: datetime = NOW, size: int = 10_000) -> None:
    """All steps of a claimed run."""
    await plan_run(run, now=now)
    while await apply_next_chunk(run, now=now, size=size):
        pass
    await finish_run(run, now=now)


async def order(shop: Shop, order_id: int) -> tuple[str, str]:
    """The order's status and queue status."""
    row = await shop.row("SELECT status, queue_status FROM orders WHERE id = $1", order_id)
    return row["status"], row["queue_status"]


async def dispatched(shop: Shop) -> list[tuple[int, int, int]]:
    """(order id, order line id, quantity) of every dispatch line."""
    rows = await shop.rows(
        """
        SELECT made.order_id, line.order_line_id, line.quantity
        FROM dispatches AS made JOIN dispatch_lines AS line ON line.dispatch_id = made.id ORDER BY line.id
        """
    )
    return [(row["order_id"], row["order_line_id"], row["quantity"]) for row in rows]


async def figures(shop: Shop, run: RunHandle) -> dict[str, Any]:
    """The run's status, and its figures in orders and dispatches."""
    return await shop.row(
        """
        SELECT status, orders_examined AS examined, orders_committed AS committed,
               orders_back_ordered AS back_ordered, orders_returned AS returned,
               dispatches_created AS dispatches
        FROM processor_runs WHERE id = $1
        """,
        run.run_id,
    )


async def decisions(shop: Shop, run: RunHandle) -> list[tuple[int, int, str]]:
    """(order id, given, reason) of every line, in rank order."""
    rows = await shop.rows(
        "SELECT order_id, given, reason FROM run_decisions WHERE run_id = $1 ORDER BY rank", run.run_id
    )
    return [(row["order_id"], row["given"], row["reason"]) for row in rows]


async def all_ended(shop: Shop) -> None:
    """Return when workers have ended every run."""

    async def no_run_is_left() -> bool:
        left = "SELECT count(*) FROM processor_runs WHERE status IN ('SCHEDULED', 'RUNNING')"
        return not await shop.value(left)

    await eventually(no_run_is_left)


async def one_completed(shop: Shop) -> None:
    """Return when a worker has completed a run."""

    async def a_run_is_completed() -> bool:
        return bool(await shop.value("SELECT count(*) FROM processor_runs WHERE status = 'COMPLETED'"))

    await eventually(a_run_is_completed)


async def lock_awaited(shop: Shop, *, times: int = 1) -> None:
    """Return when so many on this database wait for a lock."""

    async def so_many_wait() -> bool:
        waiting = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
        return int(await shop.value(waiting)) >= times

    await eventually(so_many_wait)
