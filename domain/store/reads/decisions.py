"""The recorded decisions of runs (F1)."""

from __future__ import annotations

from collections.abc import Sequence

from domain.store.database import Connection, Row
from domain.store.queues import AWAITS_CONFIRMATION

_MOST_SERVED_BEFORE = 100


async def latest_decisions(sql: Connection, *, client_id: int, line_ids: Sequence[int]) -> list[Row]:
    """The decision on each line of the latest run that has got as far as the line.

    What a run has planned and not carried out yet, or never will because it has failed, gave nobody anything.
    """
    return await sql.fetch(
        """
        SELECT latest.* FROM (SELECT DISTINCT unnest($2::bigint[])) AS asked(line_id)
        CROSS JOIN LATERAL (
            SELECT decision.run_id, decision.rank, decision.line_id, decision.sku_id, decision.wanted,
                   decision.stock_seen, decision.given, decision.reason, run.shipment_policy
            FROM run_decisions AS decision
            JOIN processor_runs AS run ON run.client_id = $1 AND run.id = decision.run_id
            WHERE decision.client_id = $1 AND decision.line_id = asked.line_id
              AND decision.rank <= run.applied_rank
            ORDER BY decision.run_id DESC LIMIT 1
        ) AS latest
        """,
        client_id,
        list(line_ids),
    )


async def standings(sql: Connection, *, client_id: int, line_ids: Sequence[int]) -> dict[int, Row]:
    """Where each line stands for the processor: its route, and whether what is open awaits_confirmation."""
    rows = await sql.fetch(
        f"""
        SELECT line.id, line.route,
               line.requested > line.allocated + line.shipped + line.cancelled AND {AWAITS_CONFIRMATION}
               AS awaits_confirmation
        FROM order_lines AS line JOIN orders AS o ON o.client_id = $1 AND o.id = line.order_id
        WHERE line.client_id = $1 AND line.id = ANY($2::bigint[])
        """,  # noqa: S608 - a condition of our own
        client_id,
        list(line_ids),
    )
    return {row["id"]: row for row in rows}


async def line_ids_served_before(
    sql: Connection, *, client_id: int, run_id: int, rank: int, sku_id: int
) -> list[int]:
    """The lines that the run's plan gave units of the SKU before this rank, best rank first; at most 100.

    What was planned for a line is given to no other one when it can't be given to that line, so such a
    line stood before this one all the same.
    """
    rows = await sql.fetch(
        """
        SELECT line_id FROM run_decisions
        WHERE client_id = $1 AND run_id = $2 AND rank < $3 AND sku_id = $4
          AND (given > 0 OR reason IN ('CHANGED_DURING_RUN', 'STOCK_TAKEN_DURING_RUN'))
        ORDER BY rank LIMIT $5
        """,
        client_id,
        run_id,
        rank,
        sku_id,
        _MOST_SERVED_BEFORE,
    )
    return [row["line_id"] for row in rows]
