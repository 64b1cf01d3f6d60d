"""Allocation plans and what they change, as they are read (F2)."""

from __future__ import annotations

from collections.abc import Sequence

from domain.store.database import Connection, Row
from domain.store.reads.columns import Column, Table

_PLAIN = (
    *("id", "distribution_center_id", "planned_at", "requested_by", "run_id", "shipment_policy"),
    *("orders_examined", "orders_committed", "orders_back_ordered", "orders_returned"),
)

UNAPPLIED = """NOT EXISTS (
    SELECT 1 FROM processor_runs AS run
    WHERE run.client_id = $1 AND run.id = plan.run_id AND run.status <> 'FAILED')"""
"""That no run has applied the plan, or is to."""

PLANS = Table(
    source="allocation_plans AS plan",
    client="plan.client_id",
    columns={name: Column(f"plan.{name}") for name in _PLAIN}
    | {
        "hypothetical": Column("plan.hypotheses IS NOT NULL"),
        "applicable": Column(
            f"{UNAPPLIED} AND plan.hypotheses IS NULL AND plan.generation = pool.generation", ("pool",)
        ),
    },
    joins={
        "pool": "JOIN stock_pools AS pool ON pool.client_id = $1"
        " AND pool.distribution_center_id = plan.distribution_center_id"
    },
    fields={"distribution_center": ("distribution_center_id",), "run": ("run_id",)},
)


async def changes(
    sql: Connection,
    *,
    client_id: int,
    plan_ids: Sequence[int],
    effects: Sequence[str] | None,
    after_rank: int,
    first: int | None,
) -> list[Row]:
    """What each plan changes, in rank order: at most `first` lines after a rank, with one of the effects.

    Each row has plan_id, rank, line_id, before, after, otherwise, effect and reason.
    """
    return await sql.fetch(
        """
        SELECT change.* FROM unnest($2::bigint[]) AS parent(id), LATERAL (
            SELECT plan_id, rank, line_id, had AS before, had + given AS after, otherwise, effect, reason
            FROM plan_decisions, LATERAL (
                SELECT CASE sign(had + given - otherwise) WHEN 1 THEN 'GAINED' WHEN -1 THEN 'LOST'
                       ELSE 'UNCHANGED' END AS effect) AS compared
            WHERE client_id = $1 AND plan_id = parent.id AND rank > $3
              AND ($4::text[] IS NULL OR effect = ANY($4::text[]))
            ORDER BY rank LIMIT $5
        ) AS change
        """,
        client_id,
        list(plan_ids),
        after_rank,
        None if effects is None else list(effects),
        first,
    )
