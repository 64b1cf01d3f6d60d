"""Keeping coverage and promises true (D1, D3, F4), of every open line of an affected SKU in the pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter

from domain.operations.availability import Availability, availability
from domain.operations.command import Work
from domain.operations.promises import NOTHING_TO_SAY, promises_of, refresh_promises
from domain.rules.coverage import OpenLine, cover, cover_new
from domain.rules.promising import Promise
from domain.store import demand, orders, purchase_orders, reference
from domain.store.database import Row


async def refresh_coverage(
    work: Work,
    *,
    distribution_center_id: int,
    sku_ids: Collection[int],
    created_order_ids: Set[int] = frozenset(),
) -> None:
    """Recompute back-ordered quantities and promises of the SKUs' open lines, and what their orders' say.

    Only the lines that stock or incoming units can reach, or did, are read: what this costs grows with them,
    and not with what waits behind. The pool is locked by the caller. `created_order_ids` are orders that
    this very transaction creates: with `markOnCreate` off their quantities are computed and their status
    is not set (D2).
    """
    settings = await reference.settings_of(work.sql, client_id=work.client_id)
    where = {"client_id": work.client_id, "distribution_center_id": distribution_center_id}
    stock = await availability(work, settings, distribution_center_id=distribution_center_id, sku_ids=sku_ids)
    incoming = await purchase_orders.incoming(work.sql, **where, sku_ids=stock.sku_ids)
    reached = await demand.in_reach(
        work.sql,
        **where,
        reach=_reach(stock, incoming),
        line_ids=[row["order_line_id"] for row in incoming if row["order_line_id"] is not None],
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
            for row in reached
        ],
        available=stock.units,
        replacements=stock.replacements,
    )
    promises = promises_of(incoming=incoming, lines=reached, back_ordered=back_ordered)
    changes = await _record(work, distribution_center_id, reached, back_ordered, promises)
    touched = {change.order_id for change in changes}
    # Most new orders are promised nothing, and loading them need not ask.
    unpromised = created_order_ids - {change.order_id for change in changes if change.promised_at is not None}
    await refresh_promises(work, order_ids=touched - unpromised, created_order_ids=created_order_ids)
    if not _marks_new_orders(settings):
        touched -= created_order_ids
    await refresh_statuses(work, touched)


async def refresh_pool(work: Work, *, distribution_center_id: int) -> None:
    """Recompute coverage of everything that is open in the pool, which the caller has locked."""
    await refresh_coverage(
        work,
        distribution_center_id=distribution_center_id,
        sku_ids=await demand.wanted_skus(
            work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
        ),
    )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What new lines will lack, by the line ids they have for now, and whether their orders say so (D2).

    Of lines that are not in `back_ordered`, coverage is to be computed when they are there.
    """

    back_ordered: dict[int, int]
    marks_orders: bool


async def foresee_coverage(work: Work, *, distribution_center_id: int, new: Sequence[OpenLine]) -> Foreseen:
    """What lines that are about to come into the pool, which the caller has locked, will lack (D3)."""
    settings = await reference.settings_of(work.sql, client_id=work.client_id)
    sku_ids = {line.sku_id for line in new}
    stock = await availability(work, settings, distribution_center_id=distribution_center_id, sku_ids=sku_ids)
    entangled = stock.replacements.keys() | stock.replacements.values()
    standing = await demand.standing(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        available={sku_id: stock.units.get(sku_id, 0) for sku_id in sku_ids - entangled},
    )
    return Foreseen(cover_new(new=new, standing=standing), _marks_new_orders(settings))


async def refresh_statuses(work: Work, order_ids: Set[int]) -> None:
    """Derive backOrderStatus (D1) of orders whose lines' coverage or demand has changed."""
    rows = await orders.refresh_back_order_status(
        work.sql, client_id=work.client_id, order_ids=sorted(order_ids)
    )
    for row in sorted(rows, key=itemgetter("id")):
        work.order_changed(
            order_id=row["id"],
            distribution_center_id=row["distribution_center_id"],
            previous_status=row["status"],
            previous_back_order_status=row["previous"],
        )


def _reach(stock: Availability, incoming: Sequence[Row]) -> dict[int, int]:
    """All units that lines of each SKU could get, by SKU id; rules/coverage says why that is far enough."""
    reach = {
        sku_id: sum(
            stock.units.get(source, 0)
            for source in (sku_id, stock.replacements.get(sku_id))
            if source is not None
        )
        for sku_id in stock.sku_ids
    }
    for row in incoming:
        reach[row["sku_id"]] += row["open"]
    return reach


def _marks_new_orders(settings: Row) -> bool:
    return bool(settings["mark_on_create"] or not settings["back_order_workflow"])


async def _record(
    work: Work,
    distribution_center_id: int,
    reached: Sequence[Row],
    back_ordered: Mapping[int, int],
    promises: Mapping[int, Promise],
) -> list[demand.CoverageChange]:
    """Store and announce what is not as it was: what that is."""
    changes = []
    for row in reached:
        line_id, short = row["line_id"], back_ordered[row["line_id"]]
        at, reason = promises.get(line_id, NOTHING_TO_SAY)
        as_it_was = (row["back_ordered"], row["promised_at"], row["promise_gap"])
        if row["coverage_due"] or (short, at, reason) != as_it_was:
            changes.append(demand.CoverageChange(line_id, row["order_id"], short, at, reason))
        if short != row["back_ordered"]:
            work.line_changed(
                line_id=line_id,
                distribution_center_id=distribution_center_id,
                sku_id=row["sku_id"],
                back_ordered=short,
                previous_back_ordered=row["back_ordered"],
            )
    await demand.write_coverage(work.sql, client_id=work.client_id, at=work.now, changes=changes)
    return changes
