"""What of a pool's stock may cover open lines, under the client's settings (D2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.operations.command import Work
from domain.rules.vocabulary import DistributionCenterKind
from domain.store import reference, stock
from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class Availability:
    """Available units by SKU, of the SKUs asked for and of all whose coverage depends on theirs.

    `replacements` are those of them that may be sent instead of another.
    """

    sku_ids: Collection[int]
    units: dict[int, int]
    replacements: dict[int, int]


def considers_replacements(settings: Row) -> bool:
    """Whether a SKU's replacement may be sent instead of it."""
    # The workflow is the master switch: the other settings are inert while it is off (D2).
    return bool(settings["back_order_workflow"] and settings["consider_replacement_sku"])


def counts(settings: Row | Mapping[str, Any], kind: str | None) -> bool:
    """Whether stock of a distribution center of this kind is available to cover anything."""
    excluded = settings["exclude_dropship_from_availability"] or not settings["back_order_workflow"]
    return not (excluded and kind == DistributionCenterKind.DROPSHIP)


async def replacing(work: Work, sku_ids: Collection[int]) -> tuple[set[int], dict[int, int]]:
    """All SKUs whose coverage depends on that of these by replacement, and which replaces which."""
    group = await reference.replacement_group(work.sql, client_id=work.client_id, sku_ids=sku_ids)
    return set(group), {sku_id: other for sku_id, other in group.items() if other is not None}


async def availability(
    work: Work, settings: Row, *, distribution_center_id: int, sku_ids: Collection[int]
) -> Availability:
    """What may cover lines of the SKUs in the pool, which the caller has locked."""
    affected, replacements = set(sku_ids), dict[int, int]()
    if considers_replacements(settings):
        affected, replacements = await replacing(work, affected)
    center = await reference.distribution_center(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    units = {}
    if counts(settings, None if center is None else center["kind"]):
        units = await stock.available(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=distribution_center_id,
            sku_ids=affected,
        )
    return Availability(affected, units, replacements)


async def is_with_vendor(
    sql: Connection, settings: Row | Mapping[str, Any], *, client_id: int, distribution_center_id: int
) -> bool:
    """Whether what stands in the pool is a vendor's, and is not there for orders by the settings (D2).

    Then these orders wait for what is ordered and received for them: a run gives them nothing else.
    """
    center = await reference.distribution_center(
        sql, client_id=client_id, distribution_center_id=distribution_center_id
    )
    return not counts(settings, None if center is None else center["kind"])


def limited_to_own(units: Mapping[int, int], own: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Of the units by SKU no more than was received for orders: `own` are SKU ids and units (D6)."""
    received = Counter[int]()
    for sku_id, kept in own:
        received[sku_id] += kept
    return {sku_id: min(there, received[sku_id]) for sku_id, there in units.items() if received[sku_id]}
