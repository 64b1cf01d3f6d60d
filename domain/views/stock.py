"""Stock levels, and whether they are what the ledger says (F8)."""

from __future__ import annotations

from collections.abc import Sequence

from domain.store.database import Database, Row
from domain.store.reference import printable

_LEVEL = """
SELECT place.sku_id, place.distribution_center_id, coalesce(level.on_hand, 0) AS on_hand,
       coalesce(level.allocated, 0) AS allocated, coalesce(level.protected, 0) AS protected,
       coalesce(greatest(level.on_hand - level.allocated - level.protected, 0), 0) AS available,
       (SELECT least(coalesce(sum(coming.open), 0), 2147483647)::int
        FROM purchase_order_lines AS coming
        WHERE coming.client_id = $1 AND coming.sku_id = place.sku_id AND coming.open > 0
          AND coming.distribution_center_id = place.distribution_center_id) AS incoming
"""

_OF_SKUS = """
FROM skus AS sku
CROSS JOIN LATERAL (
    SELECT sku.id AS sku_id, center.id AS distribution_center_id
    FROM distribution_centers AS center
    WHERE center.client_id = $1 AND ($3::bigint IS NULL OR center.id = $3)
) AS place
LEFT JOIN stock_levels AS level ON level.client_id = $1 AND level.sku_id = place.sku_id
    AND level.distribution_center_id = place.distribution_center_id
WHERE sku.client_id = $1 AND sku.code = ANY($2::text[])
  AND (level.sku_id IS NOT NULL OR $3 IS NOT NULL OR NOT EXISTS (
      SELECT 1 FROM stock_levels AS held WHERE held.client_id = $1 AND held.sku_id = sku.id))
ORDER BY array_position($2::text[], sku.code), place.distribution_center_id
"""


async def stock_levels(
    database: Database, *, client_id: int, sku_codes: Sequence[str], distribution_center_id: int | None
) -> list[Row]:
    """The levels of the SKUs with these codes, in every pool that has ever held them or in one.

    Whoever asks for a SKU that exists gets an answer: zeros in the pool asked for, or in all of them when
    none has held it.
    """
    async with database.connection(client_id) as sql:
        return await sql.fetch(
            _LEVEL + _OF_SKUS,
            client_id,
            printable(sku_codes),
            distribution_center_id,
        )


async def levels_in_pools(
    database: Database, *, client_id: int, places: Sequence[tuple[int, int]]
) -> list[Row | None]:
    """The level at each (distribution center, SKU), in one statement; None where there is none."""
    async with database.connection(client_id) as sql:
        rows = await sql.fetch(
            f"""
            {_LEVEL}
            FROM unnest($2::bigint[], $3::bigint[]) AS place(distribution_center_id, sku_id)
            JOIN stock_levels AS level ON level.client_id = $1 AND level.sku_id = place.sku_id
                AND level.distribution_center_id = place.distribution_center_id
            """,
            client_id,
            [distribution_center_id for distribution_center_id, _ in places],
            [sku_id for _, sku_id in places],
        )
    found = {(row["distribution_center_id"], row["sku_id"]): row for row in rows}
    return [found.get(place) for place in places]
