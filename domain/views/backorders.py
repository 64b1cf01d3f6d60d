"""Backorders: found from their order, and in the inventory section (E4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.rules.vocabulary import BackorderStatus
from domain.store.database import Database, Row
from domain.store.reads.backorders import (
    AMONG_FULFILLABLE,
    BACKORDER_ITEMS,
    BACKORDERS,
    BY_BACKORDER,
    IS_FULFILLABLE,
    IS_OPEN,
    NOT_AMONG_FULFILLABLE,
)
from domain.store.reads.columns import Table
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.reference import DISPATCHES
from domain.store.reads.select import Conditions, fetch_by_ids, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderFilter:
    """Which Backorders; all conditions hold."""

    status: Collection[BackorderStatus] | None = None
    fulfillable: bool | None = None
    distribution_center: int | None = None


async def backorders_page(
    database: Database,
    *,
    client_id: int,
    backorder_filter: BackorderFilter,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the Backorders, oldest first."""
    conditions = Conditions.of_client(client_id)
    if backorder_filter.status is not None:
        conditions.among("b.status", backorder_filter.status)
    if backorder_filter.fulfillable is True:
        conditions.clauses.append(IS_OPEN)
        conditions.scatter(IS_FULFILLABLE, of_all=AMONG_FULFILLABLE)
    if backorder_filter.fulfillable is False:
        conditions.scatter(f"NOT {IS_FULFILLABLE}", of_all=NOT_AMONG_FULFILLABLE)
    if backorder_filter.distribution_center is not None:
        center = conditions.place(backorder_filter.distribution_center)
        conditions.scatter(f"b.distribution_center_id = {center}")
    return await fetch_page(
        database,
        BACKORDERS,
        conditions=conditions,
        names=BACKORDERS.wanted(selected, always=("id",)),
        ordering=BY_BACKORDER,
        request=request,
    )


async def backorders_of_orders(
    database: Database, *, client_id: int, order_ids: Collection[int], selected: Collection[str]
) -> dict[int, list[Row]]:
    """The Backorders of each order, oldest first, in one statement."""
    return await _of_each(database, BACKORDERS, "order_id", client_id, order_ids, selected)


async def items_of_backorders(
    database: Database, *, client_id: int, backorder_ids: Collection[int], selected: Collection[str]
) -> dict[int, list[Row]]:
    """The items of each Backorder, in one statement."""
    return await _of_each(database, BACKORDER_ITEMS, "backorder_id", client_id, backorder_ids, selected)


async def picks_of_backorders(
    database: Database, *, client_id: int, backorder_ids: Sequence[int], selected: Collection[str]
) -> dict[int, list[Row]]:
    """The dispatches of what was filled of each Backorder, oldest first; cancelled ones too."""
    names = DISPATCHES.wanted(selected, always=("id",))
    async with database.connection(client_id) as sql:
        rows = await sql.fetch(
            f"""
            SELECT filled.backorder_id, pick.* FROM (
                SELECT DISTINCT item.backorder_id, fill.dispatch_id
                FROM backorder_items AS item
                JOIN backorder_fills AS fill ON fill.client_id = $1 AND fill.item_id = item.id
                WHERE item.client_id = $1 AND item.backorder_id = ANY($2::bigint[])
            ) AS filled, LATERAL ({DISPATCHES.select(names)} AND d.id = filled.dispatch_id) AS pick
            ORDER BY pick.id
            """,  # noqa: S608 - names of columns, never text from outside
            client_id,
            list(backorder_ids),
        )
    picks: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        picks[row["backorder_id"]].append(row)
    return picks


async def _of_each(
    database: Database,
    table: Table,
    key: str,
    client_id: int,
    parent_ids: Collection[int],
    selected: Collection[str],
) -> dict[int, list[Row]]:
    async with database.connection(client_id) as sql:
        rows = await fetch_by_ids(
            sql,
            table,
            client_id=client_id,
            ids=parent_ids,
            key=key,
            names=table.wanted(selected, always=("id", key)),
        )
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row["id"])):
        found[row[key]].append(row)
    return found
