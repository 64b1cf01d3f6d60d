"""Repairing what the books of the inventory disagree about (F8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_coverage, refresh_statuses
from domain.operations.steps.moving import levels_changed
from domain.rules.inventory import drifts, repair
from domain.store import inventory, locks, reference, stock
from domain.store.database import Row
from domain.store.demand import refresh_since
from domain.store.inventory import DisagreeingLevel


class InventoryRepaired(msgspec.Struct, frozen=True):
    """How many drifts there were, and are not any more."""

    repaired: int


async def repair_inventory(command: Command) -> InventoryRepaired:
    """Make stock levels, ledger, dispatches and open demand agree, as rules/inventory has it (F8).

    The ledger is only added to, and coverage follows at once. Pools that agree are left alone.
    """

    async def body(work: Work) -> InventoryRepaired:
        pools = await _disagreeing_pools(work)
        await locks.lock_pools(work.sql, client_id=work.client_id, distribution_center_ids=pools)
        # Compared again under the lock: others may have been at work until now.
        levels, demand = await _compare(work, pools)
        await _repair_levels(work, levels)
        orders = await inventory.repair_demand(
            work.sql, client_id=work.client_id, distribution_center_ids=pools
        )
        _audit_demand(work, demand)
        await _refresh(work, levels, demand)
        await refresh_since(work.sql, client_id=work.client_id, order_ids=sorted(orders), at=work.now)
        await refresh_statuses(work, orders)
        return InventoryRepaired(sum(len(drifts(level.books)) for level in levels) + len(demand))

    return await perform(
        command, operation="repairInventory", payload=None, answer=InventoryRepaired, body=body
    )


async def _disagreeing_pools(work: Work) -> set[int]:
    levels, demand = await _compare(work, await reference.pools(work.sql, client_id=work.client_id))
    return {level.distribution_center_id for level in levels} | {
        row["distribution_center_id"] for row in demand
    }


async def _compare(work: Work, pools: Collection[int]) -> tuple[list[DisagreeingLevel], list[Row]]:
    levels = await inventory.disagreeing_levels(
        work.sql, client_id=work.client_id, distribution_center_ids=pools
    )
    demand = await inventory.disagreeing_demand(
        work.sql, client_id=work.client_id, distribution_center_ids=pools
    )
    return levels, demand


async def _repair_levels(work: Work, levels: Sequence[DisagreeingLevel]) -> None:
    by_pool: defaultdict[int, list[DisagreeingLevel]] = defaultdict(list)
    for level in levels:
        by_pool[level.distribution_center_id].append(level)
    for pool, wrong in by_pool.items():
        where = {"client_id": work.client_id, "distribution_center_id": pool}
        await stock.ensure_levels(work.sql, **where, sku_ids=[level.sku_id for level in wrong])
        await inventory.repair_levels(
            work.sql,
            **where,
            at=work.now,
            repairs={level.sku_id: repair(level.books) for level in wrong},
        )
        levels_changed(work, distribution_center_id=pool, sku_ids=[level.sku_id for level in wrong])
        for level in wrong:
            _audit_level(work, level)


async def _refresh(work: Work, levels: Sequence[DisagreeingLevel], demand: Sequence[Row]) -> None:
    affected: defaultdict[int, set[int]] = defaultdict(set)
    for level in levels:
        affected[level.distribution_center_id].add(level.sku_id)
    for row in demand:
        affected[row["distribution_center_id"]].add(row["sku_id"])
    for pool, sku_ids in sorted(affected.items()):
        await refresh_coverage(work, distribution_center_id=pool, sku_ids=sku_ids)


def _audit_level(work: Work, level: DisagreeingLevel) -> None:
    repaired = repair(level.books)
    _audit(
        work,
        f"Stock of SKU {level.sku_id} in distribution center {level.distribution_center_id} was repaired.",
        level.distribution_center_id,
        level.sku_id,
        before=level.books._asdict(),
        after=repaired._asdict(),
    )


def _audit_demand(work: Work, demand: Sequence[Row]) -> None:
    for row in demand:
        pool, sku_id = row["distribution_center_id"], row["sku_id"]
        _audit(
            work,
            f"Open demand for SKU {sku_id} in distribution center {pool} was repaired.",
            pool,
            sku_id,
            before={"open": row["recorded"]},
            after={"open": row["derived"]},
        )


def _audit(
    work: Work,
    summary: str,
    distribution_center_id: int,
    sku_id: int,
    *,
    before: Mapping[str, int],
    after: Mapping[str, int],
) -> None:
    place = {"distribution_center": distribution_center_id, "sku": sku_id}
    work.audit("INVENTORY_REPAIRED", summary, before={**place, **before}, after={**place, **after})
