"""Reallocations: what a pool has set aside, plans of sharing it out anew, and carrying them out (F3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.reallocation import Reallocated
from domain.store.copying import copy_records
from domain.store.database import Connection, Row
from domain.store.parts import in_parts


async def held(sql: Connection, *, client_id: int, distribution_center_id: int) -> list[Row]:
    """The unfinished lines of the pool that a reallocation may look at, in order and line order.

    They are on the route PROCESSOR, of orders that are not locked, and open or on a dispatch of a run that
    is not packed yet. Each row has the order's id, planned_version (see locks.py), rank columns, accepted_at,
    confirmed_at, delayed_until, order_type, shipping_agency, service, country, store_id and dispatches_made
    (those of runs, not cancelled, besides the newest that is not packed), and the line's line_id, sku_id,
    open, dispatched, and whether it is pinned.
    """
    return await sql.fetch(
        """
        WITH made AS (
            SELECT id FROM dispatches
            WHERE client_id = $1 AND distribution_center_id = $2 AND kind = 'PROCESSOR' AND status = 'CREATED'
        ), held AS (
            SELECT order_line_id AS line_id, sum(quantity)::int AS dispatched FROM dispatch_lines
            WHERE client_id = $1 AND dispatch_id = ANY(ARRAY(SELECT id FROM made)) GROUP BY 1
        ), waiting AS (
            SELECT line_id, open FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND route = 'PROCESSOR'
        ), unfinished AS (
            SELECT line_id, coalesce(open, 0) AS open, coalesce(dispatched, 0) AS dispatched
            FROM waiting FULL JOIN held USING (line_id)
        ), line AS (
            SELECT id, order_id, sku_id, line_number FROM order_lines
            WHERE client_id = $1 AND id = ANY(ARRAY(SELECT line_id FROM unfinished)) AND route = 'PROCESSOR'
        ), counted AS (
            SELECT order_id, count(*) - bool_or(status = 'CREATED')::int AS dispatches_made FROM dispatches
            WHERE client_id = $1 AND order_id = ANY(ARRAY(SELECT order_id FROM line))
              AND kind = 'PROCESSOR' AND status <> 'CANCELLED'
            GROUP BY order_id
        )
        SELECT o.id AS order_id, o.version - o.news AS planned_version, o.priority, o.ordered_at,
               o.accepted_at, o.confirmed_at, o.delayed_until, o.order_type, o.shipping_agency, o.service,
               o.country, o.store_id,
               coalesce(counted.dispatches_made, 0)::int AS dispatches_made,
               line.id AS line_id, line.sku_id, unfinished.open, unfinished.dispatched,
               pin.line_id IS NOT NULL AS pinned
        FROM line JOIN unfinished ON unfinished.line_id = line.id
        JOIN orders AS o ON o.client_id = $1 AND o.id = ANY(ARRAY(SELECT order_id FROM line))
            AND o.id = line.order_id AND NOT o.locked AND o.status IN ('CREATE', 'OC_CONFIRMED', 'COMMIT')
        LEFT JOIN counted ON counted.order_id = o.id
        LEFT JOIN line_pins AS pin ON pin.client_id = $1 AND pin.line_id = line.id
        ORDER BY o.id, line.line_number
        """,
        client_id,
        distribution_center_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a plan comes to: orders looked at, lines and units that gain and lose, and unmet winners."""

    orders_examined: int
    lines_gained: int
    lines_lost: int
    units_gained: int
    units_lost: int
    wins_unmet: int


async def create(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    variant: Row,
    generation: int,
    requested_by: str,
    now: datetime,
    figures: Figures,
) -> int:
    """A plan by the variant (its row); the plan's id."""
    plan_id: int = await sql.fetchval(
        """
        INSERT INTO reallocation_plans (client_id, distribution_center_id, variant_id, variant_name,
                                        variant_version, unmet_win, planned_at, requested_by, generation,
                                        orders_examined, lines_gained, lines_lost, units_gained, units_lost,
                                        wins_unmet)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        RETURNING id
        """,
        client_id,
        distribution_center_id,
        variant["id"],
        variant["name"],
        variant["version"],
        variant["unmet_win"],
        now,
        requested_by,
        generation,
        figures.orders_examined,
        figures.lines_gained,
        figures.lines_lost,
        figures.units_gained,
        figures.units_lost,
        figures.wins_unmet,
    )
    return plan_id


