"""Keeping coverage and promises true (D1, D3, F4), of every open line of an affected SKU in the pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set

from domain.operations.availability import availability
from domain.operations.command import Work
from domain.operations.promises import NOTHING_TO_SAY, promises_of, refresh_promises
from domain.rules.coverage import OpenLine, cover
from domain.rules.promising import Promise
from domain.store import lines, orders, reference
from domain.store.database import Row


async def refresh_coverage(
    work: Work,
    *,
    distribution_center_id: int,
    sku_ids: Collection[int],
    created_order_ids: Set[int] = frozenset(),
) -> None:
    """Recompute back-ordered quantities and promises of the SKUs' open lines, and what their orders' say.

    The pool is locked by the caller. `created_order_ids` are orders that this very transaction
    creates: with `markOnCreate` off their quantities are computed and their status is not set (D2).
    """
    settings = await reference.settings_of(work.sql, client_id=work.client_id)
    stock = await availability(work, settings, distribution_center_id=distribution_center_id, sku_ids=sku_ids)
    demand = await lines.waiting(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        sku_ids=sorted(stock.sku_ids),
    )
    back_ordered = cover(
        demand=[
            OpenLine(
                row["line_id"],
                row["order_id"],
                row["sku_id"],
                row["priority"],
                row["ordered_at"],
                row["open"],
                row["cross_docked"],
            )
            for row in demand
        ],
        available=stock.units,
        replacements=stock.replacements,
    )
    promises = await promises_of(
        work, distribution_center_id=distribution_center_id, demand=demand, back_ordered=back_ordered
    )
    changes = await _record(work, distribution_center_id, demand, back_ordered, promises)
    touched = {change.order_id for change in changes}
    # Most new orders are promised nothing, and loading them need not ask.
    unpromised = created_order_ids - {change.order_id for change in changes if change.promised_at is not None}
    await refresh_promises(work, order_ids=touched - unpromised, created_order_ids=created_order_ids)
    if settings["back_order_workflow"] and not settings["mark_on_create"]:
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


async def _record(
    work: Work,
    distribution_center_id: int,
    demand: Sequence[Row],
    back_ordered: Mapping[int, int],
    promises: Mapping[int, Promise],
) -> list[lines.CoverageChange]:
    """Store and announce what is not as it was: what that is."""
    changes = []
    for row in demand:
        line_id, short = row["line_id"], back_ordered[row["line_id"]]
        at, reason = promises.get(line_id, NOTHING_TO_SAY)
        if (short, at, reason) != (row["back_ordered"], row["promised_at"], row["promise_gap"]):
            changes.append(lines.CoverageChange(line_id, row["order_id"], short, at, reason))
        if short != row["back_ordered"]:
            work.line_changed(
                line_id=line_id,
                distribution_center_id=distribution_center_id,
                sku_id=row["sku_id"],
                back_ordered=short,
                previous_back_ordered=row["back_ordered"],
            )
    await lines.write_coverage(work.sql, client_id=work.client_id, at=work.now, changes=changes)
    return changes
