"""Caps on back orders, and how much of them is used (F7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class CapChange:
    """A cap to set, in units; None takes it away. Without a store it is the whole pool's."""

    distribution_center_id: int
    sku_id: int
    store_id: int | None
    units: int | None

    @property
    def place(self) -> tuple[int, int, int | None]:
        """Its distribution center, SKU and store."""
        return self.distribution_center_id, self.sku_id, self.store_id


async def as_they_are(
    sql: Connection, *, client_id: int, sku_ids: Collection[int]
) -> dict[tuple[int, int, int | None], Row]:
    """The units and version of the caps on SKUs, by distribution center, SKU and store."""
    rows = await sql.fetch(
        """
        SELECT distribution_center_id, sku_id, store_id, units, version FROM back_order_caps
        WHERE client_id = $1 AND sku_id = ANY($2::bigint[])
        """,
        client_id,
        list(sku_ids),
    )
    return {(row["distribution_center_id"], row["sku_id"], row["store_id"]): row for row in rows}


async def put(sql: Connection, *, client_id: int, changes: Sequence[CapChange], version: int) -> None:
    """Set or take away each cap. The pools are locked by the caller."""
    arrays = (
        [change.distribution_center_id for change in changes],
        [change.sku_id for change in changes],
        [change.store_id for change in changes],
        [change.units for change in changes],
    )
    await sql.execute(
        """
        DELETE FROM back_order_caps AS cap
        USING unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[])
            AS change(distribution_center_id, sku_id, store_id, units)
        WHERE cap.client_id = $1 AND cap.sku_id = ANY($3::bigint[]) AND change.units IS NULL
          AND cap.distribution_center_id = change.distribution_center_id AND cap.sku_id = change.sku_id
          AND cap.store_id IS NOT DISTINCT FROM change.store_id
        """,
        client_id,
        *arrays,
    )
    await sql.execute(
        """
        INSERT INTO back_order_caps (client_id, distribution_center_id, sku_id, store_id, units, version)
        SELECT $1, change.*, $6 FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::int[])
            AS change(distribution_center_id, sku_id, store_id, units)
        WHERE change.units IS NOT NULL
        ON CONFLICT (client_id, distribution_center_id, sku_id, store_id) DO UPDATE
        SET units = excluded.units, version = excluded.version
        """,
        client_id,
        *arrays,
        version,
    )


async def of_skus(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int]
) -> list[Row]:
    """The caps of the SKUs in the pool, each with the units that are back-ordered under it now.

    Each row has sku_id, store_id, units and back_ordered.
    """
    return await sql.fetch(
        """
        WITH short AS (
            SELECT order_id, sku_id, back_ordered FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
              AND back_ordered > 0
        )
        SELECT cap.sku_id, cap.store_id, cap.units, coalesce(sum(demand.back_ordered), 0) AS back_ordered
        FROM back_order_caps AS cap
        LEFT JOIN (
            SELECT short.sku_id, o.store_id, short.back_ordered FROM short
            JOIN orders AS o ON o.client_id = $1 AND o.id = ANY(ARRAY(SELECT order_id FROM short))
                AND o.id = short.order_id
        ) AS demand
            ON demand.sku_id = cap.sku_id AND (cap.store_id IS NULL OR cap.store_id = demand.store_id)
        WHERE cap.client_id = $1 AND cap.distribution_center_id = $2 AND cap.sku_id = ANY($3::bigint[])
        GROUP BY cap.sku_id, cap.store_id, cap.units
        """,
        client_id,
        distribution_center_id,
        list(sku_ids),
    )


async def exist(sql: Connection, *, client_id: int, distribution_center_ids: Collection[int]) -> bool:
    """Whether any of the pools has a cap."""
    found: bool = await sql.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM back_order_caps
                       WHERE client_id = $1 AND distribution_center_id = ANY($2::bigint[]))
        """,
        client_id,
        list(distribution_center_ids),
    )
    return found


async def covered(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int]
) -> dict[int, int]:
    """The open units of each SKU in the pool that coverage has covered, by SKU id."""
    rows = await sql.fetch(
        """
        SELECT sku_id, sum(open - back_ordered) AS units FROM pool_demand
        WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
        GROUP BY sku_id
        """,
        client_id,
        distribution_center_id,
        list(sku_ids),
    )
    return {row["sku_id"]: row["units"] for row in rows}