_DECISION_COLUMNS = ("plan_id", *Reallocated._fields)


async def record(sql: Connection, *, client_id: int, plan_id: int, decisions: Sequence[Reallocated]) -> None:
    """Keep what the plan does to each line."""
    records: Iterable[tuple[object, ...]] = ((plan_id, *decision) for decision in decisions)
    await copy_records(
        sql, "reallocation_decisions", client_id=client_id, columns=_DECISION_COLUMNS, records=records
    )


async def get(sql: Connection, *, client_id: int, plan_id: int) -> Row | None:
    """The plan's row, or None.

    With it come `current_version`, that of its variant now, and `run_status`, that of its run.
    """
    return await sql.fetchrow(
        """
        SELECT plan.*, variant.version AS current_version,
               (SELECT status FROM processor_runs AS run
                WHERE run.client_id = $1 AND run.id = plan.run_id) AS run_status
        FROM reallocation_plans AS plan
        LEFT JOIN reallocation_variants AS variant
            ON variant.client_id = $1 AND variant.id = plan.variant_id
        WHERE plan.client_id = $1 AND plan.id = $2
        """,
        client_id,
        plan_id,
    )


async def lock(sql: Connection, *, client_id: int, plan_id: int) -> None:
    """Lock the plan's row, so that nobody else leaves it to a run. What is true then, `get` tells."""
    await sql.execute(
        "SELECT FROM reallocation_plans WHERE client_id = $1 AND id = $2 FOR NO KEY UPDATE",
        client_id,
        plan_id,
    )


async def is_being_processed(
    sql: Connection, *, client_id: int, distribution_center_id: int, but_for: int | None
) -> bool:
    """Whether a run is at work on the pool, `but_for` the one with this id."""
    found: bool = await sql.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM processor_runs
                       WHERE client_id = $1 AND distribution_center_id = $2 AND status = 'RUNNING'
                         AND id IS DISTINCT FROM $3)
        """,
        client_id,
        distribution_center_id,
        but_for,
    )
    return found


def moves(sql: Connection, *, client_id: int, plan_id: int, size: int) -> AsyncIterator[list[Row]]:
    """What the plan changes, by order and in the order of turns, in parts of about `size` lines.

    Each row has order_id, order_version, line_id, sku_id, and before and after on dispatches and of their
    own: dispatched_before, own_before, dispatched_after, own_after. An order's lines are all in one part. In
    every row units_gained and units_lost are those of all that is known of the plan.
    """
    return in_parts(
        sql,
        """
        SELECT order_id, order_version, line_id, sku_id, dispatched_before, own_before, dispatched_after,
               own_after, sum(greatest(change, 0)) OVER () AS units_gained,
               sum(greatest(-change, 0)) OVER () AS units_lost
        FROM reallocation_decisions,
             LATERAL (SELECT dispatched_after + own_after - dispatched_before - own_before AS change) AS total
        WHERE client_id = $1 AND plan_id = $2
          AND (dispatched_after <> dispatched_before OR own_after <> own_before)
        ORDER BY order_id, place
        """,
        client_id,
        plan_id,
        whole="order_id",
        size=size,
    )


async def lines_to_move(sql: Connection, *, client_id: int, plan_id: int) -> int:
    """How many lines the plan changes."""
    count: int = await sql.fetchval(
        """
        SELECT count(*) FROM reallocation_decisions
        WHERE client_id = $1 AND plan_id = $2
          AND (dispatched_after <> dispatched_before OR own_after <> own_before)
        """,
        client_id,
        plan_id,
    )
    return count


async def set_run(sql: Connection, *, client_id: int, plan_id: int, run_id: int) -> None:
    """Make the run the one that applies the plan."""
    await sql.execute(
        "UPDATE reallocation_plans SET run_id = $3 WHERE client_id = $1 AND id = $2",
        client_id,
        plan_id,
        run_id,
    )


async def set_applied(sql: Connection, *, client_id: int, plan_id: int, by: str, at: datetime) -> None:
    """Record who had the plan carried out, and when."""
    await sql.execute(
        """
        UPDATE reallocation_plans SET applied_at = $4, applied_by = $3 WHERE client_id = $1 AND id = $2
        """,
        client_id,
        plan_id,
        by,
        at,
    )
