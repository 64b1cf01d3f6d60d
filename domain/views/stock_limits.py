"""What limits promises: protected quantities, and caps on back orders (F7)."""

from __future__ import annotations

from collections.abc import Collection

from domain.store.database import Database, Row
from domain.store.reads.back_order_caps import BY_CAP, CAPS
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page
from domain.views.stock import stock_levels


async def protected_levels(
    database: Database, *, client_id: int, distribution_center_id: int | None
) -> list[Row]:
    """The stock levels of which some is protected, in every pool or in one, by SKU code."""
    async with database.connection(client_id) as sql:
        codes = await sql.fetch(
            """
            SELECT code FROM skus WHERE client_id = $1 AND EXISTS (
                SELECT 1 FROM stock_levels AS level
                WHERE level.client_id = $1 AND level.sku_id = skus.id AND level.protected > 0
                  AND ($2::bigint IS NULL OR level.distribution_center_id = $2))
            ORDER BY code
            """,
            client_id,
            distribution_center_id,
        )
    levels = await stock_levels(
        database,
        client_id=client_id,
        sku_codes=[row["code"] for row in codes],
        distribution_center_id=distribution_center_id,
    )
    return [level for level in levels if level["protected"]]


async def caps_page(
    database: Database,
    *,
    client_id: int,
    distribution_center_id: int | None,
    sku_id: int | None,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the caps on back orders, of one distribution center or SKU or of all."""
    conditions = Conditions.of_client(client_id)
    if distribution_center_id is not None:
        conditions.add("cap.distribution_center_id = {}", distribution_center_id)
    if sku_id is not None:
        conditions.add("cap.sku_id = {}", sku_id)
    return await fetch_page(
        database,
        CAPS,
        conditions=conditions,
        names=CAPS.wanted(selected, always=("id",)),
        ordering=BY_CAP,
        request=request,
    )
