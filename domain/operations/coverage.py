"""Keeping coverage true (D1, D3): recomputed for every open line that shares an affected SKU in the pool."""

from __future__ import annotations

from collections.abc import Collection, Set

from domain.operations.command import Work
from domain.rules.coverage import OpenLine, cover
from domain.rules.vocabulary import DistributionCenterKind
from domain.store import lines, orders, reference, stock


async def refresh_coverage(
    work: Work,
    *,
    distribution_center_id: int,
    sku_ids: Collection[int],
    created_order_ids: Set[int] = frozenset(),
) -> None:
    """Recompute back-ordered quantities of the SKUs' open lines and the status of their orders.

    The pool is locked by the caller. `created_order_ids` are orders that this very transaction
    creates: with `markOnCreate` off their quantities are computed and their status is not set (D2).
    """
    settings = await reference.settings_of(work.sql, client_id=work.client_id)
    # The workflow is the master switch: the other settings are inert while it is off (D2).
    active: bool = settings["back_order_workflow"]
    affected = set(sku_ids)
    replacements: dict[int, int] = {}
    if active and settings["consider_replacement_sku"]:
        group = await reference.replacement_group(work.sql, client_id=work.client_id, sku_ids=affected)
        affected = set(group)
        replacements = {sku_id: other for sku_id, other in group.items() if other is not None}

    pool = {"client_id": work.client_id, "distribution_center_id": distribution_center_id}
    demand = await lines.waiting(work.sql, **pool, sku_ids=sorted(affected))
    available = {}
    if not (
        (settings["exclude_dropship_from_availability"] or not active)
        and await _is_dropship(work, distribution_center_id)
    ):
        available = await stock.available(work.sql, **pool, sku_ids=affected)
    back_ordered = cover(
        demand=[
            OpenLine(
                row["line_id"],
                row["order_id"],
                row["sku_id"],
                row["priority"],
                row["ordered_at"],
                row["open"],
            )
            for row in demand
        ],
        available=available,
        replacements=replacements,
    )
    changed = [row for row in demand if back_ordered[row["line_id"]] != row["back_ordered"]]
    await lines.write_coverage(
        work.sql,
        client_id=work.client_id,
        at=work.now,
        changes=[
            lines.CoverageChange(row["line_id"], row["order_id"], back_ordered[row["line_id"]])
            for row in changed
        ],
    )
    for row in changed:
        work.line_changed(
            line_id=row["line_id"],
            distribution_center_id=distribution_center_id,
            sku_id=row["sku_id"],
            back_ordered=back_ordered[row["line_id"]],
            previous_back_ordered=row["back_ordered"],
        )
    touched = {row["order_id"] for row in changed}
    if active and not settings["mark_on_create"]:
        touched -= created_order_ids
    await refresh_statuses(work, touched)


async def refresh_pool(work: Work, *, distribution_center_id: int) -> None:
    """Recompute coverage of everything that is open in the pool, which the caller has locked."""
    await refresh_coverage(
        work,
        distribution_center_id=distribution_center_id,
        sku_ids=await lines.waiting_skus(
            work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
        ),
    )


async def refresh_statuses(work: Work, order_ids: Set[int]) -> None:
    """Derive backOrderStatus (D1) of orders whose lines' coverage or demand has changed."""
    rows = await orders.refresh_back_order_status(
        work.sql, client_id=work.client_id, order_ids=sorted(order_ids)
    )
    for row in rows:
        work.order_changed(
            order_id=row["id"],
            distribution_center_id=row["distribution_center_id"],
            previous_status=row["status"],
            previous_back_order_status=row["previous"],
        )


async def _is_dropship(work: Work, distribution_center_id: int) -> bool:
    row = await reference.distribution_center(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    return row is not None and row["kind"] == DistributionCenterKind.DROPSHIP
