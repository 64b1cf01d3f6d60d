"""Forgetting what nobody will ask for any more."""

from __future__ import annotations

from datetime import datetime

from domain.store.database import Connection, Row


async def delete_answers(sql: Connection, *, before: datetime) -> None:
    """Forget the idempotency keys, with their answers, that were first used before `before`."""
    await sql.execute("DELETE FROM idempotency_keys WHERE created_at < $1", before)


async def runs_finished(sql: Connection, *, before: datetime) -> list[Row]:
    """Runs of every client that ended before `before` and have a recorded plan."""
    return await sql.fetch(
        """
        SELECT client_id, id, planned_lines FROM processor_runs
        WHERE finished_at < $1 AND planned_lines > 0 ORDER BY client_id, id
        """,
        before,
    )


async def delete_superseded_decisions(
    sql: Connection, *, client_id: int, run_id: int, after: int, until: int
) -> None:
    """Forget the run's decisions with after < rank <= until, except those that are their line's latest."""
    await sql.execute(
        """
        DELETE FROM run_decisions AS decision
        WHERE client_id = $1 AND run_id = $2 AND rank > $3 AND rank <= $4
          AND EXISTS (SELECT 1 FROM run_decisions AS later
                      WHERE later.client_id = $1 AND later.line_id = decision.line_id AND later.run_id > $2)
        """,
        client_id,
        run_id,
        after,
        until,
    )
