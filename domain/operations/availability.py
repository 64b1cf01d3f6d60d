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


async def availability(
    work: Work, settings: Row, *, distribution_center_id: int, sku_ids: Collection[int]
) -> Availability:
    """What may cover lines of the SKUs in the pool, which the caller has locked."""
    # The workflow is the master switch: the other settings are inert while it is off (D2).
    active: bool = settings["back_order_workflow"]
    affected = set(sku_ids)
    replacements: dict[int, int] = {}
    if active and settings["consider_replacement_sku"]:
        group = await reference.replacement_group(work.sql, client_id=work.client_id, sku_ids=affected)
        affected = set(group)
        replacements = {sku_id: other for sku_id, other in group.items() if other is not None}
    units = {}
    if not (
        (settings["exclude_dropship_from_availability"] or not active)
        and await _is_dropship(work, distribution_center_id)
    ):
        units = await stock.available(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=distribution_center_id,
            sku_ids=affected,
        )
    return Availability(affected, units, replacements)


async def _is_dropship(work: Work, distribution_center_id: int) -> bool:
    row = await reference.distribution_center(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    return row is not None and row["kind"] == DistributionCenterKind.DROPSHIP
