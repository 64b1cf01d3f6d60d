"""Keeping coverage and promises true (D1, D3, F4), of every open line of an affected SKU in the pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter

from domain.operations.command import Work
from domain.operations.steps.availability import (
    Availability,
    availability,
    considers_replacements,
    counts,
    limited_to_own,
    replacing,
)
from domain.operations.steps.promises import NOTHING_TO_SAY, promises_of
from domain.rules.coverage import OpenLine, cover, cover_new
from domain.rules.promising import IncomingLine, Promise
from domain.store import coverage, demand, order_summaries, reference
from domain.store.database import Row

COVERAGE_SKUS = 500
"""SKUs whose coverage is recomputed at once where there may be any number of them."""


async def refresh_coverage(
    work: Work,
    *,
    distribution_center_id: int,
    sku_ids: Collection[int],
    created_order_ids: Set[int] = frozenset(),
) -> None:
    """Recompute back-ordered quantities and promises of the SKUs' open lines, and what their orders' say.

    Only the lines that stock or incoming units can reach, or did, are looked at: what this costs grows with
    them, and not with what waits behind; those that were covered and still are cost PostgreSQL a look each.
    The pool is locked by the caller. `created_order_ids` are orders that this very transaction creates: with
    `markOnCreate` off their quantities are computed and their status is not set (D2).
    """
    where = {"client_id": work.client_id, "distribution_center_id": distribution_center_id}
    basis = await coverage.read(work.sql, **where, sku_ids=sku_ids)
    affected, replacements = set(sku_ids), dict[int, int]()
    if considers_replacements(basis.settings):
        affected, replacements = await replacing(work, affected)
        if not affected.issubset(sku_ids):
            basis = await coverage.read(work.sql, **where, sku_ids=affected)
    units = basis.available
    if not counts(basis.settings, basis.kind):
        own = {line.line_id: (line.sku_id, line.cross_docked) for line in basis.singled_out}
        units = limited_to_own(units, own.values())
    reached = await coverage.reached(
        work.sql,
        **where,
        reach=_reach(Availability(affected, units, replacements), basis.incoming),
        apart=_apart(Availability(affected, units, replacements), basis),
        basis=basis,
    )
    back_ordered = cover(
        demand=[
            OpenLine(
                line.line_id,
                line.order_id,
                line.sku_id,
                line.priority,
                line.ordered_at,
                line.open,
                line.cross_docked,
            )
            for line in reached.lines
        ],
        available={sku_id: there - reached.passed.get(sku_id, 0) for sku_id, there in units.items()},
        replacements=replacements,
    )
    promises = promises_of(incoming=basis.incoming, lines=reached.lines, back_ordered=back_ordered)
    changed = await coverage.write(
        work.sql,
        client_id=work.client_id,
        at=work.now,
        changes=_changes(work, distribution_center_id, reached.lines, back_ordered, promises),
        unmarked=frozenset() if _marks_new_orders(basis.settings) else created_order_ids,
    )
    _announce(work, changed, created_order_ids)


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
    rows = await order_summaries.refresh_back_order_status(
        work.sql, client_id=work.client_id, order_ids=sorted(order_ids)
    )
    for row in sorted(rows, key=itemgetter("id")):
        work.order_changed(
            order_id=row["id"],
            distribution_center_id=row["distribution_center_id"],
            previous_status=row["status"],
            previous_back_order_status=row["previous"],
        )


def _announce(work: Work, changed: Sequence[Row], created_order_ids: Set[int]) -> None:
    """Tell of orders that say something else now; nobody was told anything of new ones yet."""
    for order in sorted(changed, key=itemgetter("id")):
        work.order_changed(
            order_id=order["id"],
            distribution_center_id=order["distribution_center_id"],
            previous_status=order["status"],
            previous_back_order_status=order["previous"],
        )
        if order["waits"] and order["id"] not in created_order_ids:
            work.promise_changed(
                order_id=order["id"],
                distribution_center_id=order["distribution_center_id"],
                promised_at=order["promised_at"],
                previously_promised_at=order["previously_promised_at"],
            )


def _reach(stock: Availability, incoming: Sequence[IncomingLine]) -> dict[int, int]:
    """All units that lines of each SKU could get, by SKU id; rules/coverage says why that is far enough."""
    reach = {
        sku_id: sum(
            stock.units.get(source, 0)
            for source in (sku_id, stock.replacements.get(sku_id))
            if source is not None
        )
        for sku_id in stock.sku_ids
    }
    for one in incoming:
        reach[one.sku_id] += one.open
    return reach


def _apart(stock: Availability, basis: coverage.Basis) -> dict[int, int]:
    """The available units of SKUs whose lines are covered by rank alone, out of their own stock alone."""
    linked = {one.order_line_id for one in basis.incoming if one.order_line_id is not None}
    shared = {
        *stock.replacements,
        *stock.replacements.values(),
        *(line.sku_id for line in basis.singled_out if line.cross_docked or line.line_id in linked),
    }
    return {sku_id: stock.units.get(sku_id, 0) for sku_id in stock.sku_ids if sku_id not in shared}


def _marks_new_orders(settings: Row) -> bool:
    return bool(settings["mark_on_create"] or not settings["back_order_workflow"])


def _changes(
    work: Work,
    distribution_center_id: int,
    reached: Sequence[coverage.Line],
    back_ordered: Mapping[int, int],
    promises: Mapping[int, Promise],
) -> list[coverage.Change]:
    """What is not as it was, and is announced here as far as it is told of lines."""
    changes = []
    for line in reached:
        short = back_ordered[line.line_id]
        at, reason = promises.get(line.line_id, NOTHING_TO_SAY)
        as_it_was = (line.back_ordered, line.promised_at, line.promise_gap)
        if line.coverage_due or (short, at, reason) != as_it_was:
            changes.append(coverage.Change(line.line_id, line.order_id, short, at, reason))
        if short != line.back_ordered:
            work.line_changed(
                line_id=line.line_id,
                distribution_center_id=distribution_center_id,
                sku_id=line.sku_id,
                back_ordered=short,
                previous_back_ordered=line.back_ordered,
            )
    return changes
