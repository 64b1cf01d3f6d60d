"""What of a pool's stock may cover open lines, under the client's settings (D2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from domain.operations.command import Work
from domain.rules.vocabulary import DistributionCenterKind
from domain.store import reference, stock
from domain.store.database import Row


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


def counts(settings: Row, kind: str | None) -> bool:
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
