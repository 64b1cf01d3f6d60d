"""Comparing what is recorded twice, and putting it right: levels, ledger, dispatches and demand (F8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.rules.inventory import Books, Repair
from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class DisagreeingLevel:
    """A SKU in a pool, of which its books tell different things."""

    distribution_center_id: int
    sku_id: int
    books: Books


async def disagreeing_levels(
    sql: Connection, *, client_id: int, distribution_center_ids: Collection[int]
) -> list[DisagreeingLevel]:
    """Every SKU of the pools of which level, ledger and open dispatches tell different things."""
    rows = await sql.fetch(
        """
        WITH ledger AS (
            SELECT distribution_center_id, sku_id, sum(on_hand_change)::int AS ledger_on_hand,
                   sum(allocated_change)::int AS ledger_allocated
            FROM stock_movements WHERE client_id = $1 GROUP BY distribution_center_id, sku_id
        ), dispatched AS (
            SELECT made.distribution_center_id, line.sku_id, sum(line.quantity)::int AS held
            FROM dispatches AS made
            JOIN dispatch_lines AS line ON line.client_id = $1 AND line.dispatch_id = made.id
            WHERE made.client_id = $1 AND made.status IN ('CREATED', 'PACKED')
            GROUP BY made.distribution_center_id, line.sku_id
        ), books AS (
            SELECT distribution_center_id, sku_id, coalesce(on_hand, 0) AS on_hand,
                   coalesce(allocated, 0) AS allocated, coalesce(ledger_on_hand, 0) AS ledger_on_hand,
                   coalesce(ledger_allocated, 0) AS ledger_allocated, coalesce(held, 0) AS held
            FROM (SELECT * FROM stock_levels WHERE client_id = $1) AS level
            FULL JOIN ledger USING (distribution_center_id, sku_id)
            FULL JOIN dispatched USING (distribution_center_id, sku_id)
        )
        SELECT * FROM books
        WHERE distribution_center_id = ANY($2::bigint[])
          AND (on_hand <> ledger_on_hand OR allocated <> ledger_allocated OR allocated <> held)
        ORDER BY distribution_center_id, sku_id
        """,
        client_id,
        sorted(distribution_center_ids),
    )
    return [
        DisagreeingLevel(
            row["distribution_center_id"], row["sku_id"], Books(*(row[name] for name in Books._fields))
        )
        for row in rows
    ]


async def repair_levels(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    at: datetime,
    repairs: Mapping[int, Repair],
) -> None:
    """Set the levels (by SKU id) and post what the ledger lacks. The pool is locked by the caller."""
    await sql.execute(
        """
        WITH repair AS (
            SELECT * FROM unnest($4::bigint[], $5::int[], $6::int[], $7::int[], $8::int[])
                AS r(sku_id, on_hand, allocated, on_hand_change, allocated_change)
        ), entry AS (
            INSERT INTO stock_movements (client_id, distribution_center_id, sku_id, at, kind, on_hand_change,
                                         allocated_change)
            SELECT $1, $2, sku_id, $3, 'REPAIR', on_hand_change, allocated_change FROM repair
            WHERE on_hand_change <> 0 OR allocated_change <> 0
        )
        UPDATE stock_levels AS level SET on_hand = repair.on_hand, allocated = repair.allocated
        FROM repair
        WHERE level.client_id = $1 AND level.distribution_center_id = $2
          AND level.sku_id = ANY($4::bigint[]) AND level.sku_id = repair.sku_id
        """,
        client_id,
        distribution_center_id,
        at,
        list(repairs),
        [repair.on_hand for repair in repairs.values()],
        [repair.allocated for repair in repairs.values()],
        [repair.on_hand_change for repair in repairs.values()],
        [repair.allocated_change for repair in repairs.values()],
    )


# `stale` is what pool_demand says and is not so; `missing` is what follows from lines and orders, and
# pool_demand does not say.
_COMPARED = """
WITH recorded AS (
    SELECT line_id, distribution_center_id, sku_id, order_id, route, priority, ordered_at, open
    FROM pool_demand WHERE client_id = $1
), derived AS (
    SELECT line.id, o.distribution_center_id, line.sku_id, o.id, line.route, o.priority, o.ordered_at,
           line.requested - line.allocated - line.shipped - line.cancelled
    FROM order_lines AS line JOIN orders AS o ON o.client_id = $1 AND o.id = line.order_id
    WHERE line.client_id = $1 AND line.route <> 'DROPSHIP' AND o.status <> 'OC_REJECTED'
      AND line.requested > line.allocated + line.shipped + line.cancelled
), stale AS (
    SELECT * FROM (SELECT * FROM recorded EXCEPT SELECT * FROM derived) AS only_recorded
    WHERE distribution_center_id = ANY($2::bigint[])
), missing AS (
    SELECT * FROM (SELECT * FROM derived EXCEPT SELECT * FROM recorded)
        AS only_derived(line_id, distribution_center_id, sku_id, order_id, route, priority, ordered_at, open)
    WHERE distribution_center_id = ANY($2::bigint[])
)
"""


async def disagreeing_demand(
    sql: Connection, *, client_id: int, distribution_center_ids: Collection[int]
) -> list[Row]:
    """Every SKU of the pools with lines whose open demand is not recorded as it is.

    Each row has distribution_center_id, sku_id, and, of those lines alone, the units recorded and derived.
    """
    return await sql.fetch(
        f"""{_COMPARED}
        SELECT distribution_center_id, sku_id, sum(recorded)::int AS recorded, sum(derived)::int AS derived
        FROM (
            SELECT distribution_center_id, sku_id, open AS recorded, 0 AS derived FROM stale
            UNION ALL
            SELECT distribution_center_id, sku_id, 0, open FROM missing
        ) AS told
        GROUP BY distribution_center_id, sku_id ORDER BY distribution_center_id, sku_id
        """,  # noqa: S608
        client_id,
        sorted(distribution_center_ids),
    )


async def repair_demand(
    sql: Connection, *, client_id: int, distribution_center_ids: Collection[int]
) -> set[int]:
    """Record the open demand of the pools, which the caller has locked, as it is; the orders it was wrong of.

    Coverage is the caller's: a line keeps what it was covered for as far as that can still be.
    """
    rows = await sql.fetch(
        f"""{_COMPARED}
        , corrected AS (
            INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route,
                                     priority, ordered_at, open)
            SELECT $1, * FROM missing
            ON CONFLICT (client_id, line_id) DO UPDATE
            SET distribution_center_id = excluded.distribution_center_id, sku_id = excluded.sku_id,
                order_id = excluded.order_id, route = excluded.route, priority = excluded.priority,
                ordered_at = excluded.ordered_at, open = excluded.open, coverage_due = true,
                back_ordered = least(pool_demand.back_ordered, excluded.open),
                cross_docked = least(pool_demand.cross_docked, excluded.open)
        ), removed AS (
            DELETE FROM pool_demand AS demand USING stale
            WHERE demand.client_id = $1 AND demand.line_id = stale.line_id
              AND NOT EXISTS (SELECT 1 FROM missing WHERE missing.line_id = stale.line_id)
        )
        SELECT order_id FROM stale UNION SELECT order_id FROM missing
        """,  # noqa: S608
        client_id,
        sorted(distribution_center_ids),
    )
    return {row["order_id"] for row in rows}
