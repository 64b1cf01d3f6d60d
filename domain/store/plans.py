"""Allocation plans: dry runs of a pool, and the run that applies one (F2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import orjson

from domain.rules.allocation import Decision, Totals
from domain.rules.shipment_policy import ShipmentPolicy
from domain.store import shipment_policies
from domain.store.copying import copy_records
from domain.store.database import Connection, Row


async def generation(sql: Connection, *, client_id: int, distribution_center_id: int) -> int:
    """How often the pool has been changed, in the snapshot of `sql`."""
    counted: int = await sql.fetchval(
        "SELECT generation FROM stock_pools WHERE client_id = $1 AND distribution_center_id = $2",
        client_id,
        distribution_center_id,
    )
    return counted


async def create(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    generation: int,
    requested_by: str,
    now: datetime,
    totals: Totals,
    policy: ShipmentPolicy,
    lines: int,
    hypotheses: Mapping[str, object] | None,
) -> int:
    """A plan of so many `lines`; its id."""
    plan_id: int = await sql.fetchval(
        """
        INSERT INTO allocation_plans (client_id, distribution_center_id, generation, requested_by, planned_at,
                                      planned_lines, orders_examined, orders_committed, orders_back_ordered,
                                      orders_returned, hypotheses, shipment_policy)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12::text::jsonb)
        RETURNING id
        """,
        client_id,
        distribution_center_id,
        generation,
        requested_by,
        now,
        lines,
        totals.examined,
        totals.committed,
        totals.back_ordered,
        totals.returned,
        None if hypotheses is None else orjson.dumps(hypotheses).decode(),
        shipment_policies.as_json(policy),
    )
    return plan_id


_DECISION_COLUMNS = ("plan_id", *Decision._fields, "had", "otherwise")


async def record(
    sql: Connection,
    *,
    client_id: int,
    plan_id: int,
    decisions: Sequence[Decision],
    had: Mapping[int, int],
    otherwise: Mapping[int, int],
) -> None:
    """Keep what the plan gives each line. `had` and `otherwise` are units by line id, 0 where missing."""
    records: Iterable[tuple[object, ...]] = (
        (plan_id, *decision, had.get(decision.line_id, 0), otherwise.get(decision.line_id, 0))
        for decision in decisions
    )
    await copy_records(sql, "plan_decisions", client_id=client_id, columns=_DECISION_COLUMNS, records=records)


async def get(sql: Connection, *, client_id: int, plan_id: int) -> Row | None:
    """The plan's row, with the `run_status` of its run, or None."""
    return await sql.fetchrow(
        """
        SELECT plan.*, (SELECT status FROM processor_runs AS run
                        WHERE run.client_id = $1 AND run.id = plan.run_id) AS run_status
        FROM allocation_plans AS plan WHERE client_id = $1 AND id = $2
        """,
        client_id,
        plan_id,
    )


async def lock(sql: Connection, *, client_id: int, plan_id: int) -> None:
    """Lock the plan's row, so that nobody else leaves it to a run. What is true then, `get` tells."""
    await sql.execute(
        "SELECT FROM allocation_plans WHERE client_id = $1 AND id = $2 FOR NO KEY UPDATE", client_id, plan_id
    )


async def is_large(sql: Connection, *, client_id: int, plan_id: int, lines: int) -> bool:
    """Whether the plan gives something to more than so many lines, or looks at more than ten times as many.

    Copying a line that gets nothing costs little beside dispatching one.
    """
    large: bool = await sql.fetchval(
        """
        SELECT planned_lines > $3 AND (planned_lines > 10 * $3::bigint OR (
            SELECT count(*) FROM plan_decisions WHERE client_id = $1 AND plan_id = $2 AND given > 0) > $3)
        FROM allocation_plans WHERE client_id = $1 AND id = $2
        """,
        client_id,
        plan_id,
        lines,
    )
    return large


async def set_run(sql: Connection, *, client_id: int, plan_id: int, run_id: int) -> None:
    """Make the run the one that applies the plan."""
    await sql.execute(
        "UPDATE allocation_plans SET run_id = $3 WHERE client_id = $1 AND id = $2", client_id, plan_id, run_id
    )


async def copy_decisions(sql: Connection, *, client_id: int, plan_id: int, run_id: int) -> int:
    """Make what the plan decides the decisions of the run; of how many lines it is still known."""
    copied = await sql.execute(
        """
        INSERT INTO run_decisions (client_id, run_id, rank, order_rank, order_id, order_version, line_id,
                                   sku_id, wanted, stock_seen, given, reason)
        SELECT client_id, $3::bigint, rank, order_rank, order_id, order_version, line_id, sku_id, wanted,
               stock_seen, given, reason
        FROM plan_decisions WHERE client_id = $1 AND plan_id = $2
        """,
        client_id,
        plan_id,
        run_id,
    )
    return int(copied.removeprefix("INSERT 0 "))


async def set_planned(sql: Connection, *, client_id: int, plan_id: int, run_id: int, now: datetime) -> None:
    """Record in the run what the plan came to."""
    await sql.execute(
        """
        UPDATE processor_runs
        SET planned_at = $4, planned_lines = plan.planned_lines, orders_examined = plan.orders_examined,
            orders_returned = plan.orders_returned, shipment_policy = plan.shipment_policy
        FROM allocation_plans AS plan
        WHERE processor_runs.client_id = $1 AND processor_runs.id = $3
          AND plan.client_id = $1 AND plan.id = $2
        """,
        client_id,
        plan_id,
        run_id,
        now,
    )
