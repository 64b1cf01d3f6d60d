"""Stock levels and their ledger: every change of a level writes its movement in the same statement (F8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.store.arrays import numbers, texts
from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class Movement:
    """A signed change of one SKU's level in the pool, in units, and what it was for."""

    sku_id: int
    kind: str
    on_hand: int = 0
    allocated: int = 0
    dispatch_id: int | None = None
    order_line_id: int | None = None
    note: str | None = None


async def levels(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int]
) -> dict[int, Row]:
    """On hand, allocated, protected, and when counted, of each SKU that has a level in the pool, by id."""
    rows = await sql.fetch(
        """
        SELECT sku_id, on_hand, allocated, protected, counted_at FROM stock_levels
        WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
        """,
        client_id,
        distribution_center_id,
        list(sku_ids),
    )
    return {row["sku_id"]: row for row in rows}


async def available(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    sku_ids: Collection[int] | None = None,
) -> dict[int, int]:
    """Available units by SKU: on hand minus allocated minus protected, never below 0.

    Without `sku_ids`, of every SKU of the pool that has any.
    """
    if sku_ids is None:
        rows = await sql.fetch(
            """
            SELECT sku_id, on_hand - allocated - protected AS available FROM stock_levels
            WHERE client_id = $1 AND distribution_center_id = $2 AND on_hand - allocated - protected > 0
            """,
            client_id,
            distribution_center_id,
        )
    else:
        rows = await sql.fetch(
            """
            SELECT sku_id, greatest(on_hand - allocated - protected, 0) AS available FROM stock_levels
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
            """,
            client_id,
            distribution_center_id,
            list(sku_ids),
        )
    return {row["sku_id"]: row["available"] for row in rows}


async def available_with(
    sql: Connection, *, client_id: int, distribution_center_id: int, receipts: Mapping[int, int]
) -> dict[int, int]:
    """What would be available of every SKU of the pool if these units (by SKU id) were on hand, too.

    Of what comes in, the protected quantity takes first what it lacks.
    """
    units = await available(sql, client_id=client_id, distribution_center_id=distribution_center_id)
    known = await levels(
        sql, client_id=client_id, distribution_center_id=distribution_center_id, sku_ids=receipts
    )
    for sku_id, received in receipts.items():
        level = known.get(sku_id)
        usable = level["on_hand"] - level["allocated"] - level["protected"] if level else 0
        units[sku_id] = max(usable + received, 0)
    return units


async def ensure_levels(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int]
) -> None:
    """Give each SKU a level of nothing in the pool, where it has none."""
    await sql.execute(
        """
        INSERT INTO stock_levels (client_id, distribution_center_id, sku_id)
        SELECT $1, $2, unnest($3::bigint[])
        ON CONFLICT DO NOTHING
        """,
        client_id,
        distribution_center_id,
        sorted(set(sku_ids)),
    )


async def protect(
    sql: Connection, *, client_id: int, distribution_center_id: int, units: Mapping[int, int]
) -> dict[int, int]:
    """Keep these units (by SKU id) back from everybody; what was kept back where that is not the same.

    The pool is locked by the caller, and the SKUs have levels.
    """
    rows = await sql.fetch(
        """
        UPDATE stock_levels AS level SET protected = wanted.units
        FROM unnest($3::bigint[], $4::int[]) AS wanted(sku_id, units)
        JOIN stock_levels AS old ON old.client_id = $1 AND old.distribution_center_id = $2
            AND old.sku_id = ANY($3::bigint[]) AND old.sku_id = wanted.sku_id
        WHERE level.client_id = $1 AND level.distribution_center_id = $2
          AND level.sku_id = ANY($3::bigint[]) AND level.sku_id = wanted.sku_id
          AND old.protected <> wanted.units
        RETURNING level.sku_id, old.protected
        """,
        client_id,
        distribution_center_id,
        list(units),
        list(units.values()),
    )
    return {row["sku_id"]: row["protected"] for row in rows}


async def moved_since(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    sku_ids: Collection[int],
    since: datetime,
) -> dict[int, int]:
    """How many units more came than left since then, by SKU; nothing of those that did not move.

    Counts and repairs move nothing: they say what is there. No entry tells of what is yet to happen, so those
    that were made before are none of these.
    """
    rows = await sql.fetch(
        """
        SELECT sku_id, sum(on_hand_change) AS units FROM stock_movements
        WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
          AND kind IN ('RECEIPT', 'SHIP') AND at > $4 AND coalesce(happened_at, at) > $4
        GROUP BY sku_id
        """,
        client_id,
        distribution_center_id,
        list(sku_ids),
        since,
    )
    return {row["sku_id"]: row["units"] for row in rows}


async def set_counted(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int], at: datetime
) -> None:
    """Note of which moment the latest count of the SKUs is. The pool is locked by the caller."""
    await sql.execute(
        """
        UPDATE stock_levels SET counted_at = $4
        WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
        """,
        client_id,
        distribution_center_id,
        list(sku_ids),
        at,
    )


async def move(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    at: datetime,
    happened_at: datetime | None = None,
    movements: Sequence[Movement],
) -> None:
    """Apply the movements to the levels and append them to the ledger. The pool is locked by the caller.

    `happened_at` is given when they are recorded later than they happened.

    Raises asyncpg.CheckViolationError when a level would be negative or oversold; callers check
    availability first, so that is a bug and not a refusal.
    """
    if not movements:
        return
    moved = await sql.execute(
        """
        WITH movement AS (
            SELECT * FROM unnest($4::text::bigint[], $5::text::text[], $6::text::int[], $7::text::int[],
                                 $8::text::bigint[], $9::text::bigint[], $10::text::text[])
                AS m(sku_id, kind, on_hand, allocated, dispatch_id, order_line_id, note)
        ), entry AS (
            INSERT INTO stock_movements (client_id, distribution_center_id, sku_id, at, happened_at, kind,
                                         on_hand_change, allocated_change, dispatch_id, order_line_id, note)
            SELECT $1, $2, sku_id, $3, $11, kind, on_hand, allocated, dispatch_id, order_line_id, note
            FROM movement
        )
        UPDATE stock_levels AS level
        SET on_hand = level.on_hand + change.on_hand, allocated = level.allocated + change.allocated
        FROM (
            SELECT sku_id, sum(on_hand)::int AS on_hand, sum(allocated)::int AS allocated
            FROM movement GROUP BY sku_id
        ) AS change
        WHERE level.client_id = $1 AND level.distribution_center_id = $2
          AND level.sku_id = ANY($4::text::bigint[]) AND level.sku_id = change.sku_id
        """,
        client_id,
        distribution_center_id,
        at,
        numbers(movement.sku_id for movement in movements),
        texts(movement.kind for movement in movements),
        numbers(movement.on_hand for movement in movements),
        numbers(movement.allocated for movement in movements),
        numbers(movement.dispatch_id for movement in movements),
        numbers(movement.order_line_id for movement in movements),
        texts(movement.note for movement in movements),
        happened_at,
    )
    expected = len({movement.sku_id for movement in movements})
    if moved != f"UPDATE {expected}":
        raise LookupError(f"{expected} stock levels were to be moved, the database says {moved}")
