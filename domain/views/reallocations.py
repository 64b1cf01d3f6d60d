"""Reallocation variants, plans and what they do to each line, for whoever asks (F3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from domain.rules.vocabulary import ConfirmationStrategy, PlanEffect, SegmentSort
from domain.store.database import Database, Row
from domain.store.reads import reallocations as reads
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page, fetch_page_of_each
from domain.store.reallocation_variants import StoredFilter
from domain.views.nodes import rows_by_ids


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment of a variant."""

    position: int
    name: str
    strategy: ConfirmationStrategy
    sort: SegmentSort
    filter: StoredFilter


async def variants_page(
    database: Database, *, client_id: int, request: PageRequest, selected: Collection[str]
) -> Page[Row]:
    """A page of the variants, by name."""
    return await fetch_page(
        database,
        reads.VARIANTS,
        conditions=Conditions.of_client(client_id),
        names=reads.VARIANTS.wanted(selected, always=("id",)),
        ordering=reads.BY_NAME,
        request=request,
    )


async def segments_of(
    database: Database, *, client_id: int, variant_ids: Sequence[int]
) -> list[list[SegmentView]]:
    """The segments of each variant, by position."""
    async with database.connection(client_id) as sql:
        rows = await reads.segments(sql, client_id=client_id, variant_ids=variant_ids)
    found: defaultdict[int, list[SegmentView]] = defaultdict(list)
    for row in rows:
        found[row["variant_id"]].append(
            SegmentView(
                row["position"],
                row["name"],
                ConfirmationStrategy(row["strategy"]),
                SegmentSort(row["sort"]),
                msgspec.json.decode(row["takes"], type=StoredFilter),
            )
        )
    return [found[variant_id] for variant_id in variant_ids]


async def plans_page(
    database: Database,
    *,
    client_id: int,
    distribution_center_id: int | None,
    applied: bool | None,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the reallocations, the newest first: of one distribution center, applied or not."""
    conditions = Conditions.of_client(client_id)
    if distribution_center_id is not None:
        conditions.add("plan.distribution_center_id = {}", distribution_center_id)
    if applied is not None:
        conditions.add("(plan.applied_at IS NOT NULL) = {}::boolean", applied)
    return await fetch_page(
        database,
        reads.REALLOCATION_PLANS,
        conditions=conditions,
        names=reads.REALLOCATION_PLANS.wanted(selected, always=("id",)),
        ordering=reads.NEWEST_PLAN,
        request=request,
    )


async def change_pages(
    database: Database,
    *,
    client_id: int,
    plan_ids: Sequence[int],
    effects: Sequence[PlanEffect] | None,
    request: PageRequest,
    selected: Collection[str],
) -> list[Page[Row]]:
    """A page of what each plan does to lines, in the order of turns; with some of the effects or all."""
    return await fetch_page_of_each(
        database,
        reads.CHANGES,
        client_id=client_id,
        key="plan_id",
        ids=plan_ids,
        names=reads.CHANGES.wanted(selected, always=("place",)),
        ordering=reads.BY_PLACE,
        request=request,
        narrowed=[] if effects is None else [(f"({reads.EFFECT}) = ANY({{}}::text[])", list(effects))],
    )


async def latest_changes(
    database: Database, *, client_id: int, line_ids: Sequence[int], selected: Collection[str]
) -> list[Row | None]:
    """What the latest reallocation that was applied did to each line; None where none looked at it."""
    names = reads.CHANGES.wanted(selected, always=("place",))
    async with database.connection(client_id) as sql:
        rows = await reads.latest_applied(sql, client_id=client_id, line_ids=line_ids, names=names)
    found = {row["line_id"]: row for row in rows}
    return [found.get(line_id) for line_id in line_ids]


async def served_before(
    database: Database, *, client_id: int, changes: Sequence[Row], selected: Collection[str]
) -> list[list[Row]]:
    """For each change the lines that gained units of its SKU before it, in the order of turns."""
    async with database.connection(client_id) as sql:
        found = [
            await reads.line_ids_served_before(
                sql,
                client_id=client_id,
                plan_id=change["plan_id"],
                place=change["place"],
                sku_id=change["sku_id"],
            )
            for change in changes
        ]
    ids = sorted({line_id for lines in found for line_id in lines})
    rows = await rows_by_ids(database, "OrderLine", client_id=client_id, ids=ids, selected=selected)
    by_id: Mapping[int, Row | None] = dict(zip(ids, rows, strict=True))
    return [[row for line_id in lines if (row := by_id[line_id]) is not None] for lines in found]
