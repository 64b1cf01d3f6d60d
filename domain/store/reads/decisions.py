"""The recorded decisions of runs (F1)."""

from __future__ import annotations

from collections.abc import Sequence

from domain.store.database import Connection, Row

_MOST_SERVED_BEFORE = 100


async def latest_decisions(sql: Connection, *, client_id: int, line_ids: Sequence[int]) -> list[Row]:
    """The latest run's decision on each line that a run has looked at."""
    return await sql.fetch(
        """
        SELECT decision.*, run.shipment_policy FROM (
            SELECT DISTINCT ON (line_id) run_id, rank, line_id, sku_id, wanted, stock_seen, given, reason
            FROM run_decisions WHERE client_id = $1 AND line_id = ANY($2::bigint[])
            ORDER BY line_id, run_id DESC
        ) AS decision
        JOIN processor_runs AS run ON run.client_id = $1 AND run.id = decision.run_id
        """,
        client_id,
        list(line_ids),
    )


async def routes(sql: Connection, *, client_id: int, line_ids: Sequence[int]) -> dict[int, str]:
    """The route of each line."""
    rows = await sql.fetch(
        "SELECT id, route FROM order_lines WHERE client_id = $1 AND id = ANY($2::bigint[])",
        client_id,
        list(line_ids),
    )
    return {row["id"]: row["route"] for row in rows}


async def line_ids_served_before(
    sql: Connection, *, client_id: int, run_id: int, rank: int, sku_id: int
) -> list[int]:
    """The lines that the run gave units of the SKU before this rank, best rank first; at most 100."""
    rows = await sql.fetch(
        """
        SELECT line_id FROM run_decisions
        WHERE client_id = $1 AND run_id = $2 AND rank < $3 AND sku_id = $4 AND given > 0
        ORDER BY rank LIMIT $5
        """,
        client_id,
        run_id,
        rank,
        sku_id,
        _MOST_SERVED_BEFORE,
    )
    return [row["line_id"] for row in rows]
