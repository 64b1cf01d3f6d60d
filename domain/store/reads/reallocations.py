"""Reallocation variants, plans, and what they do to each line, as they are read (F3)."""

from __future__ import annotations

from collections.abc import Sequence

from domain.store.database import Connection, Row
from domain.store.reads.columns import Column, Table
from domain.store.reads.paging import KeyPart, Ordering
from domain.store.reads.plans import UNAPPLIED

VARIANTS = Table(
    source="reallocation_variants AS variant",
    client="variant.client_id",
    columns={
        name: Column(f"variant.{name}") for name in ("id", "name", "unmet_win", "version", "updated_at")
    },
)
BY_NAME = Ordering("reallocation variant", (KeyPart("name", "variant.name", "text"),))

_PLAN = (
    *("id", "distribution_center_id", "variant_id", "variant_name", "planned_at", "requested_by"),
    *("orders_examined", "lines_gained", "lines_lost", "wins_unmet"),
    *("applied_at", "applied_by", "run_id"),
)
REALLOCATION_PLANS = Table(
    source="reallocation_plans AS plan",
    client="plan.client_id",
    columns={name: Column(f"plan.{name}") for name in _PLAN}
    | {name: Column(f"least(plan.{name}, 2147483647)::int") for name in ("units_gained", "units_lost")}
    | {
        "applicable": Column(
            f"plan.applied_at IS NULL AND {UNAPPLIED} AND plan.generation = pool.generation"
            " AND plan.variant_version = coalesce(variant.version, 0)"
            " AND (plan.wins_unmet = 0 OR plan.unmet_win = 'CONTINUE')",
            ("pool", "variant"),
        ),
    },
    joins={
        "pool": "JOIN stock_pools AS pool ON pool.client_id = $1"
        " AND pool.distribution_center_id = plan.distribution_center_id",
        "variant": "LEFT JOIN reallocation_variants AS variant ON variant.client_id = $1"
        " AND variant.id = plan.variant_id",
    },
    fields={
        "distribution_center": ("distribution_center_id",),
        "variant": ("variant_id",),
        "run": ("run_id",),
    },
)
NEWEST_PLAN = Ordering("reallocation", (KeyPart("id", "plan.id", "bigint", descending=True),))

_CHANGE = (
    *("plan_id", "place", "segment", "strategy", "line_id", "sku_id", "pinned", "wanted", "stock_seen"),
    *("dispatched_before", "dispatched_after", "reason"),
)
EFFECT = """CASE sign(change.dispatched_after + change.own_after
               - change.dispatched_before - change.own_before)
    WHEN 1 THEN 'GAINED' WHEN -1 THEN 'LOST' ELSE 'UNCHANGED' END"""
CHANGES = Table(
    source="reallocation_decisions AS change",
    client="change.client_id",
    columns={name: Column(f"change.{name}") for name in _CHANGE}
    | {
        "before": Column("change.dispatched_before + change.own_before"),
        "after": Column("change.dispatched_after + change.own_after"),
        "effect": Column(EFFECT),
        "applied": Column("plan.applied_at IS NOT NULL", ("plan",)),
    },
    joins={
        "plan": "JOIN reallocation_plans AS plan ON plan.client_id = $1 AND plan.id = change.plan_id",
    },
    fields={
        "line": ("line_id",),
        "plan": ("plan_id",),
        "served_before": ("plan_id", "place", "sku_id"),
    },
)
BY_PLACE = Ordering("reallocation change", (KeyPart("place", "change.place", "int"),))

_MOST_SERVED_BEFORE = 100


async def segments(sql: Connection, *, client_id: int, variant_ids: Sequence[int]) -> list[Row]:
    """The segments of the variants by position: variant_id, position, name, strategy, sort, takes (JSON)."""
    return await sql.fetch(
        """
        SELECT variant_id, position, name, strategy, sort, takes FROM reallocation_segments
        WHERE client_id = $1 AND variant_id = ANY($2::bigint[]) ORDER BY variant_id, position
        """,
        client_id,
        list(variant_ids),
    )


async def latest_applied(
    sql: Connection, *, client_id: int, line_ids: Sequence[int], names: Sequence[str]
) -> list[Row]:
    """What the latest reallocation that was applied did to each of the lines that one has looked at."""
    wanted = list(dict.fromkeys((*names, "line_id", "applied")))
    inner = CHANGES.select(wanted, extra=["plan.applied_at AS at", "plan.id AS plan_number"])
    return await sql.fetch(
        f"SELECT DISTINCT ON (line_id) * FROM ({inner}\n"  # noqa: S608 - columns of the table above
        "  AND change.line_id = ANY($2::bigint[]) AND plan.applied_at IS NOT NULL) AS latest\n"
        "ORDER BY line_id, at DESC, plan_number DESC",
        client_id,
        list(line_ids),
    )


async def line_ids_served_before(
    sql: Connection, *, client_id: int, plan_id: int, place: int, sku_id: int
) -> list[int]:
    """The lines that gained units of the SKU before this place, in the order of turns; at most 100."""
    rows = await sql.fetch(
        f"""
        SELECT line_id FROM reallocation_decisions AS change
        WHERE client_id = $1 AND plan_id = $2 AND place < $3 AND sku_id = $4 AND ({EFFECT}) = 'GAINED'
        ORDER BY place LIMIT {_MOST_SERVED_BEFORE}
        """,  # noqa: S608 - the expressions above
        client_id,
        plan_id,
        place,
        sku_id,
    )
    return [row["line_id"] for row in rows]
